import { ProofError } from '@countersign/proof-core/errors';
import { parseJson } from '@countersign/proof-core/json/parse';
import type { JsonValue } from '@countersign/proof-core/json/value';
import { CliError } from '../errors.ts';
import { readNamed } from './named-file.ts';

async function readStandardInput(): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/**
 * Reads an option that is JSON itself, `@FILE` or `-`.
 *
 * @throws CliError ERR_CLI_FILE; ProofError ERR_JSON_… naming the option
 */
export async function readJsonOption(value: string, option: string): Promise<JsonValue> {
  return parseJson(await bytesOf(value, option), option);
}

async function bytesOf(value: string, option: string): Promise<Uint8Array> {
  if (value === '-') return await readStandardInput();
  if (!value.startsWith('@')) return new TextEncoder().encode(value);
  return await readNamed(value.slice(1), option);
}

/** Reads `NAME=JSON` options into one object; a name twice is refused. */
export function readNamedJson(values: readonly string[], option: string): Record<string, JsonValue> {
  const named = new Map<string, JsonValue>();
  for (const value of values) {
    const split = value.indexOf('=');
    const name = value.slice(0, split);
    if (split < 1 || named.has(name)) throw new CliError('ERR_CLI_OPTION', `${option}: expected NAME=JSON, each name once`, option);
    try {
      named.set(name, parseJson(new TextEncoder().encode(value.slice(split + 1)), `${option} ${name}`));
    } catch (error) {
      if (!(error instanceof ProofError)) throw error;
      throw new CliError('ERR_CLI_OPTION', `${option} ${name}: ${error.message}; a text needs its quotes: '${name}="…"'`, option, error);
    }
  }
  return Object.fromEntries(named);
}
