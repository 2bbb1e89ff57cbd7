import type { PublicKey, SignatureAlgorithm } from './key/public-key.ts';

/** What a key may sign; one key, one purpose (dev keys excepted). */
export type Purpose =
  | 'checkpoint'
  | 'segment'
  | 'registry-root'
  | 'sku-manifest'
  | 'license'
  | 'delivery'
  | 'ledger'
  | 'approval'
  | 'revocation-list'
  | 'sign-off'
  | 'publish';

/** The most bytes that a signer is given: what a KMS signs in one call. Registries, signed offline, may be longer. */
export const MAX_SIGNED_BYTES = 4096;

/** One signature asked of a signer. */
export interface SignRequest {
  readonly purpose: Purpose;
  /** The exact bytes to sign, at most `MAX_SIGNED_BYTES`. */
  readonly bytes: Uint8Array;
  /** Ends the attempt. */
  readonly signal?: AbortSignal;
}

/**
 * Something that signs with one key: a local key, KMS, a signing proxy.
 *
 * `sign` resolves to the raw signature as JOSE writes it (64 bytes for Ed25519 and P-256, r ‖ s for ECDSA), or rejects; it never
 * falls back to another key. The caller verifies every returned signature against `publicKey` before it keeps it.
 */
export interface Signer {
  readonly kid: string;
  readonly publicKey: PublicKey;
  sign(request: SignRequest): Promise<Uint8Array>;
  close?(): Promise<void>;
}

/** One registered key and what it was registered for. Times are RFC 3339 UTC, e.g. `2026-11-21T03:12:00.123Z`. */
export interface KeyEntry {
  readonly kid: string;
  readonly algorithm: SignatureAlgorithm;
  readonly key: PublicKey;
  readonly purposes: readonly Purpose[];
  /** Chain id patterns; a checkpoint for another chain is not this key's. */
  readonly chains: readonly string[];
  readonly status: 'pending' | 'active' | 'retired' | 'revoked';
  readonly validFrom: string;
  readonly validUntil?: string;
  readonly compromisedSince?: string;
  readonly operator: string;
}

/** A question to a registry: may this key have signed that, then? */
export interface KeyQuery {
  readonly kid: string;
  readonly purpose: Purpose;
  readonly chain?: string;
  /** Not signed before this: the lower bound of the signing time, RFC 3339 UTC. */
  readonly earliest?: string;
  /** Not signed after this: the upper bound of the signing time, RFC 3339 UTC. */
  readonly latest?: string;
}

/** Why a key is not trusted for a signature. */
export type Distrust = 'unknown' | 'not-yet-valid' | 'expired' | 'revoked' | 'compromised' | 'wrong-purpose' | 'wrong-chain';

/** A registry's answer: the entry, or the reason. `time` says whether both bounds were known. */
export type KeyResolution =
  | { readonly trusted: true; readonly entry: KeyEntry; readonly time: 'asserted' | 'bounded' }
  | { readonly trusted: false; readonly entry?: KeyEntry; readonly reason: Distrust };

/** Who may sign what, and when: what a verifier pins. Pure and synchronous; implemented by `@countersign/signer-registry`. */
export interface KeyResolver {
  /** Every registered key, whatever its status. */
  entries(): readonly KeyEntry[];
  resolve(query: KeyQuery): KeyResolution;
}

/** The largest checkpoint ever handed to a signer for an origin. */
export interface Mark {
  readonly origin: string;
  /** Tree size, 1 or more. */
  readonly size: number;
  /** 32 bytes. */
  readonly root: Uint8Array;
}

/**
 * Memory outside the log's own database of how far each origin has been signed; it, not the database, rules out forks.
 *
 * `reserve` is called before each signer call and has reached stable storage when it resolves. It refuses a smaller size and a root
 * that the consistency proof (RFC 6962 §2.1.2, from the present mark to `next`) does not connect; the same size and root again is
 * allowed, with an empty proof. Two callers at once are serialised: one of them sees the other's mark.
 */
export interface HighWaterMark {
  read(origin: string): Promise<Mark | undefined>;
  reserve(next: Mark, proof: readonly Uint8Array[]): Promise<void>;
}

/** Milliseconds since 1970-01-01T00:00:00Z. */
export interface Clock {
  now(): number;
}

/** What a caller says happened (`countersign/record@1`, member `event`). */
export interface AuditEvent {
  readonly actor: string;
  readonly id?: string;
  readonly occurred_at?: string;
  readonly payload?: object;
  readonly subject?: string;
  readonly trace?: string;
  readonly type: string;
}

/** Where events go: resolves when the event is durable and covered by a signed checkpoint. */
export interface EventSink {
  append(event: AuditEvent): Promise<{ readonly seq: number; readonly id: string }>;
}
