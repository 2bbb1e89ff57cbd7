import { createHash } from 'node:crypto';
import { type Pin } from '@countersign/audit-chain/verify/context';
import { readPrevious } from '@countersign/audit-chain/verify/previous';
import { parseDocument } from '@countersign/proof-core/document/parse';
import type { KeyResolver, Purpose } from '@countersign/proof-core/ports';
import { type Signers, readSigners } from '@countersign/signer-registry/legacy/detect';
import { readRegistryHistory } from '@countersign/signer-registry/node/registry-file';
import { checkSuccessor } from '@countersign/signer-registry/registry/successor';
import type { Registry } from '@countersign/signer-registry/registry/registry';
import { walkRegistry } from '@countersign/signer-registry/registry/walk';
import { readNamed } from '../command/named-file.ts';
import { CliError } from '../errors.ts';

/** Far more than any file has that says whom to trust. */
export const MAX_BYTES: number = 64 << 20;

/** What `--signers` and `--pin` come to, as options of a verification. */
export interface Trust {
  readonly resolver?: KeyResolver;
  readonly registry?: { readonly version: number; readonly digest: string };
}

/** The flags that name whom to trust. */
export interface TrustFlags {
  readonly signers?: string;
  readonly pin?: string;
}

/**
 * Reads `--pin`.
 *
 * @returns the digest, hex
 * @throws CliError ERR_CLI_OPTION
 */
export function readDigest(pin: string): string {
  const [, digest] = /^sha256:([0-9a-f]{64})$/.exec(pin) ?? [];
  if (digest === undefined) throw new CliError('ERR_CLI_OPTION', '--pin: expected sha256: and 64 lower-case hex digits', '--pin');
  return digest;
}

/**
 * Walks from a pinned version of a registry to the one in a file; the versions between lie beside it.
 *
 * @throws RegistryError ERR_REGISTRY_PIN, and as `checkSuccessor`
 */
export async function walkTo(path: string, digest: string): Promise<Registry> {
  return await walkRegistry(readRegistryHistory(path), { digest });
}

/**
 * Reads whom to trust: `--signers` or `AUDIT_SIGNERS`, and `--pin`.
 *
 * @param purposes what keys of a file that says nothing of purposes (JWKS, older shapes) are trusted for
 * @returns nothing where no signers were named
 * @throws CliError ERR_CLI_FILE, ERR_CLI_OPTION; RegistryError, ProofError for what is in the file
 */
export async function readTrust(flags: TrustFlags, purposes: readonly Purpose[] = ['checkpoint', 'segment']): Promise<Trust> {
  const digest = flags.pin === undefined ? undefined : readDigest(flags.pin);
  const path = flags.signers ?? process.env['AUDIT_SIGNERS'];
  if (path === undefined || path === '') {
    if (digest !== undefined) throw new CliError('ERR_CLI_OPTION', '--pin: needs --signers, the file that it is the digest of', '--pin');
    return {};
  }
  const bytes = await readNamed(path, '--signers', MAX_BYTES);
  const signers = await readSigners(bytes, { purposes });
  if (signers.kind !== 'registry') return pinnedFile(bytes, signers, digest);
  const registry = digest === undefined || signers.resolver.digest === digest ? signers.resolver : await walkTo(path, digest);
  return { resolver: registry, registry: { version: registry.version, digest: registry.digest } };
}

/** A file without versions is pinned by its bytes. */
function pinnedFile(bytes: Uint8Array, { resolver }: Signers, digest: string | undefined): Trust {
  const actual = createHash('sha256').update(bytes).digest('hex');
  if (digest !== undefined && actual !== digest)
    throw new CliError('ERR_CLI_OPTION', `--pin: the file of signers is sha256:${actual}`, '--pin');
  return { resolver };
}

/** Judges a registry against an older one that the caller trusts. */
export async function walkFrom(older: Registry, path: string): Promise<Registry> {
  let newest = older;
  for await (const bytes of readRegistryHistory(path)) {
    const { version } = parseDocument(bytes).value;
    if (typeof version === 'number' && version > older.version) newest = await checkSuccessor(newest, bytes);
  }
  return newest;
}

/** Reads what `--previous` pins, or another option. */
export async function readPin(path: string | undefined, option = '--previous'): Promise<Pin | undefined> {
  return path === undefined ? undefined : readPrevious(await readNamed(path, option, MAX_BYTES));
}
