import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalize as portable } from '../../src/json/canonicalize.ts';
import { isCanonical } from '../../src/json/check.ts';
import { formatNumber, parseNumber } from '../../src/json/number.ts';
import { canonicalize as node } from '../../src/node/canonicalize.ts';
import { oracleNumber } from './oracle.ts';
import { codeOf, text, utf8 } from './outcome.ts';
import { numbers } from './values.ts';

function double(hex: string): number {
  return Buffer.from(hex, 'hex').readDoubleBE();
}

// RFC 8785 Appendix B. Those beyond ±(2^53−1) have a form there, and none here.
test.each([
  ['0000000000000000', '0'],
  ['8000000000000000', '0'],
  ['0000000000000001', '5e-324'],
  ['8000000000000001', '-5e-324'],
  ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
  ['3eb0c6f7a0b5ed8d', '0.000001'],
  ['41b3de4355555553', '333333333.3333332'],
  ['41b3de4355555554', '333333333.33333325'],
  ['41b3de4355555555', '333333333.3333333'],
  ['41b3de4355555556', '333333333.3333334'],
  ['41b3de4355555557', '333333333.33333343'],
  ['becbf647612f3696', '-0.0000033333333333333333'],
  ['43143ff3c1cb0959', '1424953923781206.2'],
])('RFC 8785 Appendix B: the double %s is written %s', (hex, expected) => {
  const value = double(hex);
  expect([text(portable(value)), text(node(value)), formatNumber(value), oracleNumber(value)]).toEqual([
    expected,
    expected,
    expected,
    expected,
  ]);
  expect(isCanonical(utf8(expected))).toBe(true);
  expect(parseNumber(expected)).toBe(value + 0);
});

test.each([
  ['7fefffffffffffff', '1.7976931348623157e+308'],
  ['ffefffffffffffff', '-1.7976931348623157e+308'],
  ['4340000000000000', '9007199254740992'],
  ['c340000000000000', '-9007199254740992'],
  ['4430000000000000', '295147905179352830000'],
  ['44b52d02c7e14af5', '9.999999999999997e+22'],
  ['44b52d02c7e14af6', '1e+23'],
  ['44b52d02c7e14af7', '1.0000000000000001e+23'],
  ['444b1ae4d6e2ef4e', '999999999999999700000'],
  ['444b1ae4d6e2ef4f', '999999999999999900000'],
  ['444b1ae4d6e2ef50', '1e+21'],
  ['7fffffffffffffff', 'NaN'],
  ['7ff0000000000000', 'Infinity'],
])('RFC 8785 Appendix B: the double %s (%s) is refused, and so is its text', (hex, form) => {
  const value = double(hex);
  expect(String(value)).toBe(form);
  expect([codeOf(() => portable(value)), codeOf(() => node(value)), isCanonical(utf8(form))]).toEqual([
    'ERR_JSON_NUMBER',
    'ERR_JSON_NUMBER',
    false,
  ]);
  expect(parseNumber(form)).toBeUndefined();
});

test('every double is written in the fewest digits, by the rule of ECMA-262', () => {
  fc.assert(
    fc.property(numbers, (value) => {
      const expected = oracleNumber(value);
      return text(node(value)) === expected && text(portable(value)) === expected && isCanonical(utf8(expected));
    }),
    { numRuns: 3000 },
  );
});

test('doubles around powers of ten, where the layout changes', () => {
  for (let power = -12; power <= 16; power++) {
    for (const mantissa of [1, 1.5, 9.99, 9.99999999999999, 1 + 2 ** -52, 10 - 2 ** -49]) {
      const value = Number(`${mantissa}e${power}`);
      if (Math.abs(value) > Number.MAX_SAFE_INTEGER) continue;
      for (const signed of [value, -value]) {
        expect([text(node(signed)), text(portable(signed))]).toEqual([oracleNumber(signed), oracleNumber(signed)]);
        expect(isCanonical(utf8(oracleNumber(signed)))).toBe(true);
      }
    }
  }
});

test('hundredths, which have a way of their own in the node writer', () => {
  for (let cents = 0; cents < 30_000; cents += 7) {
    for (const value of [cents / 100, 21_474_836.48 - cents / 100, cents / 100 + 2 ** -40]) {
      if (text(node(value)) !== oracleNumber(value)) expect.fail(oracleNumber(value));
    }
  }
});

/** A decimal as an integer and a power of ten. */
function exact(token: string): [bigint, number] {
  const [, sign, whole, fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(token)!;
  return [BigInt(`${sign}${whole}${fraction}`), Number(exponent) - fraction.length];
}

function same([a, x]: [bigint, number], [b, y]: [bigint, number]): boolean {
  const low = Math.min(x, y);
  return a * 10n ** BigInt(x - low) === b * 10n ** BigInt(y - low);
}

const digits = (min: number, max: number): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(0, 0, 1, 2, 5, 9, 9), { minLength: min, maxLength: max }).map((list) => list.join(''));

test('a token is taken exactly when the decimal it says is the shortest form of its double', () => {
  const tokens = fc
    .tuple(
      fc.constantFrom('', '-'),
      digits(1, 18),
      fc.option(digits(1, 20), { nil: undefined }),
      fc.option(fc.integer({ min: -345, max: 30 }), { nil: undefined }),
    )
    .map(([sign, whole, fraction, exponent]) => {
      const mantissa = `${sign}${whole.replace(/^0+(?=\d)/, '')}${fraction === undefined ? '' : `.${fraction}`}`;
      return exponent === undefined ? mantissa : `${mantissa}e${exponent}`;
    });
  fc.assert(
    fc.property(fc.oneof(tokens, numbers.map(String)), (token) => {
      const value = Number(token);
      const holds = Math.abs(value) <= Number.MAX_SAFE_INTEGER && same(exact(token), exact(String(value)));
      expect(parseNumber(token)).toBe(holds ? value + 0 : undefined);
    }),
    { numRuns: 3000 },
  );
});
