import { base64urlDecode, base64urlEncode } from '../bytes/base64.ts';
import { concatBytes, equalBytes } from '../bytes/compare.ts';
import { hexDecode } from '../bytes/hex.ts';
import { ProofError } from '../errors.ts';
import { DER, readDer, readUnsigned, writeDer, writeUnsigned } from './der.ts';
import type { PublicJwk } from './public-key.ts';

// DER has one encoding for one value, so everything before a key of fixed length is a constant: RFC 8410 §4, RFC 5480 §2, RFC 9881.
const ED25519 = /* @__PURE__ */ hexDecode('302a300506032b6570032100');
const P256 = /* @__PURE__ */ hexDecode('3059301306072a8648ce3d020106082a8648ce3d03010703420004');
const P384 = /* @__PURE__ */ hexDecode('3076301006072a8648ce3d020106052b8104002203620004');
const ML_DSA_44 = /* @__PURE__ */ hexDecode('30820532300b06096086480165030403110382052100');
const ML_DSA_65 = /* @__PURE__ */ hexDecode('308207b2300b0609608648016503040312038207a100');
// AlgorithmIdentifier rsaEncryption with its NULL parameter (RFC 3279 §2.3.1).
const RSA = /* @__PURE__ */ hexDecode('300d06092a864886f70d0101010500');

const part = (jwk: PublicJwk, member: 'x' | 'y' | 'n' | 'e' | 'pub'): Uint8Array => base64urlDecode(jwk[member]!, member);

/**
 * Writes a key as SubjectPublicKeyInfo (RFC 5280 §4.1).
 *
 * @param jwk a complete key; `importPublicKey` has checked it
 * @returns DER
 * @example encodeSpki(publicKey.jwk).length // 44 for Ed25519
 */
export function encodeSpki(jwk: PublicJwk): Uint8Array {
  if (jwk.kty === 'OKP') return concatBytes(ED25519, part(jwk, 'x'));
  if (jwk.kty === 'EC') return concatBytes(jwk.crv === 'P-256' ? P256 : P384, part(jwk, 'x'), part(jwk, 'y'));
  if (jwk.kty === 'AKP') return concatBytes(jwk.alg === 'ML-DSA-44' ? ML_DSA_44 : ML_DSA_65, part(jwk, 'pub'));
  const numbers = writeDer(DER.SEQUENCE, writeUnsigned(part(jwk, 'n')), writeUnsigned(part(jwk, 'e')));
  return writeDer(DER.SEQUENCE, RSA, writeDer(DER.BIT_STRING, Uint8Array.of(0), numbers));
}

function starts(bytes: Uint8Array, prefix: Uint8Array): boolean {
  return equalBytes(bytes.subarray(0, prefix.length), prefix);
}

function after(spki: Uint8Array, prefix: Uint8Array, length: number): Uint8Array | undefined {
  return spki.length === prefix.length + length && starts(spki, prefix) ? spki.subarray(prefix.length) : undefined;
}

function ecJwk(crv: 'P-256' | 'P-384', point: Uint8Array): PublicJwk {
  const half = point.length / 2;
  return { kty: 'EC', crv, x: base64urlEncode(point.subarray(0, half)), y: base64urlEncode(point.subarray(half)) };
}

function rsaJwk(spki: Uint8Array): PublicJwk {
  const field = 'spki';
  const outer = readDer(spki, 0, DER.SEQUENCE, field);
  const bits = readDer(spki, outer.start + RSA.length, DER.BIT_STRING, field);
  const numbers = readDer(spki, bits.start + 1, DER.SEQUENCE, field);
  const n = readUnsigned(spki, numbers.start, field);
  const e = readUnsigned(spki, n.end, field);
  const jwk: PublicJwk = { kty: 'RSA', n: base64urlEncode(n.number), e: base64urlEncode(e.number) };
  // Writing it back compares every byte that was not read: padding bits, lengths, anything behind the key.
  if (!equalBytes(encodeSpki(jwk), spki)) throw malformed('exactly one RSA key');
  return jwk;
}

function malformed(expected: string): ProofError {
  return new ProofError('ERR_KEY_FORMAT', `spki: expected ${expected}`, { field: 'spki', expected, actual: 'other bytes' });
}

/**
 * Reads SubjectPublicKeyInfo, byte exact: Ed25519, P-256 and P-384 (uncompressed points), RSA, ML-DSA-65; nothing before or behind.
 *
 * The strength of the key is not judged here; `importPublicKey` does.
 *
 * @param spki DER, at most 65,535 bytes
 * @throws ProofError ERR_KEY_FORMAT another shape; ERR_KEY_PRIVATE a PKCS#8 private key; ERR_DER a malformed RSA key
 * @example decodeSpki(spki).kty // 'OKP'
 */
export function decodeSpki(spki: Uint8Array): PublicJwk {
  const x = after(spki, ED25519, 32);
  if (x) return { kty: 'OKP', crv: 'Ed25519', x: base64urlEncode(x) };
  const p256 = after(spki, P256, 64);
  if (p256) return ecJwk('P-256', p256);
  const p384 = after(spki, P384, 96);
  if (p384) return ecJwk('P-384', p384);
  const pub = after(spki, ML_DSA_65, 1952);
  if (pub) return { kty: 'AKP', alg: 'ML-DSA-65', pub: base64urlEncode(pub) };
  const { start } = readDer(spki, 0, DER.SEQUENCE, 'spki');
  if (starts(spki.subarray(start), RSA)) return rsaJwk(spki);
  // PKCS#8 (RFC 5208 §5) and PKCS#1 private keys begin with a version number where a public key has its algorithm.
  if (spki[start] === DER.INTEGER && (spki[start + 1] ?? 0) <= 1) {
    throw new ProofError('ERR_KEY_PRIVATE', 'spki: expected a public key, got private key material', {
      field: 'spki',
      expected: 'a public key',
      actual: 'private key material',
    });
  }
  throw malformed('an Ed25519, P-256, P-384, RSA or ML-DSA-65 public key');
}
