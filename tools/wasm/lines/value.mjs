import { op } from '../assemble.mjs';
import { LAYOUT } from './layout.mjs';
import { advance, countOf, within } from './pieces.mjs';

/** Rules of values, and what ends a shape. */
export const RULES = { scalar: 0, text: 1, uuid: 2, time: 3, end: 4 };

const { get, set, int, intAdd, intAnd, intOr, intSubtract, equal, unequal, greater, less, not, when } = op;

/**
 * Code that goes over a value without brackets in canonical form (RFC 8785 §3.2), under a rule, from `at` on, or leaves the function by `refuse`: so
 * it does with values that it cannot judge, which are those with \\u, an exponent, or more than 15 digits.
 *
 * @param locals numbers of locals: `at` and `limit`, `rule`; `from`, `length`, `byte`, `vector` are changed
 */
export function value({ at, limit, rule, from, length, byte, vector }, refuse) {
  const refuseIf = (condition) => when(condition, refuse);
  const is = (letter) => equal(get(byte), int(letter.charCodeAt(0)));
  const isAny = (letters) => [...letters].map(is).reduce((a, b) => intOr(a, b));

  /** RFC 8785 §3.2.2.2: where a string ends, has an escape, or lacks one. */
  const special = op.mask(
    op.or(
      op.or(op.bytesEqual(get(vector), op.all(0x22)), op.bytesEqual(get(vector), op.all(0x5c))),
      op.bytesLess(get(vector), op.all(0x20)),
    ),
  );
  const escape = [
    set(byte, op.intLoad8(get(at), 1)),
    refuseIf(not(isAny('"\\bfnrt'))),
    // Under a rule there is no escape: seen from 0 the value is too long for each.
    set(from, int(0)),
    set(length, int(0)),
    advance(at, int(2)),
  ];
  const string = [
    advance(at, int(1)),
    set(from, get(at)),
    op.loopWhile(
      [
        set(vector, op.load(get(at))),
        set(length, special),
        when(get(length), [advance(at, op.zeros(get(length))), when(equal(op.intLoad8(get(at)), int(0x5c)), escape)], advance(at, int(16))),
        refuseIf(greater(get(at), get(limit))),
      ],
      not(get(length)),
    ),
    refuseIf(unequal(op.intLoad8(get(at)), int(0x22))),
    set(length, intSubtract(get(at), get(from))),
    advance(at, int(1)),
  ];

  /** Sixteen characters of a UUID (RFC 9562 §4): digits, and hyphens where it has them. */
  const uuidPart = (offset) => {
    const part = [...'xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx'.slice(offset, offset + 16)];
    const digits = part.reduce((mask, c, i) => mask | (c === 'x' ? 1 << i : 0), 0);
    return [
      set(vector, op.load(get(from), offset)),
      refuseIf(unequal(within(get(vector), ['0', '9'], ['a', 'f']), int(digits))),
      refuseIf(unequal(within(get(vector), ['-', '-']), int(digits ^ 0xffff))),
    ];
  };
  const times = op.intLoad(int(0), LAYOUT.times);
  const stringRule = when(get(rule), [
    when(equal(get(rule), int(RULES.text)), refuseIf(greater(intSubtract(get(length), int(1)), int(199)))),
    when(equal(get(rule), int(RULES.uuid)), [refuseIf(unequal(get(length), int(36))), [0, 16, 20].map(uuidPart)]),
    when(equal(get(rule), int(RULES.time)), [
      refuseIf(unequal(get(length), int(24))),
      refuseIf(equal(times, int(LAYOUT.lines))),
      op.intStore(op.intLeft(times, int(2)), LAYOUT.timesAt, get(from)),
      op.intStore(int(0), LAYOUT.times, intAdd(times, int(1))),
    ]),
  ]);

  const isWord = (text) => equal(op.intLoad(get(at)), int(Buffer.from(text).readInt32LE(0)));
  const word = when(
    isWord('fals'),
    [refuseIf(unequal(op.intLoad8(get(at), 4), int(0x65))), advance(at, int(5))],
    [refuseIf(not(intOr(isWord('true'), isWord('null')))), advance(at, int(4))],
  );

  const digits = countOf(within(op.load(get(at)), ['0', '9']));
  const isZero = equal(op.intLoad8(get(from)), int(0x30));
  /** ECMAScript's form of a number (RFC 8785 §3.2.2.3), as far as it is plain: up to 15 digits no two decimals share a double. */
  const number = [
    set(byte, is('-')),
    advance(at, get(byte)),
    set(from, get(at)),
    set(length, digits),
    refuseIf(greater(intSubtract(get(length), int(1)), int(14))),
    advance(at, get(length)),
    refuseIf(intAnd(isZero, greater(get(length), int(1)))),
    when(
      unequal(op.intLoad8(get(at)), int(0x2e)),
      // There is no −0.
      refuseIf(intAnd(isZero, get(byte))),
      [
        advance(at, int(1)),
        set(byte, digits),
        refuseIf(not(get(byte))),
        refuseIf(greater(intAdd(get(length), get(byte)), int(15))),
        // A magnitude below 10^-6 is written with an exponent.
        refuseIf(intAnd(isZero, greater(get(byte), int(6)))),
        advance(at, get(byte)),
        refuseIf(equal(op.intLoad8(intSubtract(get(at), int(1))), int(0x30))),
      ],
    ),
    refuseIf(equal(op.intLoad8(get(at)), int(0x65))),
  ];

  return [
    refuseIf(not(less(get(at), get(limit)))),
    set(byte, op.intLoad8(get(at))),
    when(is('"'), [string, stringRule], [refuseIf(get(rule)), when(greater(get(byte), int(0x60)), word, number)]),
  ];
}
