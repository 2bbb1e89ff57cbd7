import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkIndex, checkSize, parseSize } from '../../src/merkle/size.ts';
import { floorLog2, largestPower, splitPoint, subtreesOf, trailingZeros } from '../../src/merkle/subtree.ts';
import { expectRefusal } from './refused.ts';

test('every safe integer is read from its decimal digits', () => {
  fc.assert(fc.property(fc.maxSafeNat(), (size) => parseSize(String(size), 'size') === size));
  expect(parseSize('9007199254740991', 'size')).toBe(Number.MAX_SAFE_INTEGER);
});

test.each(['', ' 1', '1 ', '1\n', '+1', '-0', '-1', '00', '01', '0x10', '1e3', '1.0', '1_000', '١', '１', 'NaN', 'Infinity'])(
  'text that BigInt or Number may take for a size is refused: %j',
  (text) => expectRefusal(() => parseSize(text, 'size'), 'ERR_DECIMAL'),
);

test.each(['9007199254740992', '9007199254740993', '18446744073709551615', '18446744073709551616', '99999999999999999999'])(
  'a size of 2^53 or more is refused, not rounded: %s',
  (text) => expectRefusal(() => parseSize(text, 'size'), 'ERR_TREE_SIZE'),
);

test('a number of any length is refused in bounded time', () => {
  expectRefusal(() => parseSize('9'.repeat(1_000_000), 'size'), 'ERR_DECIMAL');
});

test.each([-1, -0.5, 0.5, 2 ** 53, Number.NaN, Infinity, '1' as unknown as number, 1n as unknown as number])(
  'a size that is not an integer from 0 to 2^53 - 1 is refused: %s',
  (size) => expectRefusal(() => checkSize(size, 'size'), 'ERR_TREE_SIZE'),
);

test('an index outside the tree is refused', () => {
  expect(checkIndex(2 ** 53 - 2, 2 ** 53 - 1)).toBeUndefined();
  for (const [index, size] of [
    [0, 0],
    [1, 1],
    [-1, 1],
    [0.5, 1],
    [Number.NaN, 1],
    [2 ** 53, 2 ** 53 - 1],
  ] as const) {
    expectRefusal(() => checkIndex(index, size), 'ERR_INDEX');
  }
});

test('powers of two are exact up to 2^53', () => {
  for (let exponent = 0; exponent <= 52; exponent++) {
    const power = 2 ** exponent;
    expect([floorLog2(power), largestPower(power), trailingZeros(power)]).toEqual([exponent, power, exponent]);
    if (power > 2) {
      expect([floorLog2(power - 1), floorLog2(power + 1)]).toEqual([exponent - 1, exponent]);
      expect([splitPoint(power), splitPoint(power + 1), splitPoint(power - 1)]).toEqual([power / 2, power, power / 2]);
    }
  }
  expect([splitPoint(2), splitPoint(3), splitPoint(4), splitPoint(5)]).toEqual([1, 2, 2, 4]);
});

test('subtrees cover the leaves from left to right, each smaller than the one before', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (size) => {
      let at = 0;
      let last = Infinity;
      for (const { level, index } of subtreesOf(0, size)) {
        if (index * 2 ** level !== at || level >= last) return false;
        last = level;
        at += 2 ** level;
      }
      return at === size;
    }),
  );
});
