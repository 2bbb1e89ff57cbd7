import { seededRandom } from './random.mjs';
import { NUMBERS, TOKENS } from './tokens.mjs';

const MAX_BYTES = 70_000;
/**
 * The `at`-th input of a run: random bytes now and then, otherwise one of the seeds after one to about eight mutations. The same
 * seed text, number and seeds give the same input again.
 *
 * @param {string} seed
 * @param {number} at
 * @param {readonly Uint8Array[]} seeds
 * @returns {Uint8Array}
 */
export function inputAt(seed, at, seeds) {
  const random = seededRandom(`${seed}:${at}`);
  if (seeds.length === 0 || random.chance(4)) return randomBytes(random);
  let input = random.pick(seeds);
  do input = random.pick(MUTATIONS)(input, random, seeds);
  while (random.chance(55));
  return input.length > MAX_BYTES ? input.slice(0, MAX_BYTES) : Uint8Array.from(input);
}

function randomBytes(random) {
  const text = random.chance(50);
  return Uint8Array.from({ length: random.below(random.chance(10) ? 2000 : 60) }, () => (text ? 32 + random.below(95) : random.below(256)));
}

/** `input` with [from, to) replaced. */
function replace(input, from, to, middle) {
  const out = new Uint8Array(from + middle.length + input.length - to);
  out.set(input.subarray(0, from));
  out.set(middle, from);
  out.set(input.subarray(to), from + middle.length);
  return out;
}

const place = (input, random) => random.below(input.length + 1);
const range = (input, random) => {
  const from = place(input, random);
  const to = Math.min(input.length, from + random.below(random.chance(70) ? 8 : 400));
  return [from, to];
};
/** The starts of lines, the end of the input included. */
const lineStarts = (input) => {
  const starts = [0];
  for (let i = input.indexOf(10); i >= 0; i = input.indexOf(10, i + 1)) starts.push(i + 1);
  if (starts.at(-1) !== input.length) starts.push(input.length);
  return starts;
};
const line = (input, random) => {
  const starts = lineStarts(input);
  const i = random.below(Math.max(1, starts.length - 1));
  return [starts[i], starts[i + 1] ?? input.length];
};

const isDigit = (byte) => byte >= 48 && byte <= 57;
const isLetter = (byte) => (byte | 32) >= 97 && (byte | 32) <= 122;

const MUTATIONS = [
  function flipBit(input, random) {
    if (input.length === 0) return input;
    const at = random.below(input.length);
    return replace(input, at, at + 1, [input[at] ^ (1 << random.below(8))]);
  },
  function setByte(input, random) {
    if (input.length === 0) return input;
    const at = random.below(input.length);
    return replace(input, at, at + 1, [
      random.chance(50) ? random.below(256) : random.pick([0, 10, 13, 32, 34, 44, 46, 48, 61, 92, 127, 128, 255]),
    ]);
  },
  function insertBytes(input, random) {
    const at = place(input, random);
    return replace(
      input,
      at,
      at,
      Uint8Array.from({ length: 1 + random.below(4) }, () => random.below(256)),
    );
  },
  function insertToken(input, random) {
    const at = place(input, random);
    return replace(input, at, at, random.pick(TOKENS));
  },
  function overwriteWithToken(input, random) {
    return replace(input, ...range(input, random), random.pick(TOKENS));
  },
  function remove(input, random) {
    return replace(input, ...range(input, random), []);
  },
  function repeat(input, random) {
    const [from, to] = range(input, random);
    const piece = input.subarray(from, to);
    const times = random.chance(90) ? 1 : 1 + random.below(200);
    const many = new Uint8Array(Math.min(piece.length * times, MAX_BYTES));
    for (let at = 0; at < many.length; at += piece.length) many.set(piece.subarray(0, many.length - at), at);
    return replace(input, to, to, many);
  },
  function splice(input, random, seeds) {
    const other = random.pick(seeds);
    const [from, to] = range(other, random);
    return random.chance(50)
      ? replace(input, ...range(input, random), other.subarray(from, to))
      : replace(input, place(input, random), input.length, other.subarray(place(other, random)));
  },
  function truncate(input, random) {
    return input.subarray(0, place(input, random));
  },
  function changeNumber(input, random) {
    const at = place(input, random);
    let from = at;
    while (from < input.length && !isDigit(input[from])) from += 1;
    let to = from;
    while (to < input.length && isDigit(input[to])) to += 1;
    return replace(input, from, to, random.pick(NUMBERS));
  },
  function dropLine(input, random) {
    return replace(input, ...line(input, random), []);
  },
  function doubleLine(input, random) {
    const [from, to] = line(input, random);
    return replace(input, to, to, input.slice(from, to));
  },
  function swapLines(input, random) {
    const [from, to] = line(input, random);
    const moved = input.slice(from, to);
    const rest = replace(input, from, to, []);
    const [at] = line(rest, random);
    return replace(rest, at, at, moved);
  },
  function changeCase(input, random) {
    const [from, to] = range(input, random);
    return replace(
      input,
      from,
      to,
      input.slice(from, to).map((byte) => (isLetter(byte) ? byte ^ 32 : byte)),
    );
  },
];
