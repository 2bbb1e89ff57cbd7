import { constants, createHash, generateKeyPairSync, privateEncrypt, sign } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { base64urlDecode, base64urlEncode } from '../../src/bytes/base64.ts';
import { concatBytes } from '../../src/bytes/compare.ts';
import { hexDecode, hexEncode } from '../../src/bytes/hex.ts';
import { utf8Encode } from '../../src/bytes/utf8.ts';
import { importPublicKey } from '../../src/key/import.ts';
import type { PublicKey } from '../../src/key/public-key.ts';
import { verifySignature as portable } from '../../src/key/verify.ts';
import { verifySignature as node } from '../../src/node/signature.ts';
import { codeOf } from '../merkle/refused.ts';
import { freshSigner, signWith } from '../document/keys.ts';

const MESSAGE = utf8Encode('a message');

/** Both engines' answer; they must agree. */
async function verdict(key: PublicKey, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
  const answer = node(key, message, signature);
  expect(await portable(key, message, signature)).toBe(answer);
  return answer;
}

function be(value: bigint, length: number): Uint8Array {
  return hexDecode(value.toString(16).padStart(2 * length, '0'));
}
const fromBe = (bytes: Uint8Array): bigint => BigInt(`0x${hexEncode(bytes)}`);

const ORDERS = {
  ES256: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  ES384: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
};

describe.each(['ES256', 'ES384'] as const)('%s signatures', (algorithm) => {
  const signer = freshSigner('k', algorithm);
  const key = signer.publicKey;
  const n = ORDERS[algorithm];
  const size = algorithm === 'ES256' ? 32 : 48;
  const good = signWith(algorithm, signer.privateKey, MESSAGE);
  const r = fromBe(good.subarray(0, size));
  const s = fromBe(good.subarray(size));
  const raw = (a: bigint, b: bigint): Uint8Array => concatBytes(be(a, size), be(b, size));

  test('a good one verifies, and its twin n − s, which ECDSA allows, too', async () => {
    expect(await verdict(key, MESSAGE, good)).toBe(true);
    expect(await verdict(key, MESSAGE, raw(r, n - s))).toBe(true);
    expect(await verdict(key, utf8Encode('another'), good)).toBe(false);
  });

  test('r and s outside 1 to n − 1 are refused', async () => {
    const max = 256n ** BigInt(size);
    for (const bad of [0n, n, n + 1n, max - 1n, ...(r + n < max ? [r + n] : [])])
      expect(await verdict(key, MESSAGE, raw(bad, s))).toBe(false);
    for (const bad of [0n, n, n + 1n, max - 1n, ...(s + n < max ? [s + n] : [])])
      expect(await verdict(key, MESSAGE, raw(r, bad))).toBe(false);
    expect(await verdict(key, MESSAGE, raw(0n, 0n))).toBe(false);
    expect(await verdict(key, MESSAGE, raw(1n, 1n))).toBe(false);
    expect(await verdict(key, MESSAGE, raw(n - 1n, n - 1n))).toBe(false);
  });

  test('another length is refused: empty, cut, zero-padded, doubled, DER', async () => {
    const der = sign(algorithm === 'ES256' ? 'sha256' : 'sha384', MESSAGE, signer.privateKey);
    const zero = Uint8Array.of(0);
    const padded = concatBytes(zero, good.subarray(0, size), zero, good.subarray(size));
    const bad = [
      new Uint8Array(0),
      good.subarray(1),
      good.subarray(0, -1),
      concatBytes(good, zero),
      concatBytes(zero, good),
      padded,
      new Uint8Array(der),
    ];
    for (const signature of bad) expect(await verdict(key, MESSAGE, signature)).toBe(false);
  });

  test('a flipped bit is refused', async () => {
    for (let i = 0; i < good.length; i += 3) {
      const bad = good.slice();
      bad[i]! ^= 0x80;
      expect(await verdict(key, MESSAGE, bad)).toBe(false);
    }
  });
});

describe('RSA signatures', () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const der = publicKey.export({ format: 'der', type: 'spki' });
  const pkcs = importPublicKey(der, { algorithm: 'RS256' });
  const pss = importPublicKey(der, { algorithm: 'PS256' });
  const n = fromBe(base64urlDecode(pkcs.jwk.n!));
  const good = signWith('RS256', privateKey, MESSAGE);
  const goodPss = signWith('PS256', privateKey, MESSAGE);

  test('a good one verifies under its own algorithm only', async () => {
    expect(await verdict(pkcs, MESSAGE, good)).toBe(true);
    expect(await verdict(pss, MESSAGE, goodPss)).toBe(true);
    expect(await verdict(pkcs, MESSAGE, goodPss)).toBe(false);
    expect(await verdict(pss, MESSAGE, good)).toBe(false);
  });

  test('another length and another spelling of the same number are refused', async () => {
    const zero = Uint8Array.of(0);
    const bad = [new Uint8Array(0), good.subarray(1), good.subarray(0, -1), concatBytes(good, zero), concatBytes(zero, good)];
    const plusN = fromBe(good) + n;
    if (plusN < 2n ** 2048n) bad.push(be(plusN, 256));
    for (const number of [0n, 1n, n - 1n, n, 2n ** 2048n - 1n]) bad.push(be(number, 256));
    for (const signature of bad) {
      expect(await verdict(pkcs, MESSAGE, signature)).toBe(false);
      expect(await verdict(pss, MESSAGE, signature)).toBe(false);
    }
  });

  test('another hash, another salt length and a forged padding are refused', async () => {
    const asOther = (hash: string): Uint8Array => new Uint8Array(sign(hash, MESSAGE, privateKey));
    for (const hash of ['sha1', 'sha384', 'sha512']) expect(await verdict(pkcs, MESSAGE, asOther(hash))).toBe(false);
    for (const saltLength of [0, 20, 31, 33, 64]) {
      const signature = sign('sha256', MESSAGE, { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength });
      expect(await verdict(pss, MESSAGE, new Uint8Array(signature))).toBe(false);
    }
    // A block with the right DigestInfo but too little padding and rubbish behind it, as a forger of Bleichenbacher's kind makes it.
    const info = concatBytes(
      hexDecode('3031300d060960864801650304020105000420'),
      new Uint8Array(createHash('sha256').update(MESSAGE).digest()),
    );
    const forged = concatBytes(hexDecode('0001ffffffffffffffff00'), info, new Uint8Array(256 - 11 - info.length));
    const block = privateEncrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, forged);
    expect(await verdict(pkcs, MESSAGE, new Uint8Array(block))).toBe(false);
  });
});

describe('published signatures', () => {
  test('RFC 7515 A.3 (ES256) verifies', async () => {
    const key = importPublicKey({
      kty: 'EC',
      crv: 'P-256',
      x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
      y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
    });
    const input = 'eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ';
    const signature = base64urlDecode('DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q');
    expect(await verdict(key, utf8Encode(input), signature)).toBe(true);
  });

  test('RFC 8037 A.4 (Ed25519) verifies', async () => {
    const key = importPublicKey({ kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' });
    const signature = base64urlDecode('hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg');
    expect(await verdict(key, utf8Encode('eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc'), signature)).toBe(true);
  });
});

test('the message may be changed as soon as the call has returned', async () => {
  const signer = freshSigner('k', 'ES256');
  const message = MESSAGE.slice();
  const signature = signWith('ES256', signer.privateKey, message);
  const answer = portable(signer.publicKey, message, signature);
  message.fill(0);
  signature.fill(0);
  expect(await answer).toBe(true);
});

test('ML-DSA-65 without its module is a coded error, not a verdict', () => {
  const key = importPublicKey({ kty: 'AKP', alg: 'ML-DSA-65', pub: base64urlEncode(new Uint8Array(1952)) });
  const signature = new Uint8Array(3309);
  expect(codeOf(() => node(key, MESSAGE, signature))).toBe('ERR_ALGORITHM_UNSUPPORTED');
  expect(codeOf(() => portable(key, MESSAGE, signature))).toBe('ERR_ALGORITHM_UNSUPPORTED');
});

test('no signature of random bytes ever verifies or throws', async () => {
  const keys = (['Ed25519', 'ES256', 'ES384'] as const).map((algorithm) => freshSigner('k', algorithm).publicKey);
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...keys), fc.uint8Array({ minLength: 62, maxLength: 98 }), async (key, signature) => {
      expect(await verdict(key, MESSAGE, signature)).toBe(false);
    }),
    { numRuns: 60 },
  );
});
