import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import type { LogConfig } from '@countersign/audit-chain/node/log/config';
import type { Signer } from '@countersign/proof-core/ports';
import { generateKeyFile, loadLocalSigner } from '@countersign/signer-registry/node/local-signer';
import { publishRegistry } from '@countersign/signer-registry/node/registry-file';
import { addSigner } from '@countersign/signer-registry/operations/add';
import type { Registry } from '@countersign/signer-registry/registry/registry';
import { signRegistry } from '@countersign/signer-registry/registry/sign';
import { CliError } from '../../errors.ts';
import { readRegistry } from '../../log/open.ts';
import { type KeyFolder, keyFolder } from '../../log/signer-uri.ts';

/** What the new chain is signed with. */
export interface SuccessorKeys {
  readonly signer: Signer;
  /** Knows the keys of both chains. */
  readonly registry: Registry;
  readonly keys: KeyFolder;
  /** Signer URI for the configuration of the log. */
  readonly uri: string;
}

/**
 * Finds the key of a successor: the one that the environment names, or the log's own where the registry lets it sign for the new chain. A log with
 * development keys gets a new one, registered by its own root: a key is for one chain, and what a key may sign is never widened.
 *
 * @throws CliError ERR_CLI_SIGNER, ERR_CLI_FILE; RegistryError
 */
export async function successorKeys(folder: string, config: LogConfig, successor: string, now: number): Promise<SuccessorKeys> {
  const { AUDIT_SIGNER, AUDIT_SIGNERS } = process.env;
  const uri = AUDIT_SIGNER ?? config.signer;
  const old = keyFolder(uri, AUDIT_SIGNER === undefined ? folder : process.cwd());
  const path = AUDIT_SIGNERS ?? resolve(folder, config.signers);
  const registry = await readRegistry(path);
  const signer = await loadLocalSigner(old.logKey);
  const maySign = (of: Registry, { kid }: Signer): boolean => of.resolve({ kid, purpose: 'checkpoint', chain: successor }).trusted;
  if (maySign(registry, signer)) return { signer, registry, keys: old, uri: AUDIT_SIGNER === undefined ? uri : `file:${old.path}` };
  // After a succession the log's key lies in a folder below that of the root.
  const root = [old.rootKey, join(dirname(old.path), basename(old.rootKey))].find((file) => existsSync(file));
  if (AUDIT_SIGNER !== undefined || root === undefined) {
    throw new CliError(
      'ERR_CLI_SIGNER',
      `signer: the registry has no key for ${successor}: add one, and name it in AUDIT_SIGNER`,
      'signer',
    );
  }
  const name = relative(resolve(folder), join(dirname(root), successor.replaceAll('/', '+')));
  const fresh = keyFolder(`file:${name}`, folder);
  await mkdir(fresh.path, { recursive: true, mode: 0o700 });
  const own = existsSync(fresh.logKey)
    ? await loadLocalSigner(fresh.logKey)
    : await generateKeyFile(fresh.logKey, `dev-log-${registry.version + 1}-${now.toString(36)}`);
  const next = maySign(registry, own) ? registry : await register(path, registry, own, root, successor, now);
  return { signer: own, registry: next, keys: fresh, uri: `file:${name}` };
}

/** Publishes the next version of a development registry, with one more log key. */
async function register(path: string, registry: Registry, own: Signer, root: string, chain: string, now: number): Promise<Registry> {
  const request = {
    kid: own.kid,
    publicKey: own.publicKey,
    purposes: ['checkpoint', 'segment'] as const,
    chains: [chain],
    backend: 'file',
    operator: 'dev',
    description: 'Development key of one log: its checkpoints and segment manifests.',
    status: 'active' as const,
  };
  const { next } = addSigner(registry, request, { now, actor: 'system:audit-chain' });
  return await publishRegistry(path, await signRegistry(next.members, [await loadLocalSigner(root)], registry));
}
