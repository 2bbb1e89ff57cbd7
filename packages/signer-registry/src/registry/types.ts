import type { KeyEntry, Purpose } from '@countersign/proof-core/ports';
import type { PublicJwk, SignatureAlgorithm } from '@countersign/proof-core/key/public-key';

/** The format name that every registry payload carries (`docs/spec/signers.md` §2). */
export const REGISTRY_FORMAT = 'countersign/signers@1';

/** `previous` of version 1: there is nothing before it. */
export const NO_PREVIOUS: string = '0'.repeat(64);

/** How far a signer has come; a later version only ever moves it to the right. */
export const STATUSES = ['pending', 'active', 'retired', 'revoked'] as const;

/** One of `STATUSES`. */
export type SignerStatus = (typeof STATUSES)[number];

/** Why and since when a signer is not trusted any more. */
export interface Revocation {
  /** From when on the key must not have signed. */
  readonly at: string;
  /** For people: 1 to 200 bytes. */
  readonly reason: string;
  /** Since when somebody else may have had the key; nothing shown to be older than this is trusted. */
  readonly compromised_since?: string;
}

/** Why a signer came in without the usual rehearsal, and who agreed. */
export interface Emergency {
  /** SHA-256 (hex) of each approval file with its signatures, each once. */
  readonly approvals: readonly string[];
  /** For people: 1 to 2,000 bytes. */
  readonly justification: string;
}

/** A signer as it stands in the payload of a registry. Times are RFC 3339 UTC with milliseconds, 24 characters. */
export interface SignerMembers {
  readonly kid: string;
  readonly algorithm: SignatureAlgorithm;
  /** Only the members that RFC 7638 hashes. */
  readonly public_key: PublicJwk;
  /** RFC 7638 SHA-256 thumbprint, 43 base64url characters. */
  readonly thumbprint: string;
  readonly purposes: readonly Purpose[];
  /** Chain ids, prefixes ending in `/*`, or `*`; empty where the purpose knows no chain. */
  readonly chains: readonly string[];
  readonly valid_from: string;
  readonly valid_until?: string;
  readonly status: SignerStatus;
  readonly revoked?: Revocation;
  /** `file`, `offline`, `kms:<key ARN>`, `proxy:<URL>` or `pkcs11:<label>`. */
  readonly backend: string;
  /** Who holds the key; keys of one operator count once toward a threshold. Empty where nobody says. */
  readonly operator: string;
  /** For people: at most 2,000 bytes. */
  readonly description: string;
  readonly emergency?: Emergency;
}

/** The payload of a registry: `countersign/signers@1`. */
export interface RegistryMembers {
  readonly format: typeof REGISTRY_FORMAT;
  /** 1, 2, 3, … without a gap. */
  readonly version: number;
  /** SHA-256 (hex) of the payload of the version before; 64 zeros in version 1. */
  readonly previous: string;
  readonly issued_at: string;
  /** After this the registry is stale: what it says still holds, but something newer must exist. */
  readonly expires: string;
  /** The kids whose signatures make the next version. */
  readonly roots: readonly string[];
  /** How many distinct roots must sign. */
  readonly threshold: number;
  readonly signers: readonly SignerMembers[];
}

/** A signer that has passed every rule: what the registry resolves to. */
export interface RegisteredSigner extends KeyEntry {
  readonly revoked?: Revocation;
  readonly backend: string;
  readonly description: string;
  readonly emergency?: Emergency;
}
