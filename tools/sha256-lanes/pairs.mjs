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
/** What `run` is given: where pairs lie, how many times four of them, where the hashes go. */
const [PAIRS, FOURS, OUT] = [0, 1, 2];
/** How many bytes of the constants have been used; how many blocks of the message. */
const [USED, BLOCK] = [3, 4];
/** Vectors: the message schedule (16), the working variables a–h (8), the hash value (8), three for a moment. */
const [W, STATE, HASH, T, AB, BC] = [5, 21, 29, 37, 38, 39];
const { get, set, int, intAdd, intSubtract, add, and, xor, select, left, right } = op;
const all = (word) => op.words(word, word, word, word);
const times = (count, code) => Array.from({ length: count }, (_, i) => code(i));
/** ROTR of FIPS 180-4 §3.2, several of them and maybe a SHR, joined by XOR. */
const rotations = (local, bits, shift) => {
  const parts = bits.flatMap((n) => [right(get(local), n), left(get(local), 32 - n)]);
  const [first, ...rest] = shift === undefined ? parts : [...parts, right(get(local), shift)];
  return rest.reduce((joined, part) => xor(joined, part), first);
};
/** One of the 64 steps of FIPS 180-4 §6.2.2; instead of moving a–h on, their names move. */
function round(i) {
  const [a, b, , d, e, f, g, h] = Array.from({ length: 8 }, (_, k) => STATE + ((k + 16 - i) % 8));
  return [
    ...set(T, add(get(h), rotations(e, [6, 11, 25]), select(get(f), get(g), get(e)), op.loadWord(get(USED), 4 * i), get(W + i))),
    ...set(d, add(get(d), get(T))),
    // Maj(a, b, c) = b ⊕ ((a ⊕ b) ∧ (b ⊕ c)), and b ⊕ c is what a ⊕ b was a step before.
    ...set(AB, xor(get(a), get(b))),
    ...set(h, add(get(T), rotations(a, [2, 13, 22]), xor(get(b), and(get(AB), get(BC))))),
    ...set(BC, get(AB)),
  ];
}
/** The next sixteen words of the schedule, in place of those before (FIPS 180-4 §6.2.2, step 1). */
function schedule(i) {
  const [back15, back7, back2] = [W + ((i + 1) % 16), W + ((i + 9) % 16), W + ((i + 14) % 16)];
  return set(W + i, add(get(W + i), rotations(back15, [7, 18], 3), get(back7), rotations(back2, [17, 19], 10)));
}
/** Sixteen steps and the words for the next sixteen, four times. */
const compress = [
  ...times(8, (i) => set(STATE + i, get(HASH + i))),
  ...set(BC, xor(get(STATE + 1), get(STATE + 2))),
  ...set(USED, int(0)),
  ...op.loopWhile(
    [...times(16, round), ...set(USED, intAdd(get(USED), int(64))), ...op.when(intSubtract(int(256), get(USED)), times(16, schedule))],
    intSubtract(int(256), get(USED)),
  ),
  ...times(8, (i) => set(HASH + i, add(get(HASH + i), get(STATE + i)))),
];
const SWAPPED = [3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12];
const words = (...indexes) => indexes.flatMap((i) => [4 * i, 4 * i + 1, 4 * i + 2, 4 * i + 3]);
/** Rows and columns of four vectors of four words exchanged; `from` is lost. */
function transpose(from, to, put) {
  const mix = (a, b, ...picked) => op.shuffle(get(a), get(b), words(...picked));
  return [
    ...set(to, mix(from, from + 1, 0, 4, 1, 5)),
    ...set(to + 1, mix(from + 2, from + 3, 0, 4, 1, 5)),
    ...set(to + 2, mix(from, from + 1, 2, 6, 3, 7)),
    ...set(to + 3, mix(from + 2, from + 3, 2, 6, 3, 7)),
    ...put(0, mix(to, to + 1, 0, 1, 4, 5)),
    ...put(1, mix(to, to + 1, 2, 3, 6, 7)),
    ...put(2, mix(to + 2, to + 3, 0, 1, 4, 5)),
    ...put(3, mix(to + 2, to + 3, 2, 3, 6, 7)),
  ];
}
/** The first block: 0x01 and all of the pair but its last byte. What lies before the pair is read and replaced. */
const firstBlock = [
  ...times(4, (part) => [
    ...times(4, (lane) =>
      set(STATE + lane, op.shuffle(op.load(get(PAIRS), 64 * lane + 16 * part), op.load(get(PAIRS), 64 * lane + 16 * part), SWAPPED)),
    ),
    ...transpose(STATE, STATE + 4, (row, value) => set(W + 4 * part + row, value)),
  ]),
  ...set(W, xor(and(get(W), all(0x00ffffff)), all(0x01000000))),
];
/** The second block: the last byte, a 1 bit, zeros, and the length of 520 bits. */
const secondBlock = [
  ...set(
    W,
    [0, 1, 2, 3].reduce((word, lane) => op.loadByte(get(PAIRS), 64 * lane + 64, word, 4 * lane + 3), all(0x00800000)),
  ),
  ...times(14, (i) => set(W + 1 + i, all(0))),
  ...set(W + 15, all(520)),
];
const output = times(2, (half) =>
  transpose(HASH + 4 * half, STATE, (lane, value) => op.store(get(OUT), 32 * lane + 16 * half, op.shuffle(value, value, SWAPPED))),
);
/**
 * The module that hashes interior nodes, SHA-256(0x01 ‖ left ‖ right), four at a time, each in a lane of its own: `run(pairs, fours, out)` takes
 * 4 × `fours` pairs of 64 bytes that lie at `pairs` + 1 and writes their hashes to `out`, in bytes of its memory. The constants lie at 0 to 255.
 *
 * @see FIPS 180-4 §6.2; RFC 6962 §2.1
 * @internal
 */
export function pairsModule() {
  const four = [
    ...times(8, (i) => set(HASH + i, all(INITIAL[i]))),
    ...firstBlock,
    ...set(BLOCK, int(0)),
    ...op.loopWhile(
      [...compress, ...set(BLOCK, intAdd(get(BLOCK), int(1))), ...op.when(intSubtract(get(BLOCK), int(2)), secondBlock)],
      intSubtract(get(BLOCK), int(2)),
    ),
    ...output,
    ...set(PAIRS, intAdd(get(PAIRS), int(256))),
    ...set(OUT, intAdd(get(OUT), int(128))),
    ...set(FOURS, intSubtract(get(FOURS), int(1))),
  ];
  return assemble(3, 2, 35, op.loopWhile(four, get(FOURS)), K);
}
