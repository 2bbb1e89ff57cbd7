import { base64urlDecode, base64urlEncode } from '../bytes/base64.ts';
import { utf8Decode, utf8Encode } from '../bytes/utf8.ts';
import { defaultEngine } from '../engine/default.ts';
import type { Engine } from '../engine/engine.ts';
import { ProofError } from '../errors.ts';
import { parseJson } from '../json/parse.ts';
import { readJwk } from './jwk.ts';
import { decodePem } from './pem.ts';
import type { PublicJwk, PublicKey, SignatureAlgorithm } from './public-key.ts';
import { decodeSpki, encodeSpki } from './spki.ts';
import { checkEcPoint, checkEd25519, checkRsa } from './strength.ts';
import { thumbprint } from './thumbprint.ts';

/** The shapes a public key may come in: PEM text, SubjectPublicKeyInfo DER, bare bytes, JSON Web Key. */
export type KeyFormat = 'pem' | 'spki' | 'raw' | 'jwk';

/** What the caller knows about a key beforehand; anything else is refused. */
export interface ImportOptions {
  /** The algorithm it is used with; needed for an RSA key without `alg`, because RS256 and PS256 share their keys. */
  readonly algorithm?: SignatureAlgorithm;
  /** The form of the input; recognised when absent. */
  readonly format?: KeyFormat;
}

function malformed(field: string, expected: string, actual: string): ProofError {
  return new ProofError('ERR_KEY_FORMAT', `${field}: expected ${expected}, got ${actual}`, { field, expected, actual });
}

function recognise(bytes: Uint8Array, algorithm: SignatureAlgorithm | undefined): KeyFormat {
  // No other form is 32 bytes long; 1952 may also be the length of a file.
  if (bytes.length === 32 || (bytes.length === 1952 && algorithm === 'ML-DSA-65')) return 'raw';
  if (bytes[0] === 0x30) return 'spki';
  if (bytes[0] === 0x7b) return 'jwk';
  if (bytes[0] === 0x2d) return 'pem';
  throw malformed('key', 'PEM, SPKI DER, 32 raw bytes or a JWK', `${bytes.length} other bytes`);
}

function rawJwk(bytes: Uint8Array): PublicJwk {
  if (bytes.length === 32) return { kty: 'OKP', crv: 'Ed25519', x: base64urlEncode(bytes) };
  if (bytes.length === 1952) return { kty: 'AKP', alg: 'ML-DSA-65', pub: base64urlEncode(bytes) };
  throw malformed('raw', '32 bytes (Ed25519) or 1952 (ML-DSA-65)', `${bytes.length} bytes`);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The key's members as they came, with `alg` if it was there. */
function read(input: Uint8Array | string | PublicJwk, { algorithm, format: expected }: ImportOptions): Readonly<Record<string, unknown>> {
  if (typeof input !== 'string' && !(input instanceof Uint8Array)) {
    if (!isObject(input) || (expected ?? 'jwk') !== 'jwk') throw new TypeError('a key is a Uint8Array, a string or a JWK object');
    // A getter answers once: what is judged must be what is kept.
    return { ...input };
  }
  const bytes = typeof input === 'string' ? utf8Encode(input, 'key') : input;
  if (bytes.length > 20_000) throw malformed('key', 'at most 20000 bytes', `${bytes.length}`);
  const format = expected ?? recognise(bytes, algorithm);
  // Text that happens to have the length of a raw key is still text.
  if (typeof input === 'string' && (format === 'raw' || format === 'spki')) throw malformed('key', 'PEM or JWK text', 'other text');
  if (format === 'raw') return { ...rawJwk(bytes) };
  if (format === 'spki') return { ...decodeSpki(bytes) };
  if (format === 'pem') return { ...decodeSpki(decodePem(utf8Decode(bytes, 'pem'))) };
  const value: unknown = parseJson(bytes, 'jwk');
  if (!isObject(value)) throw malformed('jwk', 'an object', 'another value');
  return value;
}

function algorithmOf(jwk: PublicJwk, named: unknown, wanted: SignatureAlgorithm | undefined): SignatureAlgorithm {
  // RFC 9864: `EdDSA` on a key is the old name of what the curve decides.
  const alg = named === 'EdDSA' && jwk.crv === 'Ed25519' ? 'Ed25519' : named;
  const fits: readonly SignatureAlgorithm[] =
    jwk.kty === 'OKP'
      ? ['Ed25519']
      : jwk.kty === 'EC'
        ? [jwk.crv === 'P-256' ? 'ES256' : 'ES384']
        : jwk.kty === 'AKP'
          ? ['ML-DSA-65']
          : ['RS256', 'PS256'];
  const left = fits.filter((name) => (alg === undefined || name === alg) && (wanted === undefined || name === wanted));
  if (left.length === 1) return left[0]!;
  const expected = wanted ?? (fits.length > 1 && left.length > 1 ? 'the option algorithm: RS256 or PS256' : fits.join(' or '));
  throw new ProofError(
    'ERR_KEY_ALGORITHM',
    `algorithm: expected ${expected}, the key has ${typeof alg === 'string' ? alg : fits.join(' or ')}`,
    {
      field: 'algorithm',
      expected,
      actual: typeof alg === 'string' ? alg : fits.join(' or '),
    },
  );
}

/**
 * Takes in a public key, once: form, strength and algorithm are settled here, so that nothing has to ask again.
 *
 * @param input PEM or JWK text; SPKI DER, 32 raw Ed25519 bytes, or a file holding PEM or JWK; a JWK object. At most 20,000 bytes
 * @param options the algorithm the key must have, the form it must come in
 * @returns a frozen key; the input may be changed afterwards
 * @throws ProofError ERR_KEY_PRIVATE private key material; ERR_KEY_FORMAT, ERR_DER, ERR_BASE64, ERR_JSON… not one exact key;
 *   ERR_KEY_INVALID no point of the curve, not its canonical encoding, or too large; ERR_KEY_WEAK small order, RSA below 2,048 bits;
 *   ERR_KEY_ALGORITHM not a key for that algorithm
 * @example const key = importPublicKey(await readFile('signer.pem'));
 */
export function importPublicKey(
  input: Uint8Array | string | PublicJwk,
  options: ImportOptions = {},
  engine: Engine = defaultEngine,
): PublicKey {
  const given = read(input, options);
  const jwk = readJwk(given);
  const algorithm = algorithmOf(jwk, given['alg'], options.algorithm);
  const part = (member: 'x' | 'y' | 'n' | 'e' | 'pub'): Uint8Array => base64urlDecode(jwk[member]!, member);
  if (jwk.kty === 'OKP') checkEd25519(part('x'));
  else if (jwk.kty === 'EC') checkEcPoint(jwk.crv as 'P-256' | 'P-384', part('x'), part('y'));
  else if (jwk.kty === 'RSA') checkRsa(part('n'), part('e'));
  const key = { algorithm, jwk, thumbprint: thumbprint(jwk, engine), spki: encodeSpki(jwk) };
  if (jwk.kty === 'OKP') return Object.freeze({ ...key, raw: part('x') });
  if (jwk.kty === 'AKP') return Object.freeze({ ...key, raw: part('pub') });
  return Object.freeze(key);
}
