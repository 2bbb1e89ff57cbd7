import { op } from '../assemble.mjs';
import { LAYOUT } from './layout.mjs';
import { advance, compare } from './pieces.mjs';
import { RULES, value } from './value.mjs';

const { get, set, int, intAdd, intSubtract, when } = op;
/** Parameters: the first line and the one behind the last, where the first begins, how long the link is. */
const [LINE, STOP, START, LINK] = [0, 1, 2, 3];
/** Where the line ends, where its event does, the shape, the place in the text. */
const [END, LIMIT, SHAPE, AT] = [4, 5, 6, 7];
/** Bytes that are left of a piece, how many were the same, the rule of the value behind it; three for `value`. */
const [LEFT, SAME, RULE, FROM, LENGTH, BYTE] = [8, 9, 10, 11, 12, 13];
const V = 14;

/** docs/spec/record.md. */
const MAX_RECORD_BYTES = 65_535;
/** No event is shorter; one that is could begin before its type's last letters. */
const SHORTEST = 64;
const refuse = op.giveBack(get(LINE));

const piece = [
  set(LEFT, op.intLoad16(get(SHAPE))),
  set(RULE, op.intLoad8(get(SHAPE), 2)),
  advance(SHAPE, int(4)),
  when(get(LEFT), compare(SHAPE, AT, LEFT, SAME, refuse)),
];
const isEnd = op.equal(get(RULE), int(RULES.end));

/**
 * `shapes(line, stop, start, link)`: gives the number of the first line from `line` on, before `stop`, whose event, which ends `link` bytes before
 * the line does, has not the shape that is remembered in the place of its type, as far as can be told here.
 *
 * A shape is a list of pieces: two bytes of length, one of the rule for the value behind it, one that is free, the bytes. A value is none with
 * brackets, in canonical form. Where there is no shape lie zeros: an empty piece and a value, which no event begins with.
 */
export const shapes = {
  parameters: 4,
  result: true,
  numbers: 10,
  vectors: 1,
  body: op.loop([
    when(op.equal(get(LINE), get(STOP)), refuse),
    set(END, op.intLoad(op.intLeft(get(LINE), int(2)), LAYOUT.ends)),
    when(op.greater(intSubtract(get(END), get(START)), int(MAX_RECORD_BYTES)), refuse),
    set(LIMIT, intSubtract(get(END), get(LINK))),
    when(op.less(get(LIMIT), intAdd(get(START), int(SHORTEST))), refuse),
    // As ShapeMemory has it: by the last letters of the type.
    set(SHAPE, op.intRight(op.intMultiply(op.intLoad(intSubtract(get(LIMIT), int(6))), int(0x9e3779b1 | 0)), int(26))),
    set(SHAPE, intAdd(op.intMultiply(get(SHAPE), int(LAYOUT.shapeBytes)), int(LAYOUT.shapes))),
    set(AT, get(START)),
    op.loopWhile(
      [piece, when(op.not(isEnd), value({ at: AT, limit: LIMIT, rule: RULE, from: FROM, length: LENGTH, byte: BYTE, vector: V }, refuse))],
      op.not(isEnd),
    ),
    when(op.unequal(get(AT), get(LIMIT)), refuse),
    set(START, intAdd(get(END), int(1))),
    advance(LINE, int(1)),
  ]),
};
