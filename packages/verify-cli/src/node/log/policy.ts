import { readFile } from 'node:fs/promises';
import { type Policy, parsePolicy } from '@countersign/proof-core/note/policy';
import { CliError } from '../errors.ts';

/**
 * Reads a file that an option names.
 *
 * @param option what the error names
 * @throws CliError ERR_CLI_FILE
 */
export async function readOptionFile(path: string, option: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (cause) {
    throw new CliError('ERR_CLI_FILE', `${option}: ${path} cannot be read (${(cause as NodeJS.ErrnoException).code})`, option, cause);
  }
}

/**
 * Reads a policy of witnesses (docs/spec/policy.md).
 *
 * @throws CliError ERR_CLI_FILE; ProofError ERR_POLICY and those of its keys
 */
export async function readPolicy(path: string, option = '--policy'): Promise<Policy> {
  return parsePolicy(await readOptionFile(path, option));
}
