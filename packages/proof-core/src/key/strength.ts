import { Point } from '@noble/ed25519';
import { hexEncode } from '../bytes/hex.ts';
import { ProofError } from '../errors.ts';

interface Curve {
  readonly p: bigint;
  readonly b: bigint;
}

// SP 800-186 §3.2.1.3 and §3.2.1.4; a = −3 in both.
const CURVES: Readonly<Record<'P-256' | 'P-384', Curve>> = {
  'P-256': {
    p: 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn,
    b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
  },
  'P-384': {
    p: 0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffffn,
    b: 0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aefn,
  },
};

function weak(field: string, expected: string, actual: string | number): never {
  throw new ProofError('ERR_KEY_WEAK', `${field}: expected ${expected}, got ${actual}`, { field, expected, actual });
}

function invalid(field: string, expected: string, actual: string): never {
  throw new ProofError('ERR_KEY_INVALID', `${field}: expected ${expected}, got ${actual}`, { field, expected, actual });
}

/** Keys that have been judged sound, in hex: it costs more than a millisecond, and the same few keys come again and again. */
const sound = /* @__PURE__ */ new Set<string>();
const MAX_REMEMBERED = 1024;

/**
 * Refuses an Ed25519 key that some verifier could read differently or that anybody can sign for.
 *
 * @param bytes 32 bytes: y little-endian, the sign of x in the top bit (RFC 8032 §5.1.2)
 * @throws ProofError ERR_KEY_INVALID y ≥ p, no such point, or sign bit on x = 0; ERR_KEY_WEAK a point with a part of small order
 * @example checkEd25519(new Uint8Array(32)) // throws: y = 0 has order 4
 */
export function checkEd25519(bytes: Uint8Array): void {
  const name = hexEncode(bytes);
  if (sound.has(name)) return;
  let point: Point;
  try {
    point = Point.fromBytes(bytes, false);
  } catch {
    // A non-canonical spelling of a small-order point comes here too.
    return invalid('x', 'the canonical encoding of a point on edwards25519', 'another encoding');
  }
  if (point.isSmallOrder()) weak('x', 'a point of large order', 'a point of small order');
  // Honest keys lie in the prime-order group; others make cofactored and cofactorless verifiers disagree.
  if (!point.isTorsionFree()) weak('x', 'a point of prime order', 'a point of mixed order');
  if (sound.size === MAX_REMEMBERED) sound.clear();
  sound.add(name);
}

/**
 * Refuses coordinates that are no point of the curve (SP 800-56A §5.6.2.3.4); infinity has no coordinates and cannot come here.
 *
 * @param crv the curve
 * @param x big-endian, 32 bytes for P-256, 48 for P-384
 * @param y as x
 * @throws ProofError ERR_KEY_INVALID
 * @example checkEcPoint('P-256', new Uint8Array(32), new Uint8Array(32)) // throws
 */
export function checkEcPoint(crv: 'P-256' | 'P-384', x: Uint8Array, y: Uint8Array): void {
  const { p, b } = CURVES[crv];
  const [u, v] = [BigInt(`0x${hexEncode(x)}`), BigInt(`0x${hexEncode(y)}`)];
  if (u >= p || v >= p) invalid(u >= p ? 'x' : 'y', `a coordinate below the prime of ${crv}`, 'a larger one');
  if ((v * v - (u * u * u - 3n * u + b)) % p !== 0n) invalid('y', `a point on ${crv}`, 'a point off the curve');
}

/**
 * Refuses RSA keys outside 2,048 to 8,192 bits, an even modulus, and an exponent that is even, below 65,537 or above 2^32.
 *
 * The upper bounds keep one verification from taking seconds.
 *
 * @param n modulus, big-endian without leading zeros
 * @param e exponent, likewise
 * @throws ProofError ERR_KEY_WEAK; ERR_KEY_INVALID too large to work with
 * @example checkRsa(new Uint8Array(128).fill(255), Uint8Array.of(1, 0, 1)) // throws: 1,024 bits
 */
export function checkRsa(n: Uint8Array, e: Uint8Array): void {
  const bits = n.length === 0 ? 0 : n.length * 8 - Math.clz32(n[0]!) + 24;
  if (bits < 2048) weak('n', 'a modulus of at least 2048 bits', bits);
  if (bits > 8192) invalid('n', 'a modulus of at most 8192 bits', String(bits));
  if (n.at(-1)! % 2 === 0) weak('n', 'an odd modulus', 'an even one');
  const exponent = e.length > 5 ? Infinity : e.reduce((value, byte) => value * 256 + byte, 0);
  if (exponent > 2 ** 32) invalid('e', 'an exponent of at most 2^32', 'a larger one');
  if (exponent < 65537 || exponent % 2 === 0) weak('e', 'an odd exponent of at least 65537', exponent);
}
