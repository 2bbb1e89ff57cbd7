import type { Signer } from '@countersign/proof-core/ports';
import { RegistryError } from '@countersign/signer-registry/errors';
import { parseSignerUri } from '@countersign/signer-registry/node/signer/uri';
import type { Registry } from '@countersign/signer-registry/registry/registry';
import type { RegisteredSigner } from '@countersign/signer-registry/registry/types';

const AWAY = ['ERR_BACKEND_CIRCUIT_OPEN', 'ERR_BACKEND_DEADLINE', 'ERR_BACKEND_THROTTLED', 'ERR_BACKEND_UNAVAILABLE'];

function entryOf(uri: string, registry: Registry): RegisteredSigner | undefined {
  const parsed = parseSignerUri(uri);
  if (parsed.kind === 'proxy') return registry.signer(parsed.kid);
  const backend = parsed.kind === 'kms' ? `kms:${parsed.arn}` : parsed.kind === 'pkcs11' ? `pkcs11:${parsed.label}` : undefined;
  return registry.signers.find((signer) => signer.backend === backend);
}

/**
 * Makes a signer of a backend that was away when it was to be opened: it is opened, and proven, at the first signature that finds it there.
 *
 * @param error what opening it failed with
 * @returns undefined where the backend was not away: that fault does not go by itself
 */
export function laterSigner(uri: string, registry: Registry, error: unknown, open: () => Promise<Signer>): Signer | undefined {
  if (!(error instanceof RegistryError && AWAY.includes(error.code))) return undefined;
  const entry = entryOf(uri, registry);
  if (entry === undefined) return undefined;
  let opening: Promise<Signer> | undefined;
  let opened: Signer | undefined;
  return {
    kid: entry.kid,
    publicKey: entry.key,
    async sign(request) {
      opening ??= open();
      try {
        opened = await opening;
      } catch (cause) {
        opening = undefined;
        throw cause;
      }
      return await opened.sign(request);
    },
    async close() {
      await opened?.close?.();
    },
  };
}
