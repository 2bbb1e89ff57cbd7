import { op } from '../assemble.mjs';
import { LAYOUT, STACK_BYTES } from './layout.mjs';
import { advance, sameBytes } from './pieces.mjs';
import { number, string, word } from './token.mjs';

const { get, set, int, intAdd, intAnd, intOr, intSubtract, equal, unequal, less, greater, not, when } = op;
/** Parameters: where the value begins, where the event ends, how many arrays and objects are open around it. */
const [AT, LIMIT, DEPTH] = [0, 1, 2];
/** How many were open at first, what is open around the place, what is expected there. */
const [BASE, TOP, STATE] = [3, 4, 5];
/** For tokens, and for two keys that are compared. */
const [BYTE, FROM, LENGTH, A, B, LEFT, SAME, SHORTER] = [6, 7, 8, 9, 10, 11, 12, 13];
const V = 14;
const locals = { at: AT, limit: LIMIT, byte: BYTE, from: FROM, length: LENGTH, vector: V };

/** RFC 8785 leaves it open; docs/spec/canonical-json.md. */
const MAX_DEPTH = 64;
const [VALUE, KEY, AFTER] = [0, 1, 2];
/** What is open: its bracket, where its last key lies, and how long that is. */
const [BRACKET, KEY_AT, KEY_LENGTH, ENTRY] = [0, 4, 8, 12];
const refuse = op.giveBack(int(0));
const refuseIf = (condition) => when(condition, refuse);
const is = (letter) => equal(get(BYTE), int(letter.charCodeAt(0)));
const becomes = (state) => set(STATE, int(state));
/** An object goes on with a key, an array with a value. */
const goOn = (bracket) => set(STATE, equal(bracket, int(0x7b)));

/** RFC 8785 §3.2.3: by UTF-16, which is the order of UTF-8 but from U+E000 on, where others have to look. */
const inOrder = [
  set(A, op.intLoad(get(TOP), KEY_AT)),
  when(get(A), [
    set(B, get(FROM)),
    set(SHORTER, less(op.intLoad(get(TOP), KEY_LENGTH), get(LENGTH))),
    set(LEFT, get(LENGTH)),
    when(get(SHORTER), set(LEFT, op.intLoad(get(TOP), KEY_LENGTH))),
    op.loopWhile(
      [
        set(SAME, sameBytes(A, B)),
        when(
          less(get(SAME), get(LEFT)),
          when(less(get(SAME), int(16)), [
            set(SHORTER, less(op.intLoad8(intAdd(get(A), get(SAME))), op.intLoad8(intAdd(get(B), get(SAME))))),
            refuseIf(greater(op.intLoad8(intAdd(get(A), get(SAME))), int(0xed))),
            set(LEFT, get(SAME)),
          ]),
          // All of the shorter one is the beginning of the other.
          set(LEFT, get(SAME)),
        ),
        advance(A, get(SAME)),
        advance(B, get(SAME)),
        set(LEFT, intSubtract(get(LEFT), get(SAME))),
      ],
      get(LEFT),
    ),
    refuseIf(not(get(SHORTER))),
  ]),
];

const key = [
  refuseIf(unequal(op.intLoad8(get(AT)), int(0x22))),
  set(FROM, intAdd(get(AT), int(1))),
  string({ at: AT, limit: LIMIT, length: LENGTH, vector: V }, refuse),
  set(LENGTH, intSubtract(get(AT), get(FROM))),
  inOrder,
  op.intStore(get(TOP), KEY_AT, get(FROM)),
  op.intStore(get(TOP), KEY_LENGTH, get(LENGTH)),
  // `__proto__` is no key; what else is as long and begins so, others have to tell.
  refuseIf(intAnd(equal(get(LENGTH), int(9)), equal(op.intLoad(get(FROM)), int(Buffer.from('__pr').readInt32LE(0))))),
  refuseIf(unequal(op.intLoad8(get(AT), 1), int(0x3a))),
  advance(AT, int(2)),
  becomes(VALUE),
];

const open = [
  advance(DEPTH, int(1)),
  refuseIf(greater(get(DEPTH), int(MAX_DEPTH))),
  when(
    // A closing bracket is the opening one and 2.
    equal(op.intLoad8(get(AT), 1), intAdd(get(BYTE), int(2))),
    [advance(AT, int(2)), advance(DEPTH, int(-1)), becomes(AFTER)],
    [
      advance(AT, int(1)),
      advance(TOP, int(ENTRY)),
      op.intStore(get(TOP), BRACKET, get(BYTE)),
      op.intStore(get(TOP), KEY_AT, int(0)),
      goOn(get(BYTE)),
    ],
  ),
];

const begin = [
  refuseIf(not(less(get(AT), get(LIMIT)))),
  set(BYTE, op.intLoad8(get(AT))),
  when(
    is('"'),
    [string(locals, refuse), advance(AT, int(1)), becomes(AFTER)],
    when(intOr(is('{'), is('[')), open, [
      when(greater(get(BYTE), int(0x60)), word(locals, refuse), number(locals, refuse)),
      becomes(AFTER),
    ]),
  ),
];

const after = [
  when(equal(get(DEPTH), get(BASE)), op.giveBack(get(AT))),
  set(BYTE, op.intLoad8(get(AT))),
  advance(AT, int(1)),
  when(is(','), goOn(op.intLoad(get(TOP), BRACKET)), [
    refuseIf(unequal(get(BYTE), intAdd(op.intLoad(get(TOP), BRACKET), int(2)))),
    advance(DEPTH, int(-1)),
    advance(TOP, int(-ENTRY)),
  ]),
];

/**
 * `value(at, limit, depth)`: gives where a value in canonical form (RFC 8785 §3.2) ends, behind it, which may be behind `limit`; 0 when what is there
 * is none, or one with a token that is refused.
 */
export const value = {
  parameters: 3,
  result: true,
  numbers: 11,
  vectors: 1,
  body: [
    set(BASE, get(DEPTH)),
    set(TOP, int(LAYOUT.stack - ENTRY)),
    op.loop([
      when(equal(get(STATE), int(KEY)), key),
      when(equal(get(STATE), int(VALUE)), begin),
      when(equal(get(STATE), int(AFTER)), after),
    ]),
  ],
};

if ((MAX_DEPTH + 1) * ENTRY > STACK_BYTES) throw new Error('what is open has no place');
