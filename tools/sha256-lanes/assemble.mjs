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

/** A vector instruction behind its operands (§5.4.8). */
const simd =
  (opcode) =>
  (...operands) => [operands, 0xfd, unsigned(opcode)];

export const op = {
  get: (local) => [0x20, unsigned(local)],
  set: (local, value) => [value, 0x21, unsigned(local)],
  int: (value) => [0x41, signed(value)],
  intAdd: (a, b) => [a, b, 0x6a],
  intSubtract: (a, b) => [a, b, 0x6b],
  /** Repeats while the condition at its end holds. */
  loopWhile: (body, condition) => [0x03, 0x40, body, condition, 0x0d, 0, 0x0b],
  when: (condition, body) => [condition, 0x04, 0x40, body, 0x0b],
  /** Four words, the first in the lane of the lowest address. */
  words: (...words) => [0xfd, 12, wordBytes(words)],
  load: (pointer, offset) => [simd(0)(pointer), at(offset)],
  /** One word into all four lanes. */
  loadWord: (pointer, offset) => [simd(9)(pointer), at(offset)],
  /** One byte into one of the sixteen bytes of a vector. */
  loadByte: (pointer, offset, vector, byte) => [simd(84)(pointer, vector), at(offset), byte],
  store: (pointer, offset, vector) => [simd(11)(pointer, vector), at(offset)],
  /** Sixteen bytes of two vectors: 0–15 name those of `a`, 16–31 those of `b`. */
  shuffle: (a, b, bytes) => [simd(13)(a, b), bytes],
  and: simd(78),
  xor: simd(81),
  /** Bits of the first where the third has a 1, of the second elsewhere. */
  select: simd(82),
  left: (vector, bits) => simd(171)(vector, op.int(bits)),
  right: (vector, bits) => simd(173)(vector, op.int(bits)),
  add: (first, ...rest) => rest.reduce((sum, next) => simd(174)(sum, next), first),
};

const [I32, V128] = [0x7f, 0x7b];
const sized = (content) => {
  const bytes = content.flat(Infinity);
  return [unsigned(bytes.length), bytes];
};
const section = (id, ...content) => [id, sized(content)];
const text = (name) => sized([...Buffer.from(name)]);

/**
 * A module of one function, `run`, and one page of memory, `memory`. The function takes `parameters` numbers of 32 bits, its first locals; `numbers`
 * more of these follow, and `vectors` of 128 bits. `words` lie at the beginning of the memory.
 */
export function assemble({ parameters, numbers, vectors, body, words }) {
  const locals = [2, unsigned(numbers), I32, unsigned(vectors), V128];
  const content = [
    [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    section(1, [1, 0x60, parameters, Array(parameters).fill(I32), 0]),
    section(3, [1, 0]),
    section(5, [1, 1, 1, 1]),
    section(7, [2, text('memory'), 2, 0, text('run'), 0, 0]),
    section(10, [1, sized([locals, body, 0x0b])]),
    section(11, [1, 0, op.int(0), 0x0b, sized(wordBytes(words))]),
  ];
  return Uint8Array.from(content.flat(Infinity));
}
