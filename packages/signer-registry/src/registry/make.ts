import { canonicalize } from '@countersign/proof-core/json/canonicalize';
import type { PublicKey } from '@countersign/proof-core/key/public-key';
import type { Purpose } from '@countersign/proof-core/ports';
import type { Registry } from './registry.ts';
import { NO_PREVIOUS, REGISTRY_FORMAT, type RegistryMembers, type SignerMembers } from './types.ts';

/** What a new signer needs; everything else has a default. Times are RFC 3339 UTC with milliseconds. */
export interface NewSigner {
  readonly kid: string;
  readonly publicKey: PublicKey;
  readonly purposes: readonly Purpose[];
  /** Default none. */
  readonly chains?: readonly string[];
  readonly validFrom: string;
  readonly validUntil?: string;
  /** Default `active`. */
  readonly status?: 'pending' | 'active';
  readonly backend: string;
  /** Default empty: nobody says. */
  readonly operator?: string;
  /** Default empty. */
  readonly description?: string;
}

/** What a first version needs. */
export interface NewRegistry {
  readonly issuedAt: string;
  readonly expires: string;
  /** Kids of `signers` with the purpose `registry-root`. */
  readonly roots: readonly string[];
  readonly threshold: number;
  readonly signers: readonly SignerMembers[];
}

/** What a next version may change; the rest is taken over. */
export interface NextRegistry {
  readonly issuedAt: string;
  readonly expires?: string;
  readonly roots?: readonly string[];
  readonly threshold?: number;
  readonly signers?: readonly SignerMembers[];
}

/**
 * Makes the entry of a signer for a registry payload. It is judged when the payload is read or signed.
 *
 * @example makeSigner({ kid: 'log-1', publicKey, purposes: ['checkpoint'], chains: ['example.com/audit'], validFrom, backend: 'file' })
 */
export function makeSigner(signer: NewSigner): SignerMembers {
  return {
    kid: signer.kid,
    algorithm: signer.publicKey.algorithm,
    public_key: signer.publicKey.jwk,
    thumbprint: signer.publicKey.thumbprint,
    purposes: [...signer.purposes],
    chains: [...(signer.chains ?? [])],
    valid_from: signer.validFrom,
    ...(signer.validUntil === undefined ? {} : { valid_until: signer.validUntil }),
    status: signer.status ?? 'active',
    backend: signer.backend,
    operator: signer.operator ?? '',
    description: signer.description ?? '',
  };
}

/**
 * Makes the payload of version 1.
 *
 * @example createRegistry({ issuedAt, expires, roots: ['root-1'], threshold: 1, signers: [makeSigner(…)] })
 */
export function createRegistry(registry: NewRegistry): RegistryMembers {
  return {
    format: REGISTRY_FORMAT,
    version: 1,
    previous: NO_PREVIOUS,
    issued_at: registry.issuedAt,
    expires: registry.expires,
    roots: [...registry.roots],
    threshold: registry.threshold,
    signers: [...registry.signers],
  };
}

/**
 * Makes the payload of the version after `registry`, linked to it by digest.
 *
 * @example nextRegistry(registry, { issuedAt, signers: addSigner(registry.members.signers, makeSigner(…)) })
 */
export function nextRegistry(registry: Registry, next: NextRegistry): RegistryMembers {
  return {
    ...registry.members,
    version: registry.version + 1,
    previous: registry.digest,
    issued_at: next.issuedAt,
    expires: next.expires ?? registry.expires,
    roots: next.roots ?? registry.roots,
    threshold: next.threshold ?? registry.threshold,
    signers: next.signers ?? registry.members.signers,
  };
}

/**
 * Writes a payload as the canonical bytes that are signed and whose SHA-256 is the registry's digest.
 *
 * @example formatRegistryPayload(createRegistry(…))
 */
export function formatRegistryPayload(members: RegistryMembers): Uint8Array<ArrayBuffer> {
  return canonicalize(members);
}
