import { expect, test } from 'vitest';
import { hexDecode, hexEncode } from '../../src/bytes/hex.ts';
import { utf8Encode } from '../../src/bytes/utf8.ts';
import { ALGORITHMS } from '../../src/key/algorithms.ts';
import { importPublicKey } from '../../src/key/import.ts';
import { fixedSigner } from '../document/keys.ts';
import { codeOf } from '../merkle/refused.ts';
import { SpecPage } from './pages.ts';

const page = new SpecPage('keys');

test('the example is one key in every form', () => {
  const key = fixedSigner('k', 1).publicKey;
  const forms = [
    page.block('key=pem'),
    hexDecode(page.line('key=spki')),
    hexDecode(page.line('key=raw')),
    utf8Encode(page.block('key=jwk')),
  ];
  for (const form of forms) expect(importPublicKey(form)).toEqual(key);
  expect(hexEncode(key.spki)).toBe(page.line('key=spki'));
  expect(key.thumbprint).toBe(page.line('key=thumbprint'));
  expect(JSON.stringify(key.jwk)).toBe(page.line('key=jwk'));
});

test('§1 has every algorithm with the length of its signatures', () => {
  const rows = page.rows(/^(Ed25519|ES256|ES384|RS256|PS256|ML-DSA-65)$/).filter(([, , , source]) => source !== undefined);
  expect(rows.map(([name]) => name)).toEqual(Object.keys(ALGORITHMS));
  for (const [name, , length] of rows) {
    const expected = ALGORITHMS[name as keyof typeof ALGORITHMS].signatureLength;
    if (expected !== undefined) expect(Number.parseInt(length!.replace(',', ''), 10)).toBe(expected);
  }
});

test('§3: each key is refused with its code', () => {
  const rows = page.rows(/^[0-9a-f]{64}$/);
  expect(rows).toHaveLength(10);
  for (const [raw, code] of rows) expect([raw, codeOf(() => importPublicKey(hexDecode(raw!)))]).toEqual([raw, code]);
});
