import { op } from '../assemble.mjs';
import { advance, countOf, within } from './pieces.mjs';

const { get, set, int, intAdd, intAnd, intOr, intSubtract, equal, unequal, greater, not, when } = op;

/** RFC 8785 §3.2.2.2: where a string ends, has an escape, or lacks one. */
const special = (vector) =>
  op.mask(
    op.or(
      op.or(op.bytesEqual(get(vector), op.all(0x22)), op.bytesEqual(get(vector), op.all(0x5c))),
      op.bytesLess(get(vector), op.all(0x20)),
    ),
  );

/**
 * Code that goes from the opening quote of a string at local `at` to the closing one, or leaves the function by `refuse`.
 *
 * @param locals numbers of locals; `length` and `vector` are changed, and `byte` when escapes are allowed: all but \\u, which has rules of its own
 */
export function string({ at, limit, length, vector, byte }, refuse) {
  const escape = [
    set(byte, op.intLoad8(get(at), 1)),
    when(
      not(
        Array.from('"\\bfnrt')
          .map((letter) => equal(get(byte), int(letter.charCodeAt(0))))
          .reduce((a, b) => intOr(a, b)),
      ),
      refuse,
    ),
    set(length, int(0)),
    advance(at, int(2)),
  ];
  return [
    advance(at, int(1)),
    op.loopWhile(
      [
        set(vector, op.load(get(at))),
        set(length, special(vector)),
        when(
          get(length),
          [advance(at, op.zeros(get(length))), byte === undefined ? [] : when(equal(op.intLoad8(get(at)), int(0x5c)), escape)],
          advance(at, int(16)),
        ),
        when(greater(get(at), get(limit)), refuse),
      ],
      not(get(length)),
    ),
    when(unequal(op.intLoad8(get(at)), int(0x22)), refuse),
  ];
}

/** Code that goes over `true`, `false` or `null`. */
export function word({ at }, refuse) {
  const is = (text) => equal(op.intLoad(get(at)), int(Buffer.from(text).readInt32LE(0)));
  return when(
    is('fals'),
    [when(unequal(op.intLoad8(get(at), 4), int(0x65)), refuse), advance(at, int(5))],
    [when(not(intOr(is('true'), is('null'))), refuse), advance(at, int(4))],
  );
}

/**
 * Code that goes over a number in ECMAScript's form (RFC 8785 §3.2.2.3), as far as it is plain: up to 15 digits no two decimals share a double. One
 * with an exponent or with more digits is refused too.
 *
 * @param locals numbers of locals; `byte`, which holds the first byte, `from` and `length` are changed
 */
export function number({ at, byte, from, length }, refuse) {
  const refuseIf = (condition) => when(condition, refuse);
  const digits = countOf(within(op.load(get(at)), ['0', '9']));
  const isZero = equal(op.intLoad8(get(from)), int(0x30));
  return [
    set(byte, equal(get(byte), int(0x2d))),
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
}
