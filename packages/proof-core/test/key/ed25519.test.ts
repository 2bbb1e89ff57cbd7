import { createPrivateKey, sign } from 'node:crypto';
import { Point, verify } from '@noble/ed25519';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concatBytes } from '../../src/bytes/compare.ts';
import { hexDecode, hexEncode } from '../../src/bytes/hex.ts';
import { importPublicKey } from '../../src/key/import.ts';
import type { PublicKey } from '../../src/key/public-key.ts';
import { verifySignature as portable } from '../../src/key/verify.ts';
import { verifySignature as node } from '../../src/node/signature.ts';
import { codeOf } from '../merkle/refused.ts';
import { L, P, SMALL_ORDER_SPELLINGS, TORSION, fromLe, le32, scalarOf, signWithTorsion } from './ed25519-corners.ts';

/** RFC 8032 §7.1: seed, public key, message, signature. */
const RFC8032 = [
  [
    '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    '',
    'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  ],
  [
    '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    '72',
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  ],
  [
    'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    'af82',
    '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  ],
] as const;

const [SEED, PUBLIC, , SIGNATURE] = RFC8032[1].map((hex) => hexDecode(hex)) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
const MESSAGE = Uint8Array.of(0x72);
const KEY = importPublicKey(PUBLIC);
const SCALAR = scalarOf(SEED);

/** Both engines' answer; they must agree. */
function verdict(key: PublicKey, message: Uint8Array, signature: Uint8Array): boolean {
  const answer = node(key, message, signature);
  expect(portable(key, message, signature)).toBe(answer);
  return answer;
}

describe('Ed25519 signatures', () => {
  test.each(RFC8032)('RFC 8032 vector %s verifies', (seed, publicKey, message, signature) => {
    const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), hexDecode(seed)]);
    const bytes = hexDecode(message);
    expect(sign(null, bytes, createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })).toString('hex')).toBe(signature);
    expect(verdict(importPublicKey(hexDecode(publicKey)), bytes, hexDecode(signature))).toBe(true);
  });

  test('one flipped bit anywhere in signature or message is refused', () => {
    for (let bit = 0; bit < 64 * 8; bit += 5) {
      const bad = SIGNATURE.slice();
      bad[bit >> 3]! ^= 1 << (bit & 7);
      expect(verdict(KEY, MESSAGE, bad)).toBe(false);
    }
    expect(verdict(KEY, Uint8Array.of(0x73), SIGNATURE)).toBe(false);
    expect(verdict(KEY, new Uint8Array(0), SIGNATURE)).toBe(false);
  });

  test.each([
    ['nothing', new Uint8Array(0)],
    ['63 bytes', SIGNATURE.subarray(0, 63)],
    ['65 bytes', concatBytes(SIGNATURE, Uint8Array.of(0))],
    ['twice', concatBytes(SIGNATURE, SIGNATURE)],
    ['R alone', SIGNATURE.subarray(0, 32)],
    ['zeros', new Uint8Array(64)],
    ['ones', new Uint8Array(64).fill(255)],
    ['R and S swapped', concatBytes(SIGNATURE.subarray(32), SIGNATURE.subarray(0, 32))],
  ])('%s is no signature', (_, signature) => {
    expect(verdict(KEY, MESSAGE, signature)).toBe(false);
  });

  test('S + L, S + 2L, … and S = L, the malleable twins, are refused', () => {
    const s = fromLe(SIGNATURE.subarray(32));
    for (let twin = s + L; twin < 2n ** 256n; twin += L) {
      expect(verdict(KEY, MESSAGE, concatBytes(SIGNATURE.subarray(0, 32), le32(twin)))).toBe(false);
    }
    for (const bad of [L, L + 1n, 2n ** 253n, 2n ** 256n - 1n]) {
      expect(verdict(KEY, MESSAGE, concatBytes(SIGNATURE.subarray(0, 32), le32(bad)))).toBe(false);
    }
  });

  test('R of small order is refused, though the equation holds for the neutral point', () => {
    for (const torsion of TORSION) {
      const signature = signWithTorsion(SCALAR, PUBLIC, MESSAGE, 0n, torsion);
      expect(verify(signature, MESSAGE, PUBLIC, { zip215: true })).toBe(true);
      expect(verdict(KEY, MESSAGE, signature)).toBe(false);
    }
  });

  test('R with a part of small order is refused, though the cofactored equation holds', () => {
    for (const torsion of TORSION.slice(1)) {
      const signature = signWithTorsion(SCALAR, PUBLIC, MESSAGE, 1234567n, torsion);
      expect(verify(signature, MESSAGE, PUBLIC, { zip215: false })).toBe(true);
      expect(verdict(KEY, MESSAGE, signature)).toBe(false);
    }
    expect(verdict(KEY, MESSAGE, signWithTorsion(SCALAR, PUBLIC, MESSAGE, 1234567n, TORSION[0]!))).toBe(true);
  });

  test('a spelling of R with y ≥ p is refused', () => {
    for (let y = P; y < 2n ** 255n; y++) {
      for (const sign of [0n, 2n ** 255n]) expect(verdict(KEY, MESSAGE, concatBytes(le32(y + sign), SIGNATURE.subarray(32)))).toBe(false);
    }
  });

  test('both engines agree on signatures put together from good and bad parts', () => {
    const small = fc.constantFrom(...SMALL_ORDER_SPELLINGS);
    const nonce = fc.bigInt(1n, L - 1n);
    const made = fc.tuple(nonce, fc.constantFrom(...TORSION)).map(([r, torsion]) => signWithTorsion(SCALAR, PUBLIC, MESSAGE, r, torsion));
    const parts = fc.oneof(
      made,
      fc.tuple(small, fc.uint8Array({ minLength: 32, maxLength: 32 })).map(([r, s]) => concatBytes(r, s)),
      fc
        .tuple(made, fc.bigInt(1n, 14n))
        .map(([good, n]) => concatBytes(good.subarray(0, 32), le32((fromLe(good.subarray(32)) + n * L) % 2n ** 256n))),
      fc.uint8Array({ minLength: 60, maxLength: 68 }),
    );
    fc.assert(
      fc.property(parts, (signature) => {
        if (!verdict(KEY, MESSAGE, signature)) return;
        expect(fromLe(signature.subarray(32)) < L && isPrimeOrder(signature.subarray(0, 32))).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});

describe('Ed25519 keys', () => {
  test('there are 14 spellings of points of small order, and each is refused', () => {
    expect(SMALL_ORDER_SPELLINGS).toHaveLength(14);
    for (const spelling of SMALL_ORDER_SPELLINGS) {
      expect(['ERR_KEY_WEAK', 'ERR_KEY_INVALID'], hexEncode(spelling)).toContain(codeOf(() => importPublicKey(spelling)));
    }
  });

  test('every y ≥ p is refused', () => {
    for (let y = P; y < 2n ** 255n; y++) {
      for (const sign of [0n, 2n ** 255n]) expect(codeOf(() => importPublicKey(le32(y + sign)))).toBe('ERR_KEY_INVALID');
    }
  });

  test('a point of mixed order is refused', () => {
    const point = Point.fromBytes(PUBLIC);
    for (const torsion of TORSION.slice(1)) expect(codeOf(() => importPublicKey(point.add(torsion).toBytes()))).toBe('ERR_KEY_WEAK');
  });

  test('bytes that are no point are refused', () => {
    expect(codeOf(() => importPublicKey(le32(2n)))).toBe('ERR_KEY_INVALID');
  });
});

function isPrimeOrder(bytes: Uint8Array): boolean {
  const point = Point.fromBytes(bytes);
  return point.isTorsionFree() && !point.isSmallOrder();
}
