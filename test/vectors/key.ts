import { createPublicKey } from 'node:crypto';
import { L, le32, P, TORSION } from '../../packages/proof-core/test/key/ed25519-corners.ts';
import { base64, base64url, ed25519, hex, pair, sha256, vkey } from './naive.ts';
import { bad, good, type Json, type Vector, type VectorFile } from './vector.ts';

const ED = pair('a key');
const ED_JWK = { kty: 'OKP', crv: 'Ed25519', x: base64url(ED.raw) };
/** RFC 7638 §3.1. */
const RSA_JWK = {
  kty: 'RSA',
  n: '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw',
  e: 'AQAB',
};
/** RFC 7515 A.3. */
const EC_JWK = {
  kty: 'EC',
  crv: 'P-256',
  x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
  y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
};

/** RFC 7638 §3: the required members in order, hashed. */
const thumbprint = (jwk: { readonly [name: string]: string }): string =>
  base64url(sha256(JSON.stringify(Object.fromEntries(Object.entries(jwk).toSorted(([a], [b]) => (a < b ? -1 : 1))))));
const spki = (jwk: object): Buffer => createPublicKey({ key: jwk as never, format: 'jwk' }).export({ type: 'spki', format: 'der' });
const pem = (jwk: object): string =>
  createPublicKey({ key: jwk as never, format: 'jwk' })
    .export({ type: 'spki', format: 'pem' })
    .toString();
const withX = (x: Uint8Array): Json => ({ ...ED_JWK, x: base64url(x) });
const point = (name: string, comment: string, bytes: Uint8Array, error: string): Vector => bad(name, comment, { raw: hex(bytes) }, error);
const bits = (count: number): string => base64url(Buffer.concat([Buffer.of(0x80), Buffer.alloc(count / 8 - 2, 0x55), Buffer.of(0x55)]));

/** Public keys. */
export const keys: VectorFile = {
  name: 'key',
  about:
    'Take in a public key: `jwk` (object), `pem` (text), `spki` (DER, hex) or `raw` (32 bytes of Ed25519, hex), for `algorithm` where given. The result has its algorithm and RFC 7638 thumbprint (base64url).',
  specification: 'docs/spec/keys.md; RFC 7517, RFC 7638, RFC 8032 §5.1.3, RFC 5280 §4.1',
  vectors: [
    good('Ed25519 JWK', 'RFC 8037', { jwk: ED_JWK }, { algorithm: 'Ed25519', thumbprint: thumbprint(ED_JWK) }),
    good('Ed25519 PEM', 'RFC 8410', { pem: pem(ED_JWK) }, { algorithm: 'Ed25519', thumbprint: thumbprint(ED_JWK) }),
    good('Ed25519 SPKI', 'RFC 8410', { spki: hex(spki(ED_JWK)) }, { algorithm: 'Ed25519', thumbprint: thumbprint(ED_JWK) }),
    good('Ed25519 raw', 'RFC 8032 §5.1.5', { raw: hex(ED.raw) }, { algorithm: 'Ed25519', thumbprint: thumbprint(ED_JWK) }),
    good('P-256 JWK', 'RFC 7515 A.3', { jwk: EC_JWK }, { algorithm: 'ES256', thumbprint: thumbprint(EC_JWK) }),
    good('P-256 SPKI', 'RFC 5480', { spki: hex(spki(EC_JWK)) }, { algorithm: 'ES256', thumbprint: thumbprint(EC_JWK) }),
    good(
      'RSA JWK',
      'RFC 7638 §3.1, with the thumbprint printed there',
      { jwk: RSA_JWK, algorithm: 'RS256' },
      { algorithm: 'RS256', thumbprint: 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs' },
    ),
    good(
      'RSA for PSS',
      'the same key, another algorithm',
      { jwk: RSA_JWK, algorithm: 'PS256' },
      { algorithm: 'PS256', thumbprint: thumbprint(RSA_JWK) },
    ),
    bad('RSA without algorithm', 'two would fit', { jwk: RSA_JWK }, 'ERR_KEY_ALGORITHM'),
    bad('Ed25519 for ES256', 'another kind of key', { jwk: ED_JWK, algorithm: 'ES256' }, 'ERR_KEY_ALGORITHM'),
    bad('JWK that says another alg', 'its own word contradicts its curve', { jwk: { ...ED_JWK, alg: 'ES256' } }, 'ERR_KEY_ALGORITHM'),
    bad('private JWK', 'd has no place here', { jwk: { ...ED_JWK, d: base64url(Buffer.alloc(32, 1)) } }, 'ERR_KEY_PRIVATE'),
    bad('secret JWK', 'k is a shared secret', { jwk: { kty: 'oct', k: 'AAAA' } }, 'ERR_KEY_PRIVATE'),
    bad(
      'private PEM',
      'by its label alone',
      { pem: '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB\n-----END PRIVATE KEY-----\n' },
      'ERR_KEY_PRIVATE',
    ),
    bad('X25519 key', 'encrypts, signs nothing', { jwk: { kty: 'OKP', crv: 'X25519', x: base64url(ED.raw) } }, 'ERR_KEY_FORMAT'),
    bad('JWK without crv', 'a required member', { jwk: { kty: 'OKP', x: ED_JWK.x } }, 'ERR_KEY_FORMAT'),
    bad('31 bytes', 'Ed25519 has 32', { jwk: withX(ED.raw.subarray(1)) }, 'ERR_KEY_FORMAT'),
    bad('x with padding', 'base64url has none', { jwk: { ...ED_JWK, x: `${ED_JWK.x}=` } }, 'ERR_BASE64'),
    bad('SPKI with a byte more', 'strict DER', { spki: `${hex(spki(ED_JWK))}00` }, 'ERR_KEY_FORMAT'),
    bad('SPKI cut short', 'strict DER', { spki: hex(spki(ED_JWK).subarray(0, -1)) }, 'ERR_DER'),
    bad('SPKI with a long length', 'DER uses the shortest', { spki: `30812a${hex(spki(ED_JWK)).slice(4)}` }, 'ERR_DER'),
    ...TORSION.map((small, i) => point(`point of small order ${i + 1}`, 'anybody can sign for it', small.toBytes(), 'ERR_KEY_WEAK')),
    point(
      'neutral point with the sign bit',
      'not canonical: minus zero',
      Buffer.concat([Buffer.of(1), Buffer.alloc(30), Buffer.of(0x80)]),
      'ERR_KEY_INVALID',
    ),
    point('y equal to p', 'not canonical: the same as 0', le32(P), 'ERR_KEY_INVALID'),
    point('y of p + 3', 'not canonical: the same as 3', le32(P + 3n), 'ERR_KEY_INVALID'),
    point('no point', 'no x fits this y', le32(2n), 'ERR_KEY_INVALID'),
    bad('P-256 point off the curve', 'one bit of y', { jwk: { ...EC_JWK, y: `A${EC_JWK.y.slice(1)}` } }, 'ERR_KEY_INVALID'),
    bad(
      'P-256 x of 31 bytes',
      'full size (RFC 7518 §6.2.1.2)',
      { jwk: { ...EC_JWK, x: base64url(Buffer.from(EC_JWK.x, 'base64url').subarray(1)) } },
      'ERR_KEY_FORMAT',
    ),
    bad('RSA of 1024 bits', 'too short', { jwk: { ...RSA_JWK, n: bits(1024) }, algorithm: 'RS256' }, 'ERR_KEY_WEAK'),
    bad('RSA with e = 3', 'below 65537', { jwk: { ...RSA_JWK, e: 'Aw' }, algorithm: 'RS256' }, 'ERR_KEY_WEAK'),
    bad(
      'RSA with a leading zero byte',
      'one spelling',
      { jwk: { ...RSA_JWK, n: base64url(Buffer.concat([Buffer.of(0), Buffer.from(RSA_JWK.n, 'base64url')])) }, algorithm: 'RS256' },
      'ERR_KEY_FORMAT',
    ),
  ],
};

const NAME = 'example.com/log';
const KEY = vkey(NAME, 1, ED);
const line = (name: string, comment: string, text: string, error = 'ERR_VKEY'): Vector => bad(name, comment, { text }, error);

/** Verifier keys as a line of text. */
export const vkeys: VectorFile = {
  name: 'vkey',
  about: 'Read a note verifier key from `text`. The result has name, type, key id (hex) and the RFC 7638 thumbprint of the key.',
  specification: 'C2SP signed-note v1.0.0; docs/spec/keys.md',
  vectors: [
    good('log key', 'type 0x01', { text: KEY }, { name: NAME, type: 1, key_id: KEY.split('+')[1]!, thumbprint: thumbprint(ED_JWK) }),
    good(
      'witness key',
      'type 0x04',
      { text: vkey('w', 4, ED) },
      { name: 'w', type: 4, key_id: vkey('w', 4, ED).split('+')[1]!, thumbprint: thumbprint(ED_JWK) },
    ),
    line('another id', 'it is a hash of name, type and key', KEY.replace(/\+[0-9a-f]{8}\+/, '+00000000+')),
    line('another name', 'the id says otherwise', KEY.replace(NAME, 'example.com/lob')),
    line(
      'id in upper case',
      'one spelling',
      KEY.replace(/\+[0-9a-f]{8}\+/, (id) => id.toUpperCase()),
      'ERR_HEX',
    ),
    line('id of 7 digits', '8 hex digits', KEY.replace(/\+[0-9a-f]/, '+'), 'ERR_HEX'),
    line('no name', 'a key has one', KEY.slice(NAME.length)),
    line('line feed at the end', 'not part of it', `${KEY}\n`, 'ERR_BASE64'),
    line('two parts', 'three, separated by plus', KEY.split('+').slice(0, 2).join('+')),
  ],
};

const MESSAGE = 'countersign';
const SIGNATURE = ed25519(ED, Buffer.from(MESSAGE));
const s = SIGNATURE.subarray(32);
const sPlusL = le32(BigInt(`0x${hex(Buffer.from(s).reverse())}`) + L);
const signature = (name: string, comment: string, bytes: Uint8Array, holds: boolean, message = MESSAGE): Vector =>
  good(name, comment, { public_key: base64(ED.raw), message, signature: base64(bytes) }, holds);

/** Ed25519 signatures, strictly. */
export const ed25519Signatures: VectorFile = {
  name: 'ed25519',
  about:
    'Tell whether `signature` (base64) is a strict Ed25519 signature over `message` (UTF-8) under `public_key` (32 bytes, base64). The result is true or false; nothing is thrown.',
  specification: 'RFC 8032 §5.1.7, without the cofactor; docs/spec/keys.md',
  vectors: [
    signature('genuine', 'the plain case', SIGNATURE, true),
    signature('another message', 'one letter', SIGNATURE, false, 'countersigm'),
    signature('S plus L', 'malleable: the same equation, another signature', Buffer.concat([SIGNATURE.subarray(0, 32), sPlusL]), false),
    signature('S of L', 'not below the group order', Buffer.concat([SIGNATURE.subarray(0, 32), le32(L)]), false),
    signature('zero', 'R and S of zeros', Buffer.alloc(64), false),
    signature(
      'R of the neutral point, S of 0',
      'accepted under weak keys elsewhere',
      Buffer.concat([Buffer.of(1), Buffer.alloc(63)]),
      false,
    ),
    signature('R not canonical', 'y of p + 1', Buffer.concat([le32(P + 1n), s]), false),
    signature('63 bytes', 'cut short', SIGNATURE.subarray(0, 63), false),
    signature('65 bytes', 'a byte more', Buffer.concat([SIGNATURE, Buffer.of(0)]), false),
    signature('empty', 'no bytes', Buffer.alloc(0), false),
    signature('one bit of R', 'another point', Buffer.concat([Buffer.of(SIGNATURE[0]! ^ 1), SIGNATURE.subarray(1)]), false),
    signature('high bits of S', 'RFC 8032: S < L', Buffer.concat([SIGNATURE.subarray(0, 63), Buffer.of(SIGNATURE[63]! | 0xe0)]), false),
  ],
};
