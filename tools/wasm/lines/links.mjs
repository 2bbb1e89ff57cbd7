import { op } from '../assemble.mjs';
import { LAYOUT } from './layout.mjs';
import { advance, compare, within } from './pieces.mjs';

const { get, set, int, intAdd, intSubtract, less, unequal, when } = op;
/** Parameters: the first line and the one behind the last, where the first begins, how long the link is before the hash, where its number ends. */
const [LINE, STOP, START, HEAD, DIGIT] = [0, 1, 2, 3, 4];
/** Where the line ends, what stands before its seconds, two places that are compared, how many bytes, how many were the same, a time, a digit. */
const [END, MIDDLE, A, B, LEFT, SAME, TIME, AT] = [5, 6, 7, 8, 9, 10, 11, 12];
/** Vectors for a moment. */
const [V, HEX] = [13, 14];

/** `SS.mmmZ"}}` */
const END_BYTES = 10;
const stop = op.giveBack(get(LINE));
const stopIf = (condition) => when(condition, stop);
const digit = (back) => intSubtract(op.intLoad8(intSubtract(get(END), int(back))), int(0x30));

/** The last sixteen bytes: `SS.mmmZ"}}` from the seventh on, the first digit at most 5. */
const SECONDS = '??????00.000Z"}}';
const isPlace = (letter) => Array.from(SECONDS).reduce((mask, c, i) => mask | (c === letter ? 1 << i : 0), 0);
const others = 0xffff & ~isPlace('0') & ~isPlace('?');
const seconds = [
  set(V, op.load(intSubtract(get(END), int(16)))),
  stopIf(unequal(op.intAnd(within(get(V), ['0', '9']), int(isPlace('0'))), int(isPlace('0')))),
  stopIf(unequal(op.intAnd(op.mask(op.bytesEqual(get(V), op.bytes([...Buffer.from(SECONDS)]))), int(others)), int(others))),
  stopIf(op.greater(digit(10), int(5))),
  set(
    TIME,
    [9, 7, 6, 5].reduce((time, back) => intAdd(op.intMultiply(time, int(10)), digit(back)), digit(10)),
  ),
  stopIf(less(get(TIME), op.intLoad(int(0), LAYOUT.minuteTime))),
];

/** Compares what was written down with the text: HEAD or MIDDLE bytes of it at A. */
const isWritten = (at, length) => [set(B, int(at)), set(LEFT, get(length)), compare(A, B, LEFT, SAME, stop)];

const DIGITS = [...Buffer.from('0123456789abcdef')];
/** Two hex digits for each of eight bytes: the first half of the sixteen, or the second. */
const hexOf = (half) => {
  const order = Array.from({ length: 16 }, (_, i) => 8 * half + (i >> 1) + (i & 1 ? 16 : 0));
  return op.pick(op.bytes(DIGITS), op.shuffle(op.bytesRight(get(V), 4), op.and(get(V), op.all(15)), order));
};
/** The hash of the line before: in slot 0 that before the first line. */
const isHash = [0, 16].map((from) => [
  set(V, op.load(op.intLeft(get(LINE), int(5)), LAYOUT.hashes + from)),
  [0, 1].map((half) => [
    set(HEX, op.bytesEqual(hexOf(half), op.load(get(A), 2 * from + 16 * half))),
    stopIf(unequal(op.mask(get(HEX)), int(0xffff))),
  ]),
]);

/** The number of the next record, in place; one that becomes longer has no place: nothing matches before another link is written. */
const isNine = op.equal(op.intLoad8(get(AT)), int(0x39));
const increment = [
  set(AT, get(DIGIT)),
  when(isNine, op.loopWhile([op.intStore8(get(AT), 0, int(0x30)), set(AT, intSubtract(get(AT), int(1)))], isNine)),
  set(LEFT, op.intLoad8(get(AT))),
  when(
    op.greater(intSubtract(get(LEFT), int(0x30)), int(9)),
    op.intStore(int(0), LAYOUT.middleLength, int(0)),
    op.intStore8(get(AT), 0, intAdd(get(LEFT), int(1))),
  ),
];

/**
 * `links(line, stop, start, head, digit)`: gives the number of the first line from `line` on, before `stop`, whose link is not the expected one: that
 * which was written down, with the hash of the line before, in the same minute and not earlier.
 */
export const links = {
  parameters: 5,
  result: true,
  numbers: 8,
  vectors: 2,
  body: op.loop([
    set(MIDDLE, op.intLoad(int(0), LAYOUT.middleLength)),
    stopIf(op.intOr(op.equal(get(LINE), get(STOP)), op.not(get(MIDDLE)))),
    set(END, op.intLoad(op.intLeft(get(LINE), int(2)), LAYOUT.ends)),
    set(A, intSubtract(get(END), intAdd(intAdd(get(MIDDLE), get(HEAD)), int(END_BYTES + 64)))),
    stopIf(less(get(A), get(START))),
    seconds,
    isWritten(LAYOUT.head, HEAD),
    isHash,
    advance(A, int(64)),
    isWritten(LAYOUT.middle, MIDDLE),
    op.intStore(int(0), LAYOUT.minuteTime, get(TIME)),
    increment,
    set(START, intAdd(get(END), int(1))),
    advance(LINE, int(1)),
  ]),
};
