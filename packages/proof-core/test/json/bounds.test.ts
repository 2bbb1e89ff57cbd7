import { expect, test } from 'vitest';
import { canonicalize as portable } from '../../src/json/canonicalize.ts';
import { isCanonical } from '../../src/json/check.ts';
import { parseJson } from '../../src/json/parse.ts';
import { canonicalize as node } from '../../src/node/canonicalize.ts';
import { codeOf, utf8 } from './outcome.ts';

// What an attacker can make large must cost no more than its length: quadratic work on any of these would outlast the suite's time limit.
const SIZE = 1_000_000;

test.each<[string, string, string]>([
  ['open brackets', '['.repeat(SIZE), 'ERR_JSON_DEPTH'],
  ['open objects', '{"a":'.repeat(SIZE / 5), 'ERR_JSON_DEPTH'],
  ['an open string', `"${'x'.repeat(SIZE)}`, 'ERR_JSON_SYNTAX'],
  ['an open string of escapes', `"${'\\n'.repeat(SIZE / 2)}`, 'ERR_JSON_SYNTAX'],
  ['half an escape at the end', `"${'\\u0041'.repeat(SIZE / 6)}\\u00`, 'ERR_JSON_SYNTAX'],
  ['digits', '1'.repeat(SIZE), 'ERR_JSON_NUMBER'],
  ['decimals', `0.${'3'.repeat(SIZE)}`, 'ERR_JSON_NUMBER'],
  ['zeros, then a digit', `0.${'0'.repeat(SIZE)}1`, 'ERR_JSON_NUMBER'],
  ['an exponent', `1e${'9'.repeat(SIZE)}`, 'ERR_JSON_NUMBER'],
  ['minus signs', '-'.repeat(SIZE), 'ERR_JSON_SYNTAX'],
  ['white space', ' '.repeat(SIZE), 'ERR_JSON_SYNTAX'],
  ['the same key again and again', `{${'"a":1,'.repeat(SIZE / 6)}"a":1}`, 'ERR_JSON_KEY'],
  [
    'keys that look like array indexes',
    `{${Array.from({ length: 60_000 }, (_, i) => `"${i * 65_537}":0`).join(',')},"0":0}`,
    'ERR_JSON_KEY',
  ],
])('a million bytes of %s are refused', (_, text, code) => {
  expect([codeOf(() => parseJson(utf8(text))), isCanonical(utf8(text))]).toEqual([code, false]);
});

test('a million bytes of white space between two values, and of keys with escapes, are read', () => {
  expect(parseJson(utf8(`[${' '.repeat(SIZE)}1]`))).toEqual([1]);
  const names = Array.from({ length: 40_000 }, (_, i) => `\n${String(i).padStart(6, '0')}`);
  const text = `{${names.map((name) => `${JSON.stringify(name)}:0`).join(',')}}`;
  expect([isCanonical(utf8(text)), Object.keys(parseJson(utf8(text)) as object).length]).toEqual([true, 40_000]);
});

test('one key of a million characters beside another that differs in the last', () => {
  const key = 'k'.repeat(SIZE);
  const value = { [`${key}b`]: 1, [`${key}a`]: 2 };
  const bytes = portable(value);
  expect([bytes.length, isCanonical(bytes), Buffer.compare(bytes, node(value))]).toEqual([2 * SIZE + 13, true, 0]);
});

test('wide values are written alike by both writers', () => {
  const wide = {
    list: Array.from({ length: 100_000 }, (_, i) => i),
    map: Object.fromEntries(Array.from({ length: 30_000 }, (_, i) => [`k${i}`, [i]])),
  };
  expect(Buffer.compare(node(wide), portable(wide))).toBe(0);
});
