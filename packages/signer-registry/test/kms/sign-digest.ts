// Signatures over a digest that was made elsewhere, which Node has no call for. Straight from the standards and slow; for the test server.
import { type KeyObject, constants, createHash, privateEncrypt, randomBytes } from 'node:crypto';

const sha256 = (...parts: Uint8Array[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** RSASSA-PKCS1-v1_5: the DigestInfo of SHA-256 (RFC 8017 §9.2 note 1), padded and exponentiated. */
export function signPkcs1(key: KeyObject, digest: Uint8Array): Buffer {
  const info = Buffer.concat([Buffer.from('3031300d060960864801650304020105000420', 'hex'), digest]);
  return privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, info);
}

/** RSASSA-PSS with SHA-256, MGF1 of SHA-256 and a salt of 32 bytes (RFC 8017 §9.1.1). */
export function signPss(key: KeyObject, digest: Uint8Array): Buffer {
  const length = key.asymmetricKeyDetails!.modulusLength! / 8;
  const salt = randomBytes(32);
  const hash = sha256(Buffer.alloc(8), digest, salt);
  const data = Buffer.concat([Buffer.alloc(length - 66), Buffer.from([1]), salt]);
  for (let i = 0; i * 32 < data.length; i++) {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(i);
    const mask = sha256(hash, counter);
    for (let j = 0; j < 32 && i * 32 + j < data.length; j++) data[i * 32 + j]! ^= mask[j]!;
  }
  data[0]! &= 0x7f;
  return privateEncrypt({ key, padding: constants.RSA_NO_PADDING }, Buffer.concat([data, hash, Buffer.from([0xbc])]));
}

// P-256 (SP 800-186 §3.2.1.3), affine arithmetic.
const P = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const GX = 0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n;
const GY = 0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n;
type Point = readonly [bigint, bigint] | undefined;

const mod = (value: bigint, modulus: bigint): bigint => ((value % modulus) + modulus) % modulus;

function inverse(value: bigint, modulus: bigint): bigint {
  let [a, b, x, y] = [mod(value, modulus), modulus, 1n, 0n];
  while (a > 1n) [a, b, x, y] = [b % a, a, y - (b / a) * x, x];
  return mod(x, modulus);
}

function add(a: Point, b: Point): Point {
  if (a === undefined || b === undefined) return a ?? b;
  if (a[0] === b[0] && a[1] !== b[1]) return undefined;
  const slope = a[0] === b[0] ? (3n * a[0] * a[0] - 3n) * inverse(2n * a[1], P) : (b[1] - a[1]) * inverse(b[0] - a[0], P);
  const x = mod(slope * slope - a[0] - b[0], P);
  return [x, mod(slope * (a[0] - x) - a[1], P)];
}

function multiply(scalar: bigint): Point {
  let sum: Point;
  let doubled: Point = [GX, GY];
  for (let left = scalar; left > 0n; left >>= 1n) {
    if (left & 1n) sum = add(sum, doubled);
    doubled = add(doubled, doubled);
  }
  return sum;
}

const integer = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex')}`);

function der(value: bigint): Buffer {
  let hex = value.toString(16);
  if (hex.length % 2 === 1) hex = `0${hex}`;
  const bytes = Buffer.from(Number.parseInt(hex.slice(0, 2), 16) >= 0x80 ? `00${hex}` : hex, 'hex');
  return Buffer.concat([Buffer.from([2, bytes.length]), bytes]);
}

/** ECDSA on P-256 over a SHA-256 digest, as DER (FIPS 186-5 §6.4.1). */
export function signP256(key: KeyObject, digest: Uint8Array): Buffer {
  const d = integer(Buffer.from(key.export({ format: 'jwk' }).d!, 'base64url'));
  const k = mod(integer(randomBytes(40)), N - 1n) + 1n;
  const r = mod(multiply(k)![0], N);
  const s = mod(inverse(k, N) * (integer(digest) + r * d), N);
  const body = Buffer.concat([der(r), der(s)]);
  return Buffer.concat([Buffer.from([0x30, body.length]), body]);
}
