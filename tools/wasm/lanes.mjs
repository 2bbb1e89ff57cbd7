import { assemble, op } from './assemble.mjs';

/** FIPS 180-4 §4.2.2. */
// prettier-ignore
const K = [
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
];
/** FIPS 180-4 §5.3.3. */
const INITIAL = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];

/** Parameters: the byte before the pairs, how many times four pairs there are, where the hashes go. */
const [BEFORE, FOURS, OUT] = [0, 1, 2];
/** Bytes of the constants that were used, blocks of the message that were hashed. */
const [USED, BLOCK] = [3, 4];
/** Vectors: the message schedule (16), the working variables a to h (8), the hash value (8), three for a moment. */
const [W, STATE, HASH, T, AB, BC] = [5, 21, 29, 37, 38, 39];

const { get, set, int, intAdd, intSubtract, add, and, xor, select, left, right } = op;
const all = (word) => op.words(word, word, word, word);
const times = (count, code) => Array.from({ length: count }, (_, i) => code(i));

/** ROTR (FIPS 180-4 §3.2) by several numbers of bits, and SHR by one, joined by XOR: the functions of §4.1.2. */
function rotations(local, bits, shift) {
  const parts = bits.flatMap((n) => [right(get(local), n), left(get(local), 32 - n)]);
  if (shift !== undefined) parts.push(right(get(local), shift));
  return parts.reduce((joined, part) => xor(joined, part));
}

/** One of the 64 steps of FIPS 180-4 §6.2.2, step 3; instead of moving a to h on, their names move. */
function round(i) {
  const [a, b, , d, e, f, g, h] = times(8, (k) => STATE + ((k + 16 - i) % 8));
  const choice = select(get(f), get(g), get(e));
  return [
    // What is there first is added first: e comes late and is what the next step waits for.
    set(T, add(op.loadWord(get(USED), 4 * i), get(W + i), get(h), choice, rotations(e, [6, 11, 25]))),
    set(d, add(get(d), get(T))),
    // Maj(a, b, c) = b ⊕ ((a ⊕ b) ∧ (b ⊕ c)), and b ⊕ c is what a ⊕ b was a step before.
    set(AB, xor(get(a), get(b))),
    set(h, add(get(T), rotations(a, [2, 13, 22]), xor(get(b), and(get(AB), get(BC))))),
    set(BC, get(AB)),
  ];
}

/** The word of the schedule that is 16 further, in its place (§6.2.2, step 1). */
function schedule(i) {
  const back = (n) => W + ((i + 16 - n) % 16);
  return set(W + i, add(get(W + i), rotations(back(15), [7, 18], 3), get(back(7)), rotations(back(2), [17, 19], 10)));
}

const more = intSubtract(int(4 * K.length), get(USED));
/** One block: four times sixteen steps, and between them the words of the next sixteen. */
const compress = [
  times(8, (i) => set(STATE + i, get(HASH + i))),
  set(BC, xor(get(STATE + 1), get(STATE + 2))),
  set(USED, int(0)),
  op.loopWhile([times(16, round), set(USED, intAdd(get(USED), int(64))), op.when(more, times(16, schedule))], more),
  times(8, (i) => set(HASH + i, add(get(HASH + i), get(STATE + i)))),
];

/** A word of SHA-256 has its highest byte first. */
const SWAPPED = [3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12];
const swapped = (vector) => op.shuffle(vector, vector, SWAPPED);

/** Exchanges rows and columns of the four vectors from `from` on: `put` takes the results; the four from `by` on are lost. */
function transpose(from, by, put) {
  const mix = (a, b, ...words) =>
    op.shuffle(
      get(a),
      get(b),
      words.flatMap((i) => [4 * i, 4 * i + 1, 4 * i + 2, 4 * i + 3]),
    );
  return [
    set(by, mix(from, from + 1, 0, 4, 1, 5)),
    set(by + 1, mix(from + 2, from + 3, 0, 4, 1, 5)),
    set(by + 2, mix(from, from + 1, 2, 6, 3, 7)),
    set(by + 3, mix(from + 2, from + 3, 2, 6, 3, 7)),
    put(0, mix(by, by + 1, 0, 1, 4, 5)),
    put(1, mix(by, by + 1, 2, 3, 6, 7)),
    put(2, mix(by + 2, by + 3, 0, 1, 4, 5)),
    put(3, mix(by + 2, by + 3, 2, 3, 6, 7)),
  ];
}

/** 0x01 and the pair without its last byte: a column of the schedule is four words of each of four pairs. The byte before a pair is replaced. */
const firstBlock = [
  times(4, (column) => [
    times(4, (lane) => set(STATE + lane, swapped(op.load(get(BEFORE), 64 * lane + 16 * column)))),
    transpose(STATE, STATE + 4, (row, value) => set(W + 4 * column + row, value)),
  ]),
  set(W, xor(and(get(W), all(0x00ffffff)), all(0x01000000))),
];

/** The last byte, a 1 bit, zeros, and the length: 65 bytes are 520 bits. */
const secondBlock = [
  set(
    W,
    [0, 1, 2, 3].reduce((word, lane) => op.loadByte(get(BEFORE), 64 * lane + 64, word, 4 * lane + 3), all(0x00800000)),
  ),
  times(14, (i) => set(W + 1 + i, all(0))),
  set(W + 15, all(520)),
];

const output = times(2, (half) =>
  transpose(HASH + 4 * half, STATE, (lane, value) => op.store(get(OUT), 32 * lane + 16 * half, swapped(value))),
);

const blocksLeft = intSubtract(int(2), get(BLOCK));
const four = [
  times(8, (i) => set(HASH + i, all(INITIAL[i]))),
  firstBlock,
  set(BLOCK, int(0)),
  op.loopWhile([compress, set(BLOCK, intAdd(get(BLOCK), int(1))), op.when(blocksLeft, secondBlock)], blocksLeft),
  output,
  set(BEFORE, intAdd(get(BEFORE), int(256))),
  set(OUT, intAdd(get(OUT), int(128))),
  set(FOURS, intSubtract(get(FOURS), int(1))),
];

/**
 * The module that hashes interior nodes of a tree, SHA-256(0x01 ‖ left ‖ right) (RFC 6962 §2.1), four at a time, each in a lane of its own. Its
 * memory begins with the constants. `run(before, fours, out)` hashes 4 × `fours` pairs of 64 bytes, which lie at `before` + 1, to `out`; the hashes
 * may overwrite their pairs.
 */
export function lanesModule() {
  const run = { parameters: 3, numbers: 2, vectors: 35, body: op.loopWhile(four, get(FOURS)) };
  return assemble({ functions: { run }, words: K });
}
