import { op } from '../assemble.mjs';
import { LAYOUT } from './layout.mjs';
import { advance, compare, within } from './pieces.mjs';
import { string } from './token.mjs';

const { get, set, int, intAdd, intAnd, intSubtract, equal, unequal, less, greater, not, when } = op;
/** Parameters: the first line and the one behind the last, where the first begins, how long the link is. */
const [LINE, STOP, START, LINK] = [0, 1, 2, 3];
/** Where the line ends, where its event does, the place in the text, where the value begins, its length. */
const [END, LIMIT, AT, FROM, LENGTH] = [4, 5, 6, 7, 8];
/** For comparing: two places, how many bytes are left, how many were the same. */
const [A, B, LEFT, SAME] = [9, 10, 11, 12];
const V = 13;

/** docs/spec/record.md: the longest record; an event is an object within the record's. */
const [MAX_RECORD_BYTES, DEPTH] = [65_535, 2];
const refuse = op.giveBack(get(LINE));
const refuseIf = (condition) => when(condition, refuse);

/** Tells whether text of at most 16 bytes stands at AT. */
const stands = (text) => {
  const bytes = [...Buffer.from(text.padEnd(16))];
  const wanted = (1 << text.length) - 1;
  return equal(intAnd(op.mask(op.bytesEqual(op.load(get(AT)), op.bytes(bytes))), int(wanted)), int(wanted));
};

const quoted = [
  refuseIf(unequal(op.intLoad8(get(AT)), int(0x22))),
  set(FROM, intAdd(get(AT), int(1))),
  // Without an escape: what one stands for is shorter.
  string({ at: AT, limit: LIMIT, length: LENGTH, vector: V }, refuse),
  set(LENGTH, intSubtract(get(AT), get(FROM))),
  advance(AT, int(1)),
];
const text = [quoted, refuseIf(greater(intSubtract(get(LENGTH), int(1)), int(199)))];

/** Sixteen characters of a UUID (RFC 9562 §4): digits, and hyphens where it has them. */
const uuidPart = (offset) => {
  const part = Array.from('xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx'.slice(offset, offset + 16));
  const digits = part.reduce((mask, c, i) => mask | (c === 'x' ? 1 << i : 0), 0);
  return [
    set(V, op.load(get(FROM), offset)),
    refuseIf(unequal(within(get(V), ['0', '9'], ['a', 'f']), int(digits))),
    refuseIf(unequal(within(get(V), ['-', '-']), int(digits ^ 0xffff))),
  ];
};
const uuid = [quoted, refuseIf(unequal(get(LENGTH), int(36))), [0, 16, 20].map(uuidPart)];

const times = op.intLoad(int(0), LAYOUT.times);
/** Which is left to others: at most one in an event. */
const time = [
  quoted,
  refuseIf(unequal(get(LENGTH), int(24))),
  op.intStore(op.intLeft(times, int(2)), LAYOUT.timesAt, get(FROM)),
  op.intStore(int(0), LAYOUT.times, intAdd(times, int(1))),
];

const object = [
  refuseIf(unequal(op.intLoad8(get(AT)), int(0x7b))),
  set(AT, op.call(0, get(AT), get(LIMIT), int(DEPTH))),
  refuseIf(not(get(AT))),
];

/** One that others have found to be a type, in the place that its last letters give it: a byte of length, the type. */
const type = [
  text,
  set(B, op.intRight(op.intMultiply(op.intLoad(intSubtract(get(AT), int(5))), int(0x9e3779b1 | 0)), int(24))),
  set(B, intAdd(op.intLeft(get(B), int(8)), int(LAYOUT.types))),
  refuseIf(unequal(op.intLoad8(get(B)), get(LENGTH))),
  set(A, get(FROM)),
  advance(B, int(1)),
  set(LEFT, get(LENGTH)),
  compare(A, B, LEFT, SAME, refuse),
];

const MEMBERS = [
  ['actor', text, 'required'],
  ['id', uuid, 'required'],
  ['occurred_at', time],
  ['payload', object, 'required'],
  // Its rules are for others.
  ['private', refuse],
  ['subject', text],
  ['trace', text],
  ['type', type, 'required'],
];
const member = ([name, rule, required]) => {
  const after = name === 'type' ? 0x7d : 0x2c;
  const found = [advance(AT, int(name.length + 3)), rule, refuseIf(unequal(op.intLoad8(get(AT)), int(after))), advance(AT, int(1))];
  return when(stands(`"${name}":`), found, required && refuse);
};

/**
 * `events(line, stop, start, link)`: gives the number of the first line from `line` on, before `stop`, whose event, which ends `link` bytes before the
 * line does, is not in canonical form with the members of `countersign/record@1`, each by its rule, as far as can be told here.
 */
export const events = {
  parameters: 4,
  result: true,
  numbers: 9,
  vectors: 1,
  body: op.loop([
    when(equal(get(LINE), get(STOP)), refuse),
    set(END, op.intLoad(op.intLeft(get(LINE), int(2)), LAYOUT.ends)),
    refuseIf(greater(intSubtract(get(END), get(START)), int(MAX_RECORD_BYTES))),
    set(LIMIT, intSubtract(get(END), get(LINK))),
    refuseIf(not(less(get(START), get(LIMIT)))),
    set(AT, get(START)),
    refuseIf(not(stands('{"event":{'))),
    advance(AT, int(10)),
    MEMBERS.map(member),
    refuseIf(unequal(get(AT), get(LIMIT))),
    set(START, intAdd(get(END), int(1))),
    advance(LINE, int(1)),
  ]),
};
