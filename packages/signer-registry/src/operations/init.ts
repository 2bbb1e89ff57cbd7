import type { PublicKey } from '@countersign/proof-core/key/public-key';
import { createRegistry, formatRegistryPayload, makeSigner } from '../registry/make.ts';
import { parseRegistryPayload } from '../registry/parse-payload.ts';
import type { Registry } from '../registry/registry.ts';
import { formatTime } from '../registry/time.ts';
import type { SignerMembers } from '../registry/types.ts';

/** A root of a new registry. */
export interface NewRoot {
  readonly kid: string;
  readonly publicKey: PublicKey;
  /** Who holds it; roots of one operator count once. */
  readonly operator: string;
  /** Default `offline`. */
  readonly backend?: string;
  readonly description?: string;
}

/** What a new registry begins with. */
export interface InitRequest {
  readonly roots: readonly NewRoot[];
  /** How many roots must sign each version. */
  readonly threshold: number;
  /** Signers beside the roots. */
  readonly signers?: readonly SignerMembers[];
  /** RFC 3339 UTC with milliseconds; 400 days from now when absent. */
  readonly expires?: string;
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  readonly now: number;
}

/** A registry is to be renewed once a year; the rest is for doing it late. */
const DEFAULT_LIFETIME = 400 * 86_400_000;

/**
 * Makes version 1 of a registry (`audit-signers init`). A threshold of its roots has to sign it.
 *
 * @returns the version, judged by every rule; nobody has signed it
 * @throws RegistryError ERR_REGISTRY_*
 * @example initRegistry({ roots: [{ kid: 'root-1', publicKey, operator: 'alice' }], threshold: 1, now: Date.now() })
 */
export function initRegistry(request: InitRequest): Registry {
  const validFrom = formatTime(request.now);
  const roots = request.roots.map((root) => makeSigner({ backend: 'offline', ...root, purposes: ['registry-root'], validFrom }));
  const members = createRegistry({
    issuedAt: validFrom,
    expires: request.expires ?? formatTime(request.now + DEFAULT_LIFETIME),
    roots: roots.map(({ kid }) => kid),
    threshold: request.threshold,
    signers: [...roots, ...(request.signers ?? [])],
  });
  return parseRegistryPayload(formatRegistryPayload(members));
}
