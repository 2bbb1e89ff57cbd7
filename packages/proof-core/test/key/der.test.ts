import { generateKeyPairSync, sign } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hexDecode } from '../../src/bytes/hex.ts';
import { DER, derSignature, joseSignature, readDer, writeDer, writeUnsigned } from '../../src/key/der.ts';
import { codeOf } from '../merkle/refused.ts';

describe('ECDSA signatures between DER and JOSE', () => {
  test('what OpenSSL writes comes out as r ‖ s and goes back to the same bytes', () => {
    for (const [namedCurve, size, hash] of [
      ['P-256', 32, 'sha256'],
      ['P-384', 48, 'sha384'],
    ] as const) {
      const { privateKey } = generateKeyPairSync('ec', { namedCurve });
      for (let i = 0; i < 20; i++) {
        const der = new Uint8Array(sign(hash, Uint8Array.of(i), privateKey));
        const raw = joseSignature(der, size);
        expect(raw).toHaveLength(2 * size);
        expect(derSignature(raw)).toEqual(der);
      }
    }
  });

  test('every r ‖ s goes to DER and back', () => {
    const half = fc.oneof(
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.nat(32).map((zeros) => new Uint8Array(32).fill(0x81, zeros)),
    );
    fc.assert(
      fc.property(half, half, (r, s) => {
        const raw = Uint8Array.of(...r, ...s);
        expect(joseSignature(derSignature(raw), 32)).toEqual(raw);
      }),
    );
  });

  test.each([
    ['nothing', ''],
    ['an empty sequence', '3000'],
    ['one integer', '3003020101'],
    ['three integers', '3009020101020101020101'],
    ['bytes behind the sequence', '300602010102010100'],
    ['a sequence longer than the bytes', '3007020101020101'],
    ['a sequence shorter than its integers', '3005020101020101'],
    ['an indefinite length', '30800201010201010000'],
    ['a long length where a short one fits', '308106020101020101'],
    ['a length of two bytes where one fits', '30820006020101020101'],
    ['a length of three bytes', '3083000006020101020101'],
    ['a padded integer', '300702020001020101'],
    ['a negative integer', '3006020181020101'],
    ['an empty integer', '30050200020101'],
    ['another tag', '3106020101020101'],
    ['another tag inside', '3006030101020101'],
    ['an integer of 33 bytes', `302602210${'1'.padEnd(65, '1')}020101`],
  ])('%s is refused', (_, der) => {
    expect(codeOf(() => joseSignature(hexDecode(der), 32))).toBe('ERR_DER');
  });

  test('zero goes through both ways: whether it is a signature is not a question of form', () => {
    expect(joseSignature(hexDecode('3006020100020100'), 32)).toEqual(new Uint8Array(64));
    expect(derSignature(new Uint8Array(64))).toEqual(hexDecode('3006020100020100'));
  });

  test('lengths that are no signature are refused', () => {
    for (const length of [0, 63, 65, 95, 97, 132]) expect(codeOf(() => derSignature(new Uint8Array(length)))).toBe('ERR_DER');
  });
});

describe('DER values', () => {
  test('of every length are read as they were written', () => {
    for (const length of [0, 1, 127, 128, 255, 256, 65_535]) {
      const der = writeDer(DER.SEQUENCE, new Uint8Array(length));
      const { start, end } = readDer(der, 0, DER.SEQUENCE, 'der');
      expect([end - start, end]).toEqual([length, der.length]);
    }
    expect(() => writeDer(DER.SEQUENCE, new Uint8Array(65_536))).toThrow(RangeError);
  });

  test('integers have their shortest form', () => {
    expect(writeUnsigned(hexDecode('000080'))).toEqual(hexDecode('02020080'));
    expect(writeUnsigned(hexDecode(''))).toEqual(hexDecode('020100'));
    expect(writeUnsigned(hexDecode('007f'))).toEqual(hexDecode('02017f'));
  });

  test('cut anywhere get a code', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => void codeOf(() => joseSignature(bytes, 32))));
  });
});
