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
import { keyFolder } from '../../log/signer-uri.ts';

/** Whether a registry lets a key sign checkpoints of a chain now. */
export function maySign(registry: Registry, { kid }: Signer, chain: string): boolean {
  const now = new Date().toISOString();
  return registry.resolve({ kid, purpose: 'checkpoint', chain, earliest: now, latest: now }).trusted;
}

/** None of the signers may sign for a successor. */
export function noKey(successor: string): CliError {
  const message = `signer: the registry has no key for ${successor}: register one, and name it with --signer`;
  return new CliError('ERR_CLI_SIGNER', message, 'signer');
}

/**
 * Makes the key of a successor for a log with development keys, registered by its own root: a key is for one chain, and what a key may sign is
 * never widened. What an interrupted attempt has made is used.
 *
 * @param of the id of the new chain, and whether the signer was named from outside the log: then its keys are nobody's to make
 * @returns the signer URI for the log's configuration, and the registry that has the key
 * @throws CliError ERR_CLI_SIGNER where there is no development root: somebody has to register a key; RegistryError
 */
export async function developmentSuccessor(
  folder: string,
  config: LogConfig,
  registry: Registry,
  { successor, isNamed }: { readonly successor: string; readonly isNamed: boolean },
): Promise<{ readonly uri: string; readonly registry: Registry }> {
  const root = isNamed ? undefined : findRoot(folder, config);
  if (root === undefined) throw noKey(successor);
  const uri = `file:${relative(resolve(folder), join(dirname(root), successor.replaceAll('/', '+')))}`;
  const keys = keyFolder(uri, folder);
  await mkdir(keys.path, { recursive: true, mode: 0o700 });
  const now = Date.now();
  const signer = existsSync(keys.logKey)
    ? await loadLocalSigner(keys.logKey)
    : await generateKeyFile(keys.logKey, `dev-log-${registry.version + 1}-${now.toString(36)}`);
  if (maySign(registry, signer, successor)) return { uri, registry };
  const request = {
    kid: signer.kid,
    publicKey: signer.publicKey,
    purposes: ['checkpoint', 'segment'] as const,
    chains: [successor],
    backend: 'file',
    operator: 'dev',
    description: 'Development key of one log: its checkpoints and segment manifests.',
    status: 'active' as const,
  };
  const { next } = addSigner(registry, request, { now, actor: 'system:audit-chain' });
  const bytes = await signRegistry(next.members, [await loadLocalSigner(root)], registry);
  return { uri, registry: await publishRegistry(resolve(folder, config.signers), bytes) };
}

/** The development root beside the log's key, or, after a succession, in the folder above it. */
function findRoot(folder: string, { signer }: LogConfig): string | undefined {
  if (!/^file:[^,]*$/.test(signer)) return undefined;
  const { path, rootKey } = keyFolder(signer, folder);
  return [rootKey, join(dirname(path), basename(rootKey))].find((file) => existsSync(file));
}
