import { readFile } from 'node:fs/promises';
import { type Pin } from '@countersign/audit-chain/verify/context';
import { readPrevious } from '@countersign/audit-chain/verify/previous';
import { parseRegistry } from '@countersign/signer-registry/registry/parse';
import type { Registry } from '@countersign/signer-registry/registry/registry';
import { CliError } from '../errors.ts';

/** Reads a file that the caller vouches for. */
async function readPinned(path: string, option: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new CliError('ERR_CLI_FILE', `${option}: ${path} cannot be read (${(cause as NodeJS.ErrnoException).code})`, option, cause);
  }
}

/**
 * Reads the pinned registry: `--signers`, or `AUDIT_SIGNERS`; undefined without either.
 *
 * @throws CliError ERR_CLI_FILE; RegistryError, ProofError when it is no registry
 */
export async function readSigners(path: string | undefined): Promise<Registry | undefined> {
  const from = path ?? process.env['AUDIT_SIGNERS'];
  if (from === undefined || from === '') return undefined;
  return await parseRegistry(await readPinned(from, '--signers'));
}

/** Reads what `--previous` pins. */
export async function readPin(path: string | undefined): Promise<Pin | undefined> {
  return path === undefined ? undefined : readPrevious(await readPinned(path, '--previous'));
}

/** The options that a registry gives a verification. */
export function trustOptions(registry: Registry | undefined): { resolver?: Registry; registry?: { version: number; digest: string } } {
  return registry === undefined ? {} : { resolver: registry, registry: { version: registry.version, digest: registry.digest } };
}
