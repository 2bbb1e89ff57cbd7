import type { PublicKey } from '@countersign/proof-core/key/public-key';
import type { LegacyAlgorithm } from './algorithm.ts';

/** The shapes in which signers have been written down before `countersign/signers@1` (`docs/spec/signers.md` §12). */
export type LegacyShape = 'jwks' | 'signers' | 'rows' | 'map' | 'empty';

/** One signer of a legacy registry. */
export interface LegacySigner {
  readonly kid: string;
  readonly algorithm: LegacyAlgorithm;
  /** Absent for HMAC, which has no public key: legacy, unsigned for audit purposes. */
  readonly key?: PublicKey;
  /** The HMAC secret, for checking old rows; a method, so that printing a signer does not print it. */
  readonly secret?: () => Uint8Array;
  /** When it came into use by the registry's own word, RFC 3339 UTC with milliseconds. */
  readonly deployedAt?: string;
  readonly description: string;
}
