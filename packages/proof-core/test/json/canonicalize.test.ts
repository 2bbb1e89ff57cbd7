import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalize as portable } from '../../src/json/canonicalize.ts';
import { parseCanonical, parseJson } from '../../src/json/parse.ts';
import { canonicalize as node } from '../../src/node/canonicalize.ts';
import { oracleText } from './oracle.ts';
import { outcome, same, text, utf8 } from './outcome.ts';
import { hostileValues, jsonValues, nest } from './values.ts';

describe.each([
  ['portable', portable],
  ['node', node],
])('the %s writer', (_, canonicalize) => {
  test('writes what a transcription of RFC 8785 writes', () => {
    fc.assert(
      fc.property(jsonValues, (value) => {
        expect(text(canonicalize(value))).toBe(oracleText(value));
      }),
      { numRuns: 600 },
    );
  });

  test('RFC 8785 §3.2.2 and §3.2.4: the example, without the number that no integer may be', () => {
    const value = {
      numbers: [333333333.3333333, 4.5, 2e-3, 1e-27],
      string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\\"/',
      literals: [null, true, false],
    };
    expect(Buffer.from(canonicalize(value)).toString('hex')).toBe(
      '7b226c69746572616c73223a5b6e756c6c2c747275652c66616c73655d2c226e756d62657273223a5b3333333333333333332e333333333333332c342e352c302e3030322c31652d32375d' +
        '2c22737472696e67223a22e282ac245c75303030665c6e4127425c225c5c5c5c5c222f227d',
    );
    expect(outcome(() => canonicalize({ numbers: [1, 1e30] }))).toBe('ERR_JSON_NUMBER numbers[1]');
  });

  test('RFC 8785 §3.2.3: keys in the order of UTF-16 units, whatever order they came in', () => {
    const value = {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew',
      '1': 'One',
      '\ud83d\ude00': 'Emoji',
      '\u0080': 'Control',
      '\u00f6': 'o',
    };
    expect(text(canonicalize(value))).toBe(
      '{"\\r":"Carriage Return","1":"One","\u0080":"Control","\u00f6":"o","\u20ac":"Euro Sign","\ud83d\ude00":"Emoji","\ufb33":"Hebrew"}',
    );
  });

  test('text is not normalised, and nothing is escaped that need not be', () => {
    expect(text(canonicalize(['A\u030a', '\u00c5', '</script>', '\u007f\u2028\ufeff\uffff']))).toBe(
      '["A\u030a","\u00c5","</script>","\u007f\u2028\ufeff\uffff"]',
    );
  });

  test('-0 is written as 0', () => {
    expect(text(canonicalize([-0, { a: -0 }]))).toBe('[0,{"a":0}]');
  });

  test('64 levels are the deepest; the outermost array or object is the first', () => {
    expect(text(canonicalize(nest(64)))).toBe(oracleText(nest(64)));
    expect(outcome(() => canonicalize(nest(65)))).toMatch(/^ERR_JSON_DEPTH \[0\]\.a\[0\]/);
  });

  test('one object in two places is no cycle', () => {
    const shared = { b: 1 };
    expect(text(canonicalize([shared, { a: shared }]))).toBe('[{"b":1},{"a":{"b":1}}]');
  });

  test('objects without a prototype and frozen ones are plain', () => {
    expect(text(canonicalize(Object.freeze(Object.assign(Object.create(null), { b: Object.freeze([1]), a: 2 }))))).toBe('{"a":2,"b":[1]}');
  });

  test('inherited names are ordinary keys', () => {
    expect(text(canonicalize({ toString: 1, constructor: 2, toJSON: 3, hasOwnProperty: 4 }))).toBe(
      '{"constructor":2,"hasOwnProperty":4,"toJSON":3,"toString":1}',
    );
  });

  test('the result is the own copy of its caller', () => {
    const first = canonicalize({ a: 'first' });
    const second = canonicalize({ a: 'other' });
    expect(first.buffer).not.toBe(second.buffer);
    first.fill(0);
    expect([text(second), first.byteOffset, first.buffer.byteLength]).toEqual(['{"a":"other"}', 0, 13]);
    expect(text(canonicalize({ a: 'first' }))).toBe('{"a":"first"}');
  });

  test('what is read back is what was written', () => {
    fc.assert(
      fc.property(jsonValues, (value) => {
        const bytes = canonicalize(value);
        const spread = utf8(JSON.stringify(value, undefined, 1));
        return [parseCanonical(bytes), parseJson(bytes), parseJson(spread)].every((read) => same(canonicalize(read), bytes));
      }),
      { numRuns: 300 },
    );
  });
});

test('both writers give the same bytes, or the same code and field, for any value', () => {
  fc.assert(
    fc.property(hostileValues, (value) => {
      expect(outcome(() => node(value))).toBe(outcome(() => portable(value)));
    }),
    { numRuns: 2000 },
  );
});

test('both writers agree on every UTF-16 unit, alone and in long text', () => {
  for (let unit = 0; unit < 0x10000; unit++) {
    const character = String.fromCharCode(unit);
    const value = unit % 2 === 0 ? character : 'x'.repeat(70) + character;
    const fast = outcome(() => node(value));
    if (fast !== outcome(() => portable(value))) expect.fail(`they differ at U+${unit.toString(16)}`);
  }
});
