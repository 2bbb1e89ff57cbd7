import type { MlDsaModules } from '../key/ml-dsa.ts';
import type { KeyAlgorithm, PublicKey } from '../key/public-key.ts';
import type { RecordLines } from './record-lines.ts';

/** A running SHA-256 over bytes that come in pieces. */
export interface Hasher {
  update(bytes: Uint8Array): void;
  /** 64 lower-case hex characters; ends the hasher. */
  hex(): string;
}

/**
 * The seam between portable code and what Node does faster. Both engines agree byte for byte; a test compares them on every corner.
 *
 * Callers take an `Engine` as their last parameter; it defaults to the platform's own (`#engine`).
 */
export interface Engine {
  readonly name: 'node' | 'portable';
  /** What `withMlDsa` was given; absent in the platforms' own engines. */
  readonly mlDsa?: MlDsaModules;
  /** SHA-256 in one call. */
  sha256(bytes: Uint8Array): Uint8Array;
  /** SHA-256 as 64 lower-case hex characters: the cheapest form in Node. */
  sha256Hex(bytes: Uint8Array): string;
  /** SHA-256 over pieces. */
  hasher(): Hasher;
  /**
   * RFC 6962 §2.1 leaf hash SHA-256(0x00 ‖ bytes[start, end)) as hex, hashed where it lies: the byte at `start - 1` is set to
   * 0x00 for the call and restored, so `start` must be at least 1 and `bytes` writable.
   */
  leafHex(bytes: Uint8Array, start: number, end: number): string;
  /** As `leafHex`, written as 32 bytes to `out` at `at`. */
  leafInto(bytes: Uint8Array, start: number, end: number, out: Uint8Array, at: number): void;
  /** RFC 6962 §2.1 interior hash SHA-256(0x01 ‖ 64 bytes of `pair` at `pairAt`), written as 32 bytes to `out` at `outAt`. */
  nodeInto(pair: Uint8Array, pairAt: number, out: Uint8Array, outAt: number): void;
  /**
   * As `nodeInto` for `count` pairs that lie one behind the other, 64 bytes each; the results too, 32 bytes each. Several times
   * cheaper to call than once for each pair. `out` may be `pairs` itself when `outAt` is at most `pairsAt`.
   */
  nodesInto(pairs: Uint8Array, pairsAt: number, count: number, out: Uint8Array, outAt: number): void;
  /** Tells whether bytes[start, end) are valid UTF-8. */
  isUtf8(bytes: Uint8Array, start: number, end: number): boolean;
  /** What reads many record lines at once; absent where nothing is faster than reading them one by one, undefined where it cannot be had. */
  recordLines?(): RecordLines | undefined;
  /** RFC 8785 canonical bytes; the result is the caller's own. */
  canonicalize(value: unknown): Uint8Array<ArrayBuffer>;
  /** Verifies one signature strictly; never throws for a bad signature. */
  verify(key: PublicKey<KeyAlgorithm>, message: Uint8Array, signature: Uint8Array): boolean | Promise<boolean>;
}
