import { generateKeyPairSync } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { base64Encode, base64urlEncode } from '../../src/bytes/base64.ts';
import { equalBytes } from '../../src/bytes/compare.ts';
import { hexDecode } from '../../src/bytes/hex.ts';
import { utf8Encode } from '../../src/bytes/utf8.ts';
import { importPublicKey } from '../../src/key/import.ts';
import type { PublicJwk, SignatureAlgorithm } from '../../src/key/public-key.ts';
import { codeOf } from '../merkle/refused.ts';
import { RSA_JWK, RSA_THUMBPRINT } from './rfc7638.ts';

const pairs = {
  Ed25519: generateKeyPairSync('ed25519'),
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  ES384: generateKeyPairSync('ec', { namedCurve: 'P-384' }),
};
const ED25519_X = '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo';
const ED25519: PublicJwk = { kty: 'OKP', crv: 'Ed25519', x: ED25519_X };
const ML_DSA: PublicJwk = { kty: 'AKP', alg: 'ML-DSA-65', pub: base64urlEncode(new Uint8Array(1952).fill(7)) };
const asJwk = (value: object): PublicJwk => value as PublicJwk;

/** One key of each algorithm with its SPKI. */
const samples: readonly (readonly [SignatureAlgorithm, Uint8Array])[] = [
  ...Object.entries(pairs).map(
    ([algorithm, { publicKey }]) =>
      [algorithm as SignatureAlgorithm, new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }))] as const,
  ),
  ['RS256', importPublicKey(RSA_JWK, { algorithm: 'RS256' }).spki],
  ['ML-DSA-65', importPublicKey(ML_DSA).spki],
];
const pem = (der: Uint8Array, label = 'PUBLIC KEY', eol = '\n'): string =>
  [`-----BEGIN ${label}-----`, ...(base64Encode(der).match(/.{1,64}/g) ?? []), `-----END ${label}-----`, ''].join(eol);

describe.each(samples)('%s keys', (algorithm, spki) => {
  const key = importPublicKey(spki, { algorithm });

  test('come out the same from DER, PEM, JWK object and JWK text', () => {
    const jwk = { ...key.jwk, kid: 'a', use: 'sig', key_ops: ['verify'], ext: true };
    const inputs = [
      spki,
      pem(spki),
      pem(spki, 'PUBLIC KEY', '\r\n'),
      utf8Encode(pem(spki)),
      asJwk(jwk),
      JSON.stringify(jwk),
      utf8Encode(JSON.stringify(jwk)),
    ];
    for (const input of inputs) expect(importPublicKey(input, { algorithm })).toEqual(key);
    expect(key.algorithm).toBe(algorithm);
    expect(key.spki).toEqual(spki);
    expect(Object.keys(key.jwk)).not.toContain('kid');
  });

  test('have exactly one SPKI: every cut, and every appended or flipped byte, is refused or is another key', () => {
    const step = Math.max(1, Math.floor(spki.length / 100));
    for (let length = 0; length < spki.length; length += step) {
      expect(codeOf(() => importPublicKey(spki.slice(0, length), { algorithm, format: 'spki' }))).toBeDefined();
    }
    expect(codeOf(() => importPublicKey(Uint8Array.of(...spki, 0), { algorithm }))).toBeDefined();
    for (let i = 0; i < spki.length; i += i < 40 ? 1 : step) {
      const bad = spki.slice();
      bad[i]! ^= 1;
      const code = codeOf(() => {
        const other = importPublicKey(bad, { algorithm, format: 'spki' });
        expect(equalBytes(other.spki, bad)).toBe(true);
        expect(other.thumbprint).not.toBe(key.thumbprint);
      });
      if (i < 9) expect(code).toBeDefined();
    }
  });

  test('are frozen and do not follow a change of the input', () => {
    const bytes = spki.slice();
    const mine = importPublicKey(bytes, { algorithm });
    bytes.fill(0);
    expect(mine).toEqual(key);
    expect(Object.isFrozen(mine) && Object.isFrozen(mine.jwk)).toBe(true);
  });

  test('are refused for another algorithm', () => {
    for (const other of ['Ed25519', 'ES256', 'ES384', 'ML-DSA-65'] as const) {
      if (other !== algorithm) expect(codeOf(() => importPublicKey(spki, { algorithm: other }))).toBe('ERR_KEY_ALGORITHM');
    }
  });
});

describe('what is refused', () => {
  test('private keys in every form', () => {
    for (const { privateKey } of Object.values(pairs)) {
      expect(codeOf(() => importPublicKey(privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()))).toBe('ERR_KEY_PRIVATE');
      expect(codeOf(() => importPublicKey(new Uint8Array(privateKey.export({ format: 'der', type: 'pkcs8' }))))).toBe('ERR_KEY_PRIVATE');
      expect(codeOf(() => importPublicKey(asJwk(privateKey.export({ format: 'jwk' }))))).toBe('ERR_KEY_PRIVATE');
    }
    const sec1 = pairs.ES256.privateKey.export({ format: 'pem', type: 'sec1' }).toString();
    expect(codeOf(() => importPublicKey(sec1))).toBe('ERR_KEY_PRIVATE');
    expect(codeOf(() => importPublicKey(asJwk({ kty: 'oct', k: 'AAAA' })))).toBe('ERR_KEY_PRIVATE');
    for (const member of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv']) {
      expect(codeOf(() => importPublicKey(asJwk({ ...ED25519, [member]: 'AAAA' })))).toBe('ERR_KEY_PRIVATE');
    }
  });

  test('an error about private material shows none of it', () => {
    const jwk = pairs.Ed25519.privateKey.export({ format: 'jwk' });
    try {
      importPublicKey(asJwk(jwk));
      expect.unreachable();
    } catch (error) {
      expect(JSON.stringify(error) + String(error)).not.toContain(jwk.d);
    }
  });

  const spki = samples[0]![1];
  test.each([
    ['text before the block', `x\n${pem(spki)}`],
    ['text behind the block', `${pem(spki)}x\n`],
    ['two blocks', pem(spki) + pem(spki)],
    ['another label', pem(spki, 'CERTIFICATE')],
    ['a label that differs at the end', pem(spki).replace('END PUBLIC', 'END RSA PUBLIC')],
    ['a header inside', pem(spki).replace('-----\n', '-----\nProc-Type: 4\n\n')],
    ['spaces inside', pem(spki).replace('MCow', 'MC ow')],
    ['no line break', pem(spki).replaceAll('\n', '')],
    ['an empty line', pem(spki).replace('-----\n', '-----\n\n')],
    ['a block with nothing in it', '-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n'],
    ['URL-safe base64', pem(spki).replaceAll('+', '-').replaceAll('/', '_').replace('MC', '-C')],
    ['half a character of padding', pem(spki).replace('-----END', '=\n-----END')],
    ['a byte order mark', `\ufeff${pem(spki)}`],
  ])('PEM with %s', (_, text) => {
    expect(['ERR_KEY_FORMAT', 'ERR_BASE64']).toContain(codeOf(() => importPublicKey(text)));
  });

  test.each<[string, object, string]>([
    ['no kty', { crv: 'Ed25519', x: ED25519_X }, 'ERR_KEY_FORMAT'],
    ['another kty', { kty: 'XYZ', x: ED25519_X }, 'ERR_KEY_FORMAT'],
    ['kty of an object member', { kty: 'toString', x: ED25519_X }, 'ERR_KEY_FORMAT'],
    ['another curve', { kty: 'OKP', crv: 'X25519', x: ED25519_X }, 'ERR_KEY_FORMAT'],
    ['no curve', { kty: 'OKP', x: ED25519_X }, 'ERR_KEY_FORMAT'],
    ['P-521', { kty: 'EC', crv: 'P-521', x: 'AA', y: 'AA' }, 'ERR_KEY_FORMAT'],
    ['secp256k1', { kty: 'EC', crv: 'secp256k1', x: ED25519_X, y: ED25519_X }, 'ERR_KEY_FORMAT'],
    ['no x', { kty: 'OKP', crv: 'Ed25519' }, 'ERR_KEY_FORMAT'],
    ['x that is no text', { kty: 'OKP', crv: 'Ed25519', x: 5 }, 'ERR_KEY_FORMAT'],
    ['31 bytes', { ...ED25519, x: base64urlEncode(new Uint8Array(31)) }, 'ERR_KEY_FORMAT'],
    ['33 bytes', { ...ED25519, x: base64urlEncode(new Uint8Array(33)) }, 'ERR_KEY_FORMAT'],
    ['padding', { ...ED25519, x: `${ED25519_X}=` }, 'ERR_BASE64'],
    ['standard base64', { ...ED25519, x: ED25519_X.replace('_', '/') }, 'ERR_BASE64'],
    ['bits behind the last byte', { ...ED25519, x: `${ED25519_X.slice(0, -1)}p` }, 'ERR_BASE64'],
    ['a member of another key type', { ...ED25519, y: ED25519_X }, 'ERR_KEY_FORMAT'],
    ['use for encryption', { ...ED25519, use: 'enc' }, 'ERR_KEY_FORMAT'],
    ['no right to verify', { ...ED25519, key_ops: ['sign'] }, 'ERR_KEY_FORMAT'],
    ['an algorithm of another key type', { ...ED25519, alg: 'ES256' }, 'ERR_KEY_ALGORITHM'],
    ['an unknown algorithm', { ...ED25519, alg: 'none' }, 'ERR_KEY_FORMAT'],
    ['a coordinate too short', { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' }, 'ERR_KEY_FORMAT'],
    ['a leading zero in n', { ...RSA_JWK, n: `AAAA${RSA_JWK.n}` }, 'ERR_KEY_FORMAT'],
    ['a curve on an RSA key', { ...RSA_JWK, crv: 'P-256' }, 'ERR_KEY_FORMAT'],
    ['another parameter set', { ...ML_DSA, alg: 'ML-DSA-44' }, 'ERR_KEY_FORMAT'],
  ])('a JWK with %s', (_, jwk, code) => {
    expect(codeOf(() => importPublicKey(asJwk(jwk), jwk === RSA_JWK ? { algorithm: 'RS256' } : {}))).toBe(code);
  });

  test('JWK text that two parsers could read differently', () => {
    expect(codeOf(() => importPublicKey(`{"kty":"OKP","crv":"Ed25519","x":"${ED25519_X}","x":"${ED25519_X}"}`))).toBe('ERR_JSON_KEY');
    expect(codeOf(() => importPublicKey(`{"kty":"OKP"`))).toBe('ERR_JSON_SYNTAX');
    expect(codeOf(() => importPublicKey(utf8Encode('[]'), { format: 'jwk' }))).toBe('ERR_KEY_FORMAT');
  });

  test('points off the curve, coordinates beyond the prime, and compressed or infinite points', () => {
    const good = importPublicKey(new Uint8Array(pairs.ES256.publicKey.export({ format: 'der', type: 'spki' }))).jwk;
    const p256 = hexDecode('ffffffff00000001000000000000000000000000ffffffffffffffffffffffff');
    for (const change of [{ x: good.y! }, { y: good.x! }, { x: base64urlEncode(p256) }, { y: base64urlEncode(p256) }]) {
      expect(codeOf(() => importPublicKey({ ...good, ...change }))).toBe('ERR_KEY_INVALID');
    }
    const zero = base64urlEncode(new Uint8Array(32));
    expect(codeOf(() => importPublicKey({ ...good, x: zero, y: zero }))).toBe('ERR_KEY_INVALID');
    const infinity = hexDecode('301906072a8648ce3d020106082a8648ce3d030107030200 00'.replaceAll(' ', ''));
    expect(codeOf(() => importPublicKey(infinity))).toBeDefined();
    const compressed = hexDecode(`3039301306072a8648ce3d020106082a8648ce3d03010703220002${'11'.repeat(32)}`);
    expect(codeOf(() => importPublicKey(compressed))).toBe('ERR_KEY_FORMAT');
  });

  test.each<[string, number, number[], string | undefined]>([
    ['2047 bits', 2047, [1, 0, 1], 'ERR_KEY_WEAK'],
    ['1024 bits', 1024, [1, 0, 1], 'ERR_KEY_WEAK'],
    ['2048 bits', 2048, [1, 0, 1], undefined],
    ['8192 bits', 8192, [1, 0, 1], undefined],
    ['8193 bits', 8193, [1, 0, 1], 'ERR_KEY_INVALID'],
    ['e = 3', 2048, [3], 'ERR_KEY_WEAK'],
    ['e = 65535', 2048, [255, 255], 'ERR_KEY_WEAK'],
    ['e = 65538', 2048, [1, 0, 2], 'ERR_KEY_WEAK'],
    ['e = 2^32 − 1', 2048, [255, 255, 255, 255], undefined],
    ['e = 2^32 + 1', 2048, [1, 0, 0, 0, 1], 'ERR_KEY_INVALID'],
    ['e of 100 bytes', 2048, Array.from({ length: 100 }, () => 255), 'ERR_KEY_INVALID'],
  ])('or taken of RSA: %s', (_, bits, e, code) => {
    const n = new Uint8Array(Math.ceil(bits / 8)).fill(0x55);
    n[0] = bits % 8 === 0 ? 0x80 : 1 << ((bits % 8) - 1);
    const jwk: PublicJwk = { kty: 'RSA', n: base64urlEncode(n), e: base64urlEncode(Uint8Array.from(e)) };
    expect(codeOf(() => importPublicKey(jwk, { algorithm: 'RS256' }))).toBe(code);
  });

  test('an even RSA modulus, and an RSA key of which nobody said what it is for', () => {
    const even = new Uint8Array(256).fill(0x80);
    expect(codeOf(() => importPublicKey({ kty: 'RSA', n: base64urlEncode(even), e: 'AQAB' }, { algorithm: 'RS256' }))).toBe('ERR_KEY_WEAK');
    expect(codeOf(() => importPublicKey(RSA_JWK))).toBe('ERR_KEY_ALGORITHM');
    expect(importPublicKey({ ...RSA_JWK, alg: 'PS256' }).algorithm).toBe('PS256');
    expect(codeOf(() => importPublicKey({ ...RSA_JWK, alg: 'PS256' }, { algorithm: 'RS256' }))).toBe('ERR_KEY_ALGORITHM');
  });

  test('the wrong form, unknown bytes, and files of any length', () => {
    const raw = hexDecode('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a');
    expect(importPublicKey(raw).thumbprint).toBe(importPublicKey(ED25519).thumbprint);
    expect(codeOf(() => importPublicKey(raw, { format: 'spki' }))).toBeDefined();
    expect(codeOf(() => importPublicKey(spki, { format: 'raw' }))).toBe('ERR_KEY_FORMAT');
    expect(codeOf(() => importPublicKey(new Uint8Array(0)))).toBe('ERR_KEY_FORMAT');
    expect(codeOf(() => importPublicKey('x'.repeat(32)))).toBe('ERR_KEY_FORMAT');
    expect(codeOf(() => importPublicKey(`-----BEGIN PUBLIC KEY-----${'\n'.repeat(1e6)}`))).toBe('ERR_KEY_FORMAT');
    expect(() => importPublicKey(null as never)).toThrow(TypeError);
    expect(() => importPublicKey(ED25519, { format: 'pem' })).toThrow(TypeError);
  });

  test('random bytes get a code and nothing else', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void codeOf(() => importPublicKey(bytes))));
  });
});

test('the old name EdDSA on a key means what its curve says', () => {
  expect(importPublicKey({ ...ED25519, alg: 'EdDSA' }).algorithm).toBe('Ed25519');
});

test('RFC 7638 and RFC 8037: the published thumbprints', () => {
  expect(importPublicKey(RSA_JWK, { algorithm: 'RS256' }).thumbprint).toBe(RSA_THUMBPRINT);
  expect(importPublicKey(ED25519).thumbprint).toBe('kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k');
});

test('an object that answers differently each time it is asked is judged by what is kept', () => {
  const answers = [ED25519_X, base64urlEncode(Uint8Array.of(1, ...new Uint8Array(31)))];
  let asked = 0;
  const shifty = {
    kty: 'OKP',
    crv: 'Ed25519',
    get x(): string {
      return answers[Math.min(asked++, 1)]!;
    },
  } as const;
  expect(importPublicKey(shifty).jwk.x).toBe(answers[0]);
  expect(asked).toBe(1);
});
