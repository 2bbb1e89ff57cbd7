import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { base64Decode, base64Encode, base64urlDecode, base64urlEncode } from '../../src/bytes/base64.ts';
import { concatBytes, equalBytes } from '../../src/bytes/compare.ts';
import { hexDecode, hexEncode } from '../../src/bytes/hex.ts';
import { isWellFormed, utf8Decode, utf8Encode } from '../../src/bytes/utf8.ts';
import { codeOf } from '../merkle/refused.ts';

const bytes = fc.uint8Array({ maxLength: 70 });

function encodes(text: string): boolean {
  try {
    encodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

describe('hex', () => {
  test('is what Buffer writes, and comes back', () => {
    fc.assert(
      fc.property(bytes, (input) => {
        expect(hexEncode(input)).toBe(Buffer.from(input).toString('hex'));
        expect(hexDecode(hexEncode(input), input.length)).toEqual(input);
      }),
    );
  });

  test.each(['0', 'AB', 'aB', '0g', 'g0', ' 00', '00 ', '0x00', '00\n', '-1', '＀0', '00:00'])('%j is refused', (text) => {
    expect(codeOf(() => hexDecode(text))).toBe('ERR_HEX');
  });

  test('of another length than asked for is refused', () => {
    expect(codeOf(() => hexDecode('00', 2))).toBe('ERR_HEX');
    expect(codeOf(() => hexDecode('0000', 1))).toBe('ERR_HEX');
    expect(codeOf(() => hexDecode('', 32))).toBe('ERR_HEX');
    expect(hexDecode('', 0)).toEqual(new Uint8Array(0));
  });

  test('has one text for one value', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...Array.from('0123456789abcdefABCDEF ')), maxLength: 6 }), (text) => {
        if (codeOf(() => hexDecode(text)) === undefined) expect(hexEncode(hexDecode(text))).toBe(text);
      }),
    );
  });
});

describe.each([
  ['base64', base64Encode, base64Decode, 'base64', 'ABab01+/= \n-_!'],
  ['base64url', base64urlEncode, base64urlDecode, 'base64url', 'ABab01-_= \n+/!'],
] as const)('%s', (_, encode, decode, encoding, letters) => {
  test('is what Buffer writes, and comes back', () => {
    fc.assert(
      fc.property(bytes, (input) => {
        expect(encode(input)).toBe(Buffer.from(input).toString(encoding));
        expect(decode(encode(input))).toEqual(input);
      }),
    );
  });

  test('has one text for one value', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...Array.from(letters)), maxLength: 9 }), (text) => {
        if (codeOf(() => decode(text)) === undefined) expect(encode(decode(text))).toBe(text);
      }),
      { numRuns: 2000 },
    );
  });

  test('of a megabyte is read', () => {
    const input = new Uint8Array(1_000_000).map((_, i) => i * 7);
    expect(equalBytes(decode(encode(input)), input)).toBe(true);
  });
});

describe('base64 as RFC 4648 §10 has it', () => {
  test.each([
    ['', ''],
    ['f', 'Zg=='],
    ['fo', 'Zm8='],
    ['foo', 'Zm9v'],
    ['foob', 'Zm9vYg=='],
    ['fooba', 'Zm9vYmE='],
    ['foobar', 'Zm9vYmFy'],
  ])('%j is %j', (text, base64) => {
    expect(base64Encode(utf8Encode(text))).toBe(base64);
    expect(utf8Decode(base64Decode(base64))).toBe(text);
  });

  test.each([
    'Zg',
    'Zg=',
    'Zg===',
    'Z',
    'Zh==',
    'Zm9=',
    'Zm8',
    '=',
    '==',
    '====',
    'Z===',
    'Zg==Zg==',
    'Z g=',
    'Zg==\n',
    '\nZg==',
    'Zm9v\n',
    'Zm-v',
    'Zm_v',
    'Zm9v!',
    'Zm9vé',
    'Ｚg==',
    'Zm9v\0',
  ])('%j, which some decoder takes, is refused', (text) => {
    expect(codeOf(() => base64Decode(text))).toBe('ERR_BASE64');
  });

  test.each(['Zg==', 'Zm8=', 'Z', 'Zh', 'Zm9', 'Zm+v', 'Zm/v', 'Zm9v ', 'Zg\n', '=', '\u0100'])('%j is refused as base64url', (text) => {
    expect(codeOf(() => base64urlDecode(text))).toBe('ERR_BASE64');
  });
});

describe('UTF-8', () => {
  test('comes back, whatever well-formed text', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => utf8Decode(utf8Encode(text)) === text));
  });

  test('keeps a byte order mark, so that two byte strings are two texts', () => {
    expect(utf8Decode(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61))).toBe('\ufeffa');
    expect(utf8Encode('\ufeffa')).toEqual(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61));
  });

  test.each([
    ['a lone continuation byte', '80'],
    ['a cut sequence', 'e282'],
    ['an overlong slash', 'c0af'],
    ['an overlong NUL', 'c080'],
    ['a surrogate', 'eda080'],
    ['a pair of surrogates (CESU-8)', 'eda081edb080'],
    ['beyond U+10FFFF', 'f4908080'],
    ['five bytes', 'f888808080'],
    ['0xff', 'ff'],
  ])('with %s is refused', (_, hex) => {
    expect(codeOf(() => utf8Decode(hexDecode(hex)))).toBe('ERR_UTF8');
  });

  test('of text with a lone surrogate is refused, never replaced', () => {
    for (const text of ['\ud800', 'a\udc00', '\udc00\ud800', '\ud800\ud800\udc00', 'a\udbffb']) {
      expect(isWellFormed(text)).toBe(false);
      expect(codeOf(() => utf8Encode(text))).toBe('ERR_UTF8');
    }
    expect(isWellFormed('\ud83d\ude00')).toBe(true);
  });

  test('well-formedness is decided as encodeURIComponent does', () => {
    const units = fc.array(fc.constantFrom(0x61, 0xd7ff, 0xd800, 0xdbff, 0xdc00, 0xdfff, 0xe000, 0xffff), { maxLength: 6 });
    fc.assert(fc.property(units.map((codes) => String.fromCharCode(...codes)), (text) => isWellFormed(text) === encodes(text))); // prettier-ignore
  });
});

test('byte strings are equal exactly when Buffer says so; joining them is what Buffer does', () => {
  fc.assert(
    fc.property(bytes, bytes, fc.boolean(), (a, b, same) => {
      const other = same ? a.slice() : b;
      expect(equalBytes(a, other)).toBe(Buffer.from(a).equals(other));
      expect(hexEncode(concatBytes(a, b, a))).toBe(Buffer.concat([a, b, a]).toString('hex'));
    }),
  );
});

test('errors name the field and show none of the text', () => {
  const secret = 'correct horse battery staple';
  for (const run of [() => hexDecode(secret, 4, 'seed'), () => base64Decode(secret, 'seed'), () => base64urlDecode(secret, 'seed')]) {
    try {
      run();
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ field: 'seed' });
      expect(JSON.stringify(error) + String(error)).not.toContain('horse');
    }
  }
});
