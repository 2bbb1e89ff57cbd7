import { Point } from '@noble/ed25519';
import { sha512 } from '@noble/hashes/sha2.js';
import { concatBytes } from '../../src/bytes/compare.ts';
import { hexDecode, hexEncode } from '../../src/bytes/hex.ts';

/** Order of the base point (RFC 8032 §5.1). */
export const L = 2n ** 252n + 27742317777372353535851937790883648493n;
/** Prime of the field. */
export const P = 2n ** 255n - 19n;

/** A number as 32 bytes, little-endian. */
export function le32(value: bigint): Uint8Array {
  return hexDecode(value.toString(16).padStart(64, '0')).reverse();
}

/** Bytes as a number, little-endian. */
export function fromLe(bytes: Uint8Array): bigint {
  return BigInt(`0x${hexEncode(bytes.slice().reverse())}`);
}

/** A point of order 8; its multiples are all points of small order. */
const EIGHTH = Point.fromHex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a');

/** The 8 points of small order, the neutral one first. */
export const TORSION: readonly Point[] = Array.from({ length: 8 }, (_, i) => EIGHTH.multiplyUnsafe(BigInt(i)));

/** Every 32-byte string that some verifier reads as a point of small order: y and y + p where that fits in 255 bits, either sign bit. */
export const SMALL_ORDER_SPELLINGS: readonly Uint8Array[] = [
  ...new Set(
    TORSION.flatMap((point) => {
      const { y } = point.toAffine();
      const spellings = [y, y + P].filter((value) => value < 2n ** 255n);
      return spellings.flatMap((value) => [value, value + 2n ** 255n]).map((value) => hexEncode(le32(value)));
    }),
  ),
].map((hex) => hexDecode(hex));

/** The scalar of a private key seed (RFC 8032 §5.1.5). */
export function scalarOf(seed: Uint8Array): bigint {
  const bytes = sha512(seed).slice(0, 32);
  bytes[0]! &= 248;
  bytes[31] = (bytes[31]! & 127) | 64;
  return fromLe(bytes) % L;
}

/** k = SHA-512(R ‖ A ‖ M) mod L. */
export function challenge(r: Uint8Array, a: Uint8Array, message: Uint8Array): bigint {
  return fromLe(sha512(concatBytes(r, a, message))) % L;
}

/** A signature over the message whose R is r·B plus a point of small order: what only a dishonest signer makes. */
export function signWithTorsion(scalar: bigint, publicKey: Uint8Array, message: Uint8Array, r: bigint, torsion: Point): Uint8Array {
  const commitment = (r === 0n ? Point.ZERO : Point.BASE.multiply(r)).add(torsion).toBytes();
  const s = (r + challenge(commitment, publicKey, message) * scalar) % L;
  return concatBytes(commitment, le32(s));
}
