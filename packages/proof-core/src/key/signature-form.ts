import { base64urlDecode } from '../bytes/base64.ts';
import { hexDecode } from '../bytes/hex.ts';
import { ALGORITHMS } from './algorithms.ts';
import type { KeyAlgorithm, PublicKey } from './public-key.ts';

/** Order of the Ed25519 base point, RFC 8032 §5.1, little-endian as signatures write S. */
const ED25519_ORDER = /* @__PURE__ */ hexDecode('edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010');
/** The y coordinates of the points of order 1, 2, 4 and 8, little-endian; either sign of x. */
const SMALL_ORDER = /* @__PURE__ */ [
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0000000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
].map((y) => hexDecode(y));
/** Orders of the base points of P-256 and P-384 (SP 800-186 §3.2.1), big-endian as JOSE writes r and s. */
const P256_ORDER = /* @__PURE__ */ hexDecode('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551');
const P384_ORDER = /* @__PURE__ */ hexDecode(
  'ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973',
);

/** S < L, RFC 8032 §5.1.7 step 1: without it S + L would be a second signature. */
function isReducedScalar(signature: Uint8Array): boolean {
  for (let i = 31; i >= 0; i--) {
    const byte = signature[32 + i]!;
    const limit = ED25519_ORDER[i]!;
    if (byte !== limit) return byte < limit;
  }
  return false;
}

/** y < p, RFC 8032 §5.1.3 step 1. */
function isReducedPoint(bytes: Uint8Array): boolean {
  if ((bytes[31]! & 127) !== 127 || bytes[0]! < 0xed) return true;
  for (let i = 1; i < 31; i++) if (bytes[i] !== 255) return true;
  return false;
}

function isSmallOrderPoint(bytes: Uint8Array): boolean {
  return SMALL_ORDER.some((y) => {
    for (let i = 0; i < 31; i++) if (bytes[i] !== y[i]) return false;
    return (bytes[31]! & 127) === y[31];
  });
}

/** 1 ≤ number < limit, both big-endian and equally long. */
function isInRange(bytes: Uint8Array, at: number, limit: Uint8Array): boolean {
  let zero = true;
  let order = 0;
  for (let i = 0; i < limit.length; i++) {
    const byte = bytes[at + i]!;
    if (byte !== 0) zero = false;
    if (order === 0) order = byte - limit[i]!;
  }
  return !zero && order < 0;
}

const moduli = /* @__PURE__ */ new WeakMap<PublicKey<KeyAlgorithm>, Uint8Array>();

/** The modulus of an RSA key, decoded once: big-endian, as long as a signature of this key. */
function rsaModulus(key: PublicKey<KeyAlgorithm>): Uint8Array {
  let modulus = moduli.get(key);
  if (modulus === undefined) {
    modulus = base64urlDecode(key.jwk.n!, 'n');
    moduli.set(key, modulus);
  }
  return modulus;
}

/**
 * Tells whether a signature has the one encoding that its algorithm allows; says nothing about whether it verifies.
 *
 * Libraries differ on these corners, so they are settled here before any of them is asked: Ed25519 64 bytes, S < L, R reduced and
 * not of small order (RFC 8032 §5.1.7); ECDSA r ‖ s of exact length, each in [1, n − 1] (FIPS 186-5 §6.4.2); RSA as long as the
 * modulus and smaller than it (RFC 8017 §8.2.2); ML-DSA-65 3,309 bytes, ML-DSA-44 2,420 (FIPS 204 §4).
 *
 * @param key one that `importPublicKey` has checked
 * @param signature as JOSE writes it
 * @throws ProofError ERR_BASE64 an RSA modulus that `importPublicKey` has not checked
 * @example isSignatureForm(key, signature.subarray(1)) // false
 */
export function isSignatureForm(key: PublicKey<KeyAlgorithm>, signature: Uint8Array): boolean {
  const { algorithm } = key;
  if (algorithm === 'ML-DSA-44') return signature.length === 2420;
  const isRsa = algorithm === 'RS256' || algorithm === 'PS256';
  if (signature.length !== (isRsa ? rsaModulus(key).length : ALGORITHMS[algorithm].signatureLength)) return false;
  if (algorithm === 'Ed25519') return isReducedScalar(signature) && isReducedPoint(signature) && !isSmallOrderPoint(signature);
  if (algorithm === 'ES256') return isInRange(signature, 0, P256_ORDER) && isInRange(signature, 32, P256_ORDER);
  if (algorithm === 'ES384') return isInRange(signature, 0, P384_ORDER) && isInRange(signature, 48, P384_ORDER);
  return !isRsa || isInRange(signature, 0, rsaModulus(key));
}
