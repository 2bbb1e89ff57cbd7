import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalize as portable } from '../../src/json/canonicalize.ts';
import { canonicalize, canonicalizeInto } from '../../src/node/canonicalize.ts';
import { outcome, same, text } from './outcome.ts';
import { hostileValues, jsonValues } from './values.ts';

test('canonicalizeInto writes the bytes of canonicalize at any place that has room, and nothing before it', () => {
  fc.assert(
    fc.property(jsonValues, fc.nat({ max: 9 }), fc.nat({ max: 200 }), (value, at, spare) => {
      const expected = portable(value);
      const memory = new Uint8Array(at + expected.length + spare + 20).fill(0xaa);
      const into = memory.subarray(5, 5 + at + expected.length + spare);
      const end = canonicalizeInto(value, into, at);
      const written = end === at + expected.length && same(into.subarray(at, end), expected);
      // Around the caller's part of the memory nothing changes.
      return written && [...memory.subarray(0, 5 + at), ...memory.subarray(5 + into.length)].every((byte) => byte === 0xaa);
    }),
    { numRuns: 400 },
  );
});

test.each<[string, unknown]>([
  ['an object', { b: ['x'.repeat(100), 12.5], a: 'é\n' }],
  ['an object of short keys', { ab: 1, a: true, '': {} }],
  ['an array', [[], [null, false], {}, -1]],
  ['arrays that end together', [[], [[]]]],
  ['objects that end together', { a: { b: {} } }],
  ['a short text', 'abcdefghijk'],
  ['a short text of escapes', '\u0001\n'.repeat(5)],
  ['a short text of long characters', '€\u{1f600}'.repeat(4)],
  ['a long text', 'a'.repeat(80)],
  ['a long text of long characters', `\u0001${'€'.repeat(80)}`],
  ['a map', Object.fromEntries(Array.from({ length: 70 }, (_, i) => [`key ${i}`, i]))],
  ['a number', 123456789.123],
  ['a word', false],
])('canonicalizeInto gives -1 exactly when the bytes do not fit: %s', (_, value) => {
  const expected = portable(value);
  for (let size = 0; size < expected.length * 3 + 20; size++) {
    const memory = new Uint8Array(size + 8);
    const into = memory.subarray(0, size);
    const end = canonicalizeInto(value, into, 0);
    const fits = size >= expected.length;
    if (end !== (fits ? expected.length : -1) || (fits && !same(into.subarray(0, end), expected))) expect.fail(`wrong at ${size} bytes`);
    if (memory.subarray(size).some((byte) => byte !== 0)) expect.fail(`beyond the end at ${size} bytes`);
  }
});

test('canonicalizeInto refuses what canonicalize refuses, and places outside the memory', () => {
  const into = new Uint8Array(5000);
  fc.assert(
    fc.property(hostileValues, (value) => {
      const direct = outcome(() => into.subarray(0, canonicalizeInto(value, into, 0)));
      expect(direct).toBe(outcome(() => portable(value)));
    }),
    { numRuns: 500 },
  );
  for (const at of [-1, 1.5, 5001, Number.NaN]) expect(() => canonicalizeInto(1, into, at)).toThrow(RangeError);
});

test('one buffer holds many records, each found again', () => {
  const into = new Uint8Array(10_000);
  const values = Array.from({ length: 50 }, (_, seq) => ({ seq, type: 'order.created', payload: { amount: seq * 1.25 } }));
  const ends = values.reduce<number[]>((ends, value) => [...ends, canonicalizeInto(value, into, ends.at(-1)!)], [0]);
  values.forEach((value, i) => expect(into.subarray(ends[i], ends[i + 1])).toEqual(portable(value)));
});

test('memory that was transferred away is not written to', () => {
  const into = new Uint8Array(100);
  canonicalizeInto([1], into, 0);
  structuredClone(into.buffer, { transfer: [into.buffer] });
  expect(canonicalizeInto([1], into, 0)).toBe(-1);
});

test('values larger than the scratch, and small ones after them', () => {
  const long = { b: '\u0001'.repeat(300_000), a: 'é'.repeat(700_000), c: Array.from({ length: 50_000 }, (_, i) => i / 7) };
  for (let i = 0; i < 2; i++) {
    expect(same(canonicalize(long), portable(long))).toBe(true);
    expect(text(canonicalize({ b: 1, a: 2 }))).toBe('{"a":2,"b":1}');
  }
});

test('the same keys in other orders, and thousands of different ones, stay right', () => {
  for (let i = 0; i < 4000; i++) {
    const value = {
      [`k${i}`]: i,
      a: { [`z${i % 50}`]: 1, [`y${i % 7}`]: 2 },
      [`j${i * 7}`]: [
        { b: i, a: 1 },
        { a: 1, b: i },
      ],
    };
    if (text(canonicalize(value)) !== text(portable(value))) expect.fail(`they differ at ${i}`);
  }
  const map = Object.fromEntries(
    Array.from({ length: 3000 }, (_, i) => [`user ${(i * 7919) % 3000}`, { id: i, ['x'.repeat(i % 300)]: null }]),
  );
  expect(same(canonicalize({ map, empty: {} }), portable({ map, empty: {} }))).toBe(true);
});

test('keys that look like array indexes are ordered as text', () => {
  const value = { 10: 1, 9: 2, a: 3, 1: 4, '-1': 5, '01': 6, 4294967295: 7, 4294967294: 8 };
  expect(text(canonicalize(value))).toBe('{"-1":5,"01":6,"1":4,"10":1,"4294967294":8,"4294967295":7,"9":2,"a":3}');
});
