// A small assembler of WebAssembly (Core Specification 2.0, §5): just the instructions that the module needs, each a function of its operands.
// Code is a list of bytes and of code.

/** A number as unsigned LEB128. */
function unsigned(value) {
  const bytes = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
  return [...bytes, value];
}

/** A number of 32 bits as signed LEB128. */
function signed(value) {
  const bytes = [];
  for (; value < -64 || value > 63; value >>= 7) bytes.push((value & 127) + 128);
  return [...bytes, value & 127];
}

/** Words of four bytes in little-endian order. */
const wordBytes = (words) => words.flatMap((word) => [word & 255, (word >>> 8) & 255, (word >>> 16) & 255, word >>> 24]);

/** The memory operand: alignment of one byte, which is a hint only, and an offset. */
const at = (offset) => [0, unsigned(offset)];

/** An instruction behind its operands (§5.4.6), and one of vectors (§5.4.8). */
const plain =
  (opcode) =>
  (...operands) => [operands, opcode];
const simd =
  (opcode) =>
  (...operands) => [operands, 0xfd, unsigned(opcode)];
const loading =
  (opcode) =>
  (pointer, offset = 0) => [pointer, opcode, at(offset)];

const splat = simd(15);

export const op = {
  get: (local) => [0x20, unsigned(local)],
  set: (local, value) => [value, 0x21, unsigned(local)],
  int: (value) => [0x41, signed(value)],
  intAdd: plain(0x6a),
  intSubtract: plain(0x6b),
  intAnd: plain(0x71),
  intOr: plain(0x72),
  intXor: plain(0x73),
  intLeft: plain(0x74),
  intMultiply: plain(0x6c),
  intRight: plain(0x76),
  /** How many 0 bits there are before the lowest 1. */
  zeros: plain(0x68),
  not: plain(0x45),
  equal: plain(0x46),
  unequal: plain(0x47),
  less: plain(0x49),
  greater: plain(0x4b),
  intLoad: loading(0x28),
  intLoad8: loading(0x2d),
  intStore: (pointer, offset, value) => [pointer, value, 0x36, at(offset)],
  intStore8: (pointer, offset, value) => [pointer, value, 0x3a, at(offset)],
  /** The function of this place in the list of `assemble`. */
  call: (index, ...operands) => [operands, 0x10, unsigned(index)],
  giveBack: (value) => [value, 0x0f],
  /** Repeats while the condition at its end holds. */
  loopWhile: (body, condition) => [0x03, 0x40, body, condition, 0x0d, 0, 0x0b],
  /** Repeats for ever: only `giveBack` ends it. */
  loop: (body) => [0x03, 0x40, body, 0x0c, 0, 0x0b],
  when: (condition, body, otherwise) => [condition, 0x04, 0x40, body, otherwise === undefined ? [] : [0x05, otherwise], 0x0b],
  /** Four words, the first in the lane of the lowest address. */
  words: (...words) => [0xfd, 12, wordBytes(words)],
  /** Sixteen bytes, the first at the lowest address. */
  bytes: (bytes) => [0xfd, 12, bytes],
  /** One byte into all sixteen. */
  all: (byte) => splat(op.int(byte)),
  load: (pointer, offset = 0) => [simd(0)(pointer), at(offset)],
  /** One word into all four lanes. */
  loadWord: (pointer, offset) => [simd(9)(pointer), at(offset)],
  /** One byte into one of the sixteen bytes of a vector. */
  loadByte: (pointer, offset, vector, byte) => [simd(84)(pointer, vector), at(offset), byte],
  store: (pointer, offset, vector) => [simd(11)(pointer, vector), at(offset)],
  /** Sixteen bytes of two vectors: 0–15 name those of `a`, 16–31 those of `b`. */
  shuffle: (a, b, bytes) => [simd(13)(a, b), bytes],
  and: simd(78),
  or: simd(80),
  xor: simd(81),
  /** Bits of the first where the third has a 1, of the second elsewhere. */
  select: simd(82),
  left: (vector, bits) => simd(171)(vector, op.int(bits)),
  right: (vector, bits) => simd(173)(vector, op.int(bits)),
  add: (first, ...rest) => rest.reduce((sum, next) => simd(174)(sum, next), first),
  /** Of sixteen bytes each: equal, less, the difference; and a number that has bit i when the highest bit of byte i is set. */
  bytesEqual: simd(35),
  bytesLess: simd(38),
  bytesSubtract: simd(113),
  bytesRight: (vector, bits) => simd(109)(vector, op.int(bits)),
  mask: simd(100),
  /** Byte i of the first that the byte of the second names. */
  pick: simd(14),
};

const [I32, V128] = [0x7f, 0x7b];
const sized = (content) => {
  const bytes = content.flat(Infinity);
  return [unsigned(bytes.length), bytes];
};
const section = (id, ...content) => [id, sized(content)];
const text = (name) => sized([...Buffer.from(name)]);

/**
 * A module of functions and a memory of `pages` of 65,536 bytes, which begins with `words`; its exports are the functions by their names, and
 * `memory`. A function takes `parameters` numbers of 32 bits, its first locals, and gives one back if `result`; `numbers` more of these follow, and
 * `vectors` of 128 bits.
 */
export function assemble({ functions, words = [], pages = 1 }) {
  const all = Object.entries(functions);
  const list = (...items) => [unsigned(items.length), items];
  const content = [
    [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    section(1, list(...all.map(([, { parameters, result }]) => [0x60, list(...Array(parameters).fill(I32)), result ? list(I32) : list()]))),
    section(3, list(...all.map((_, i) => unsigned(i)))),
    section(5, list([1, unsigned(pages), unsigned(pages)])),
    section(7, list([text('memory'), 2, 0], ...all.map(([name], i) => [text(name), 0, unsigned(i)]))),
    section(
      10,
      list(
        ...all.map(([, { numbers = 0, vectors = 0, body, result }]) =>
          // What gives back a number ends with `giveBack`, within a loop that never ends too.
          sized([list([unsigned(numbers), I32], [unsigned(vectors), V128]), body, result ? 0x00 : [], 0x0b]),
        ),
      ),
    ),
    words.length === 0 ? [] : section(11, list([0, op.int(0), 0x0b, sized(wordBytes(words))])),
  ];
  return Uint8Array.from(content.flat(Infinity));
}
