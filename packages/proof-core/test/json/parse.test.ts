import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProofError } from '../../src/errors.ts';
import { canonicalize } from '../../src/json/canonicalize.ts';
import { parseCanonical, parseJson } from '../../src/json/parse.ts';
import { isJsonObject } from '../../src/json/value.ts';
import { codeOf, utf8 } from './outcome.ts';
import { pieces, words } from './pieces.ts';
import { jsonValues, nest } from './values.ts';

const escape = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0').toUpperCase()}`;

test('reads what JSON.parse reads, in any white space and with any character escaped', () => {
  const spaces = fc.constantFrom('', ' ', '\n', '\t\r\n  ');
  fc.assert(
    fc.property(jsonValues, spaces, (value, space) => {
      const text = JSON.stringify(value, undefined, space);
      const escaped = text.replaceAll(/[\u0080-\uffff]/g, escape);
      // The same value through its canonical bytes: without −0, with objects that have a prototype.
      const expected = parseCanonical(canonicalize(value));
      expect([parseJson(utf8(space + text + space)), parseJson(utf8(escaped))]).toEqual([expected, expected]);
    }),
    { numRuns: 500 },
  );
});

test('reads into plain objects and arrays', () => {
  const value = parseJson(utf8('{"a":{"toString":1},"b":[]}')) as Record<string, object>;
  expect([Object.getPrototypeOf(value), Object.getPrototypeOf(value['a'])]).toEqual([Object.prototype, Object.prototype]);
  expect([Array.isArray(value['b']), Object.keys(value)]).toEqual([true, ['a', 'b']]);
});

test.each<[string, unknown]>([
  ['1.10', 1.1],
  ['1e2', 100],
  ['1.0', 1],
  ['-0', 0],
  ['-0.0e5', 0],
  ['0e99999999999999999999', 0],
  ['1E+2', 100],
  ['100e-2', 1],
  ['0.000000000000000000000000001', 1e-27],
  ['9007199254740991', 9007199254740991],
  ['-9007199254740991.000', -9007199254740991],
  ['12345678901234569e-2', 123456789012345.69],
  ['5e-324', 5e-324],
  [`1${'0'.repeat(5000)}e-5000`, 1],
  ['"\\u0041\\/\\b\\ud83d\\uDE00"', 'A/\b\u{1f600}'],
  [' [ 1 , { "a" : null } ] ', [1, { a: null }]],
])('reads %s', (text, expected) => {
  expect(parseJson(utf8(text))).toEqual(expected);
});

const zeros = '0'.repeat(5000);
describe.each<[string, string[]]>([
  ['ERR_JSON_NUMBER', words`0.1000000000000000055 333333333.33333329 1e400 -1e400 1e-400 1E30 1e16 0.12345678901234567890 4.9e-324 2e-324`],
  ['ERR_JSON_NUMBER', words`9007199254740993 9007199254740992 -9007199254740992 1e99999999999999999999 1e-99999999999999999999`],
  ['ERR_JSON_NUMBER', [`1${zeros}`, `0.${zeros}1`, `0.${'1'.repeat(5000)}`]],
  ['ERR_JSON_KEY', words`{"a":1,"a":1} {"a":1,"\u0061":2} {"":1,"b":2,"":3} {"toString":1,"toString":2} {"1":1,"1":2}`],
  ['ERR_JSON_KEY', words`{"__proto__":1} {"a":{"\u005f_proto__":1}}`],
  ['ERR_JSON_STRING', words`"\ud800" "\udc00\ud800" "a\udfffb" {"\ud800":1} ["\ud83d\u0041"] "\ud83d😀"`],
  ['ERR_JSON_DEPTH', ['['.repeat(65), '['.repeat(100_000), '{"a":'.repeat(65), `${'['.repeat(65)}${']'.repeat(65)}`, '{"a":['.repeat(40)]],
  ['ERR_JSON_SYNTAX', words`[1,] [,1] {"a":1,} {,} {"a"1} {a:1} {'a':1} [1} {"a":1] {}{} [ { {"a" {"a": {"a":1 " "\ "\u00 //1 /**/1 [1]//`],
  ['ERR_JSON_SYNTAX', words`01 -01 00 1. .5 - +1 1e 1e+ 0x10 1_000 NaN Infinity -Infinity undefined tru True nul "\a" "\u12G4" "\U0041"`],
  [
    'ERR_JSON_SYNTAX',
    ['', ' ', '\ufeff{}', '{}\ufeff', '[1 2]', '1 2', '"\n"', '"\u0000"', '\u00a01', '\u20281', '1\u0085', '\u000b1', '\f1', '[1\u3000]'],
  ],
])('refuses with %s', (code, texts) => {
  test.each(texts.map((text) => [text.length > 40 ? `${text.slice(0, 40)}… (${text.length})` : text, text]))('%j', (_, text) => {
    expect(codeOf(() => parseJson(utf8(text)))).toBe(code);
  });
});

test('refuses bytes that are not UTF-8', () => {
  for (const list of [[0xff], [0x22, 0xc0, 0x80, 0x22], [0x22, 0xed, 0xa0, 0x80, 0x22], [0x22, 0xe2, 0x82]]) {
    expect(codeOf(() => parseJson(Uint8Array.from(list)))).toBe('ERR_UTF8');
  }
});

function failure(text: string): ProofError {
  try {
    parseJson(utf8(text), 'line 7');
  } catch (error) {
    if (error instanceof ProofError) return error;
  }
  return expect.unreachable();
}

test('says which text, what was expected and at which byte, and shows nothing of it', () => {
  expect(failure('{"é€\u{1f600}":"secret",}')).toMatchObject({
    code: 'ERR_JSON_SYNTAX',
    field: 'line 7',
    expected: 'a key',
    actual: 'something else at byte 22',
  });
  expect(failure('[1,2')).toMatchObject({ expected: ', or ]', actual: 'the end at byte 4' });
  expect(failure('{"secret":9007199254740993}').message).toMatch(/^line 7: .*string.* at byte 10$/);
  expect(failure('{"secret":1,"secret":2}').message).not.toMatch(/secret/);
});

test('64 levels are the deepest', () => {
  expect(parseJson(utf8('['.repeat(64) + ']'.repeat(64)))).toBeDefined();
  expect(parseJson(utf8(JSON.stringify(nest(64))))).toEqual(nest(64));
});

test('what it takes, it takes as JSON.parse does', () => {
  const letters = fc.constantFrom(...pieces);
  fc.assert(
    fc.property(fc.array(letters, { maxLength: 14 }), (list) => {
      const text = list.join('');
      let value: unknown;
      try {
        value = parseJson(utf8(text));
      } catch (error) {
        expect(error).toBeInstanceOf(ProofError);
        return;
      }
      expect(canonicalize(value)).toEqual(canonicalize(JSON.parse(text)));
    }),
    { numRuns: 4000 },
  );
});

test('parseCanonical names its bytes in an error', () => {
  expect(() => parseCanonical(utf8('{ }'), 'payload')).toThrow(/^payload: expected a key/);
});

test('isJsonObject tells objects from everything else', () => {
  expect([{}, [], null, 'a', 1, true, undefined].map((value) => isJsonObject(value))).toEqual([
    true,
    false,
    false,
    false,
    false,
    false,
    false,
  ]);
});
