import type { Signer } from '@countersign/proof-core/ports';
import type { Registry } from '@countersign/signer-registry/registry/registry';
import { CliError } from '../../errors.ts';
import { openKeyFile } from './local.ts';

/** Refuses a signature that could not count: by a key that is no root of the version nor of the one before. */
export function requireRoot(signer: Signer, next: Registry, before: Registry | undefined): void {
  const counts = [next, before].some(
    (registry) =>
      registry?.roots.includes(signer.kid) === true && registry.signer(signer.kid)!.key.thumbprint === signer.publicKey.thumbprint,
  );
  if (counts) return;
  throw new CliError('ERR_CLI_OPTION', `--key: ${signer.kid} is no root of version ${next.version}: it has nothing to say`, '--key');
}

/**
 * Opens the key files of roots.
 *
 * @param before undefined for version 1, and where it is not at hand
 * @throws CliError ERR_CLI_FILE, ERR_CLI_OPTION a key that is no root; RegistryError ERR_KEY_FILE_…
 */
export async function openRootKeys(paths: readonly string[], next: Registry, before: Registry | undefined): Promise<Signer[]> {
  const signers: Signer[] = [];
  for (const path of paths) {
    const signer = await openKeyFile(path, next);
    requireRoot(signer, next, before);
    signers.push(signer);
  }
  return signers;
}
