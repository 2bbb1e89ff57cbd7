import { defaultEngine } from '../engine/default.ts';
import type { Engine } from '../engine/engine.ts';
import { ProofError } from '../errors.ts';
import { checkNumber, checkString, countFrom, escaped, fail } from './check-token.ts';
import { MAX_DEPTH } from './value.ts';

/**
 * Checks that bytes[start, end) are one value in canonical form, without building it: what `canonicalize` could have written, byte for byte.
 *
 * @param bytes where the value lies; read only
 * @param start offset of its first byte
 * @param end offset after its last byte
 * @throws ProofError ERR_NOT_CANONICAL with the offset of the first defect, counted from `start`
 * @see RFC 8785 §3.2; docs/spec/canonical-json.md
 * @example checkCanonical(utf8Encode('{"a":1,"b":2}'))
 */
export function checkCanonical(bytes: Uint8Array, start = 0, end: number = bytes.length, engine: Engine = defaultEngine): void {
  checkRange(bytes, start, end);
  if (!engine.isUtf8(bytes, start, end)) {
    throw new ProofError('ERR_NOT_CANONICAL', 'expected valid UTF-8', { expected: 'valid UTF-8', actual: 'other bytes' });
  }
  checkCanonicalForm(bytes, start, end);
}

/**
 * Tells whether bytes[start, end) are one value in canonical form; see `checkCanonical`.
 *
 * @param bytes what holds the value
 * @param start offset of its first byte
 * @param end offset behind its last byte
 * @example isCanonical(utf8Encode('{"b":2,"a":1}')) // false
 */
export function isCanonical(bytes: Uint8Array, start = 0, end: number = bytes.length, engine: Engine = defaultEngine): boolean {
  try {
    checkCanonical(bytes, start, end, engine);
    return true;
  } catch (error) {
    if (error instanceof ProofError) return false;
    throw error;
  }
}

const views = /* @__PURE__ */ new WeakMap<Uint8Array, DataView>();

/**
 * As `checkCanonical`, for bytes already known to be valid UTF-8: the many records of one large buffer whose UTF-8 was checked once.
 *
 * The whole buffer may be checked at once if each record is delimited by ASCII: no character then crosses from one record into the next.
 *
 * @param bytes what holds the value, valid UTF-8
 * @param start offset of its first byte
 * @param end offset behind its last byte
 * @throws ProofError ERR_NOT_CANONICAL with the offset of the first defect, counted from `start`
 * @example for (const [start, end] of lines) checkCanonicalForm(buffer, start, end)
 */
export function checkCanonicalForm(bytes: Uint8Array, start: number, end: number): void {
  checkRange(bytes, start, end);
  let view = views.get(bytes);
  if (view === undefined) views.set(bytes, (view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)));
  countFrom(start);
  const after = checkValue(bytes, view, start, end, 0);
  if (after !== end) fail(after, 'nothing after the value');
}

/**
 * Checks one canonical value that begins at `at` and gives where it ends: for whoever reads the members of a record and checks their
 * form in one pass. What stands before and behind the value is the caller's to judge.
 *
 * @param bytes already known to be valid UTF-8
 * @param view over the same bytes
 * @param at offset of the value's first byte, 0 to `end`
 * @param end offset that the value must not pass, at most `bytes.length`
 * @param depth how many arrays and objects are open around the value, 0 to 64
 * @param origin what the offset in an error is counted from: the start of the record
 * @returns the offset after the value's last byte
 * @throws ProofError ERR_NOT_CANONICAL with the offset of the first defect
 * @see RFC 8785 §3.2; docs/spec/canonical-json.md
 * @example canonicalEnd(bytes, view, payloadAt, linkAt, 2, start)
 */
export function canonicalEnd(bytes: Uint8Array, view: DataView, at: number, end: number, depth: number, origin: number): number {
  countFrom(origin);
  return checkValue(bytes, view, at, end, depth);
}

function checkRange(bytes: Uint8Array, start: number, end: number): void {
  if (!(start >= 0 && start <= end && end <= bytes.length)) {
    throw new RangeError(`[${start}, ${end}) is not within ${bytes.length} bytes`);
  }
}

/** Each of these takes the offset of a first byte and gives the offset after the last one. */
function checkValue(bytes: Uint8Array, view: DataView, at: number, end: number, depth: number): number {
  if (at >= end) fail(at, 'a value');
  const byte = bytes[at]!;
  if (byte === 0x22) return checkString(bytes, view, at + 1, end) + 1;
  if (byte === 0x7b) return checkObject(bytes, view, at, end, depth + 1);
  if (byte === 0x5b) return checkArray(bytes, view, at, end, depth + 1);
  if (byte === 0x74 || byte === 0x66 || byte === 0x6e) return checkWord(bytes, view, at, end);
  return checkNumber(bytes, at, end);
}

/** Little-endian `true`, `fals`, `null`. */
const TRUE = 0x65757274;
const FALS = 0x736c6166;
const NULL = 0x6c6c756e;

function checkWord(bytes: Uint8Array, view: DataView, at: number, end: number): number {
  if (at + 4 <= end) {
    const word = view.getInt32(at, true);
    if (word === TRUE || word === NULL) return at + 4;
    if (word === FALS && at + 5 <= end && bytes[at + 4] === 0x65) return at + 5;
  }
  return fail(at, 'a value');
}

function checkArray(bytes: Uint8Array, view: DataView, at: number, end: number, depth: number): number {
  if (depth > MAX_DEPTH) fail(at, `at most ${MAX_DEPTH} levels`);
  at++;
  if (at < end && bytes[at] === 0x5d) return at + 1;
  for (;;) {
    at = checkValue(bytes, view, at, end, depth);
    const byte = at < end ? bytes[at] : 0;
    if (byte === 0x5d) return at + 1;
    if (byte !== 0x2c) fail(at, ', or ]');
    at++;
  }
}

function checkObject(bytes: Uint8Array, view: DataView, at: number, end: number, depth: number): number {
  if (depth > MAX_DEPTH) fail(at, `at most ${MAX_DEPTH} levels`);
  at++;
  if (at < end && bytes[at] === 0x7d) return at + 1;
  // The key before this one: where it lies, without quotes.
  let from = -1;
  let to = -1;
  let plain = true;
  for (;;) {
    if (at >= end || bytes[at] !== 0x22) fail(at, 'a key');
    const start = at + 1;
    const stop = checkString(bytes, view, start, end);
    plain &&= !escaped;
    if (from >= 0 && !(plain ? isBefore(bytes, from, to, start, stop) : isBeforeDecoded(bytes, from, to, start, stop))) {
      fail(at, 'keys in order, each once');
    }
    if (stop - start === 9 && isProto(bytes, start)) fail(at, 'another key than __proto__');
    from = start;
    to = stop;
    if (stop + 1 >= end || bytes[stop + 1] !== 0x3a) fail(stop + 1, ':');
    at = checkValue(bytes, view, stop + 2, end, depth);
    const byte = at < end ? bytes[at] : 0;
    if (byte === 0x7d) return at + 1;
    if (byte !== 0x2c) fail(at, ', or }');
    at++;
  }
}

/** RFC 8785 §3.2.3 on UTF-8: whether the key at [from, to) comes before that at [start, stop) by UTF-16 code units. */
function isBefore(bytes: Uint8Array, from: number, to: number, start: number, stop: number): boolean {
  const shorter = Math.min(to - from, stop - start);
  for (let i = 0; i < shorter; i++) {
    const a = bytes[from + i]!;
    const b = bytes[start + i]!;
    if (a === b) continue;
    // The one place where the two orders differ: surrogates (U+10000 and above, 0xF0…) come before U+E000 to U+FFFF (0xEE, 0xEF).
    return a >= 0xee && b >= 0xee && a >= 0xf0 !== b >= 0xf0 ? a > b : a < b;
  }
  return to - from < stop - start;
}

const decoder = /* @__PURE__ */ new TextDecoder('utf-8', { ignoreBOM: true });

/** As `isBefore`, where an escape stands for a character: compares the characters. */
function isBeforeDecoded(bytes: Uint8Array, from: number, to: number, start: number, stop: number): boolean {
  return readString(bytes, from, to) < readString(bytes, start, stop);
}

function readString(bytes: Uint8Array, from: number, to: number): string {
  return JSON.parse(decoder.decode(bytes.subarray(from - 1, to + 1))) as string;
}

function isProto(bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < 9; i++) if (bytes[at + i] !== '__proto__'.charCodeAt(i)) return false;
  return true;
}
