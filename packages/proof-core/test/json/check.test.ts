import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { engine as portableEngine } from '../../src/engine/portable.ts';
import type { ProofError } from '../../src/errors.ts';
import { canonicalize } from '../../src/json/canonicalize.ts';
import { canonicalEnd, checkCanonical, checkCanonicalForm, isCanonical } from '../../src/json/check.ts';
import { parseCanonical } from '../../src/json/parse.ts';
import { engine as nodeEngine } from '../../src/node/engine.ts';
import { oracleAccepts } from './oracle.ts';
import { codeOf, same, utf8 } from './outcome.ts';
import { pieces, words } from './pieces.ts';
import { jsonValues, nest } from './values.ts';

/** Bytes that are canonical, or nearly so. */
const nearly: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((list) => utf8(list.join(''))),
  fc.array(fc.constantFrom(...pieces), { maxLength: 6 }).map((list) => utf8(`{${list.join(',')}}`)),
  fc.array(fc.constantFrom(...pieces), { maxLength: 6 }).map((list) => utf8(`[${list.join(',')}]`)),
  jsonValues.map((value) => canonicalize(value)),
  fc.tuple(jsonValues, fc.nat(), fc.nat({ max: 255 }), fc.nat({ max: 3 })).map(([value, place, byte, how]) => {
    const bytes = [...canonicalize(value)];
    const at = place % bytes.length;
    if (how === 0) bytes[at] = byte;
    else if (how === 1) bytes.splice(at, 1);
    else if (how === 2) bytes.splice(at, 0, byte);
    else bytes.splice(at, 0, ...bytes.slice(at, at + (byte % 8)));
    return Uint8Array.from(bytes);
  }),
  fc.uint8Array({ maxLength: 20 }),
);

test('accepts exactly what reads back and is written again as the same bytes, on both engines', () => {
  let accepted = 0;
  fc.assert(
    fc.property(nearly, (bytes) => {
      const expected = oracleAccepts(bytes);
      if (expected) accepted++;
      const agrees = isCanonical(bytes) === expected && isCanonical(bytes, 0, bytes.length, portableEngine) === expected;
      return agrees && (!expected || same(canonicalize(parseCanonical(bytes)), bytes));
    }),
    { numRuns: 4000 },
  );
  expect(accepted).toBeGreaterThan(400);
});

test('accepts nothing with two keys that are not in the order of UTF-16 units, whatever their escapes', () => {
  const letters = ['\b', '\n', '\f', '\u0001', '\u001f', '!', '"', '\\', ']', 'é', '\ud7ff', '\uffff', '\u{10000}'];
  const names = ['', ...letters, ...letters.flatMap((a) => letters.map((b) => a + b))];
  for (const first of names) {
    for (const second of names) {
      const bytes = utf8(`{${JSON.stringify(first)}:0,${JSON.stringify(second)}:0}`);
      if (isCanonical(bytes) !== first < second) expect.fail(JSON.stringify([first, second]));
    }
  }
});

describe.each<[string, string[]]>([
  ['a byte order mark', ['\ufeff{}', '\ufeff1']],
  [
    'white space',
    [' 1', '1 ', '1\n', '[ ]', '{ }', '[1, 2]', '{"a" :1}', '{"a": 1}', '\t1', '{"a":1\r}', '{}\n', '[1 2]', '{"a":1 "b":2}'],
  ],
  ['a duplicate key', words`{"a":1,"a":1} {"a":1,"a":2} {"":1,"":1} {"\n":1,"\n":2} [{"é":1,"é":1}]`],
  ['keys out of order', words`{"b":1,"a":1} {"a":1,"":1} {"ab":1,"a":1} {"～":1,"😀":1} {"\n":1,"\t":1} {"\f":1,"\n":1} {"!":1,"\n":1}`],
  ['an escape that is not the least', words`"\/" "\u0041" "\u000a" "\u0008" "\u0022" "\u005c" "\u007f" "\u001F" "\U001f" "\u00e9"`],
  ['an escape that is none', words`"\a" "\ "\u "\u001 "\u00g1" "\u0020" "\u00" "\v" "\0" "\'"`],
  ['a control character as it is', ['"\n"', '"\u0000"', '"abcd\u001f"', '"abc\tdefgh"', '{"a\u0001":1}']],
  ['surrogates as escapes', words`"\ud800" "\ud83d\ude00" {"\udc00":1}`],
  ['a number in another form', words`-0 +1 01 -01 00 1. .5 1.0 1.50 0.0 0e0 1e 1e2 1E2 1e+2 1e21 1E-7 1e-07 0.0000001 1e-6 10e-8`],
  [
    'digits that the double does not have',
    words`0.1000000000000000055 333333333.33333329 0.12345678901234567 5e-325 2e-324 4.9e-324 1e-400`,
  ],
  ['an integer beyond ±(2^53−1)', words`9007199254740992 -9007199254740992 9007199254740993 10000000000000000 1e+21 1.5e+300 1e400`],
  ['words that are none', ['', ...words`True tru nulL fals falsE undefined NaN Infinity -Infinity - n t f`]],
  ['brackets that do not match', words`[ ] { } [1 {"a":1 [1} {"a":1] [,] [1,] {,} {"a":1,} {"a"} {"a":} {a:1} {1:1} [1;2] " "a {"a`],
  ['a second value', ['1 2', ...words`{}{} [][] """" nulltrue 1,2`]],
  ['the key __proto__', words`{"__proto__":1} [{"__proto__":{}}] {"a":{"__proto__":null}} {"__\u0070roto__":1}`],
])('refuses %s', (_, texts) => {
  test.each(texts)('%j', (text) => {
    expect([codeOf(() => checkCanonical(utf8(text))), oracleAccepts(utf8(text))]).toEqual(['ERR_NOT_CANONICAL', false]);
    expect(codeOf(() => checkCanonicalForm(utf8(text), 0, utf8(text).length))).toBe('ERR_NOT_CANONICAL');
    expect(codeOf(() => parseCanonical(utf8(text)))).toBe('ERR_NOT_CANONICAL');
  });
});

test.each<[string, number[]]>([
  ['a byte alone', [0x22, 0xff, 0x22]],
  ['an overlong form', [0x22, 0xc0, 0x80, 0x22]],
  ['a surrogate', [0x22, 0xed, 0xa0, 0x80, 0x22]],
  ['a point beyond U+10FFFF', [0x22, 0xf4, 0x90, 0x80, 0x80, 0x22]],
  ['a character cut short', [0x22, 0xe2, 0x82, 0x22]],
])('refuses bytes that are not UTF-8: %s', (_, list) => {
  const bytes = Uint8Array.from(list);
  for (const engine of [nodeEngine, portableEngine])
    expect(codeOf(() => checkCanonical(bytes, 0, bytes.length, engine))).toBe('ERR_NOT_CANONICAL');
});

test('accepts what is close to that', () => {
  const texts = words`
    "/" {"":1,"a":1} {"😀":1,"～":1} {"\t":1,"\n":1,"\f":1,"!":1} {"__proto":1,"__proto_":1,"__proto___":1}
    0.000001 1e-7 -0.5 9007199254740991 0.1234567890123456 123456789012345.6`;
  for (const text of [...texts, '"\ufeff"', '"\u007f\u2028"']) {
    expect([text, isCanonical(utf8(text)), oracleAccepts(utf8(text))]).toEqual([text, true, true]);
  }
});

test('64 levels are the deepest', () => {
  expect([isCanonical(canonicalize(nest(64))), isCanonical(utf8('['.repeat(64) + ']'.repeat(64)))]).toEqual([true, true]);
  expect([isCanonical(utf8('['.repeat(65) + ']'.repeat(65))), isCanonical(utf8('{"a":'.repeat(65) + '1' + '}'.repeat(65)))]).toEqual([
    false,
    false,
  ]);
});

test('what stands around [start, end) changes nothing', () => {
  const around = fc.constantFrom('', '"', '1', '}', ']', '\\', ' ', 'e', '.5', 'rue', '":1}', 'abcdefgh"');
  fc.assert(
    fc.property(nearly, around, around, (bytes, before, after) => {
      const start = before.length;
      const whole = Uint8Array.from([...utf8(before), ...bytes, ...utf8(after)]);
      return isCanonical(whole, start, start + bytes.length) === isCanonical(bytes);
    }),
    { numRuns: 3000 },
  );
});

test('says where the first defect is, counted from start, and shows nothing of it', () => {
  try {
    checkCanonical(utf8('xx{"a":"secret","b":[1,2, 3]}'), 2);
    expect.unreachable();
  } catch (error) {
    const { code, message, expected, actual } = error as ProofError;
    expect([code, expected, actual]).toEqual(['ERR_NOT_CANONICAL', 'a value', 'something else at byte 23']);
    expect(message).not.toMatch(/secret/);
  }
});

test("a range outside the bytes is the programmer's error", () => {
  for (const [start, end] of [[-1, 1], [0, 4], [2, 1], [Number.NaN, 1]] as const) expect(() => checkCanonical(utf8('[1]'), start, end)).toThrow(RangeError); // prettier-ignore
});

test('works where bytes lie in a larger buffer, at any alignment', () => {
  for (let offset = 0; offset < 8; offset++) {
    const memory = new ArrayBuffer(64);
    const bytes = new Uint8Array(memory, offset, 20);
    bytes.set(utf8('{"abc":"de\\n","f":1}'));
    expect(isCanonical(bytes)).toBe(true);
    bytes[9] = 0x0a;
    expect(isCanonical(bytes)).toBe(false);
  }
});

describe('one value inside another', () => {
  const endOf = (bytes: Uint8Array, at: number, depth = 0, end = bytes.length): number =>
    canonicalEnd(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.length), at, end, depth, 1);

  test('ends where it ends, whatever follows, and is judged as it would be alone', () => {
    const values = fc.oneof(
      nearly,
      jsonValues.map((value) => canonicalize(value)),
    );
    fc.assert(
      fc.property(values, fc.constantFrom(',"b":1}', '}', ']', ',1'), (value, after) => {
        if (!nodeEngine.isUtf8(value, 0, value.length)) return true;
        const whole = Uint8Array.from([...utf8('{"a":'), ...value, ...utf8(after)]);
        let end = -1;
        if (codeOf(() => (end = endOf(whole, 5, 1))) !== 'none') return !isCanonical(value);
        // A value that is not canonical as a whole may still begin with one that is.
        return end === 5 + value.length ? isCanonical(value) : !isCanonical(value) && isCanonical(whole, 5, end);
      }),
      { numRuns: 2000 },
    );
  });

  test('counts the levels around it, stops at the end it is given, and says where from the start of the record', () => {
    const deep = canonicalize(nest(62));
    expect([endOf(deep, 0, 2), codeOf(() => endOf(deep, 0, 3))]).toEqual([deep.length, 'ERR_NOT_CANONICAL']);
    const bytes = utf8('{"a":"bc","d":[1,2 ]}');
    expect(endOf(bytes, 5, 1)).toBe(9);
    expect(codeOf(() => endOf(bytes, 5, 1, 8))).toBe('ERR_NOT_CANONICAL');
    expect(() => endOf(bytes, 14, 1)).toThrow(expect.objectContaining({ actual: 'something else at byte 17' }));
  });
});
