import { ProofError } from '../errors.ts';
import { defaultEngine } from '../engine/default.ts';
import type { Engine } from '../engine/engine.ts';
import { isJsonNumber } from './number.ts';
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
  if (!engine.isUtf8(bytes, start, end)) throw notCanonical('valid UTF-8', 'bytes that are not');
  checkCanonicalForm(bytes, start, end);
}

/**
 * Tells whether bytes[start, end) are one value in canonical form; see `checkCanonical`.
 *
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

/**
 * As `checkCanonical`, for bytes already known to be valid UTF-8: many records of one large buffer whose UTF-8 was checked once.
 *
 * @throws ProofError ERR_NOT_CANONICAL with the offset of the first defect, counted from `start`
 */
export function checkCanonicalForm(bytes: Uint8Array, start: number, end: number): void {
  if (!(start >= 0 && start <= end && end <= bytes.length)) throw new RangeError(`[${start}, ${end}) is not within ${bytes.length} bytes`);
  origin = start;
  limit = end;
  const after = checkValue(bytes, start, 0);
  if (after !== end) fail(after, 'nothing after the value');
}

// Set for the time of one check; parameters would cost each of the many calls.
let origin = 0;
let limit = 0;

function notCanonical(expected: string, actual: string): ProofError {
  return new ProofError('ERR_NOT_CANONICAL', `expected ${expected}, got ${actual}`, { expected, actual });
}

function fail(at: number, expected: string): never {
  throw notCanonical(expected, at >= limit ? 'the end' : `something else at byte ${at - origin}`);
}

function checkValue(bytes: Uint8Array, at: number, depth: number): number {
  if (at >= limit) fail(at, 'a value');
  switch (bytes[at]) {
    case 0x22:
      return checkString(bytes, at + 1) + 1;
    case 0x7b:
      return checkObject(bytes, at, depth + 1);
    case 0x5b:
      return checkArray(bytes, at, depth + 1);
    case 0x74:
      return checkWord(bytes, at, 'true');
    case 0x66:
      return checkWord(bytes, at, 'false');
    case 0x6e:
      return checkWord(bytes, at, 'null');
    default:
      return checkNumber(bytes, at);
  }
}

function checkWord(bytes: Uint8Array, at: number, word: string): number {
  for (let i = 0; i < word.length; i++) if (at + i >= limit || bytes[at + i] !== word.charCodeAt(i)) fail(at + i, word);
  return at + word.length;
}

function checkArray(bytes: Uint8Array, at: number, depth: number): number {
  if (depth > MAX_DEPTH) fail(at, `at most ${MAX_DEPTH} levels`);
  at++;
  if (at < limit && bytes[at] === 0x5d) return at + 1;
  for (;;) {
    at = checkValue(bytes, at, depth);
    const next = at < limit ? bytes[at] : 0;
    if (next === 0x5d) return at + 1;
    if (next !== 0x2c) fail(at, ', or ]');
    at++;
  }
}

function checkObject(bytes: Uint8Array, at: number, depth: number): number {
  if (depth > MAX_DEPTH) fail(at, `at most ${MAX_DEPTH} levels`);
  at++;
  if (at < limit && bytes[at] === 0x7d) return at + 1;
  let before = '';
  for (let first = true; ; first = false) {
    if (at >= limit || bytes[at] !== 0x22) fail(at, 'a key');
    const end = checkString(bytes, at + 1);
    const key = JSON.parse(decoder.decode(bytes.subarray(at, end + 1))) as string;
    if (!first && !(before < key)) fail(at, 'keys in order, each once');
    if (key === '__proto__') fail(at, 'another key than __proto__');
    before = key;
    if (end + 1 >= limit || bytes[end + 1] !== 0x3a) fail(end + 1, ':');
    at = checkValue(bytes, end + 2, depth);
    const next = at < limit ? bytes[at] : 0;
    if (next === 0x7d) return at + 1;
    if (next !== 0x2c) fail(at, ', or }');
    at++;
  }
}

const decoder = /* @__PURE__ */ new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** From after the opening quote; gives the offset of the closing one. */
function checkString(bytes: Uint8Array, at: number): number {
  for (; at < limit; at++) {
    const byte = bytes[at]!;
    if (byte === 0x22) return at;
    if (byte < 0x20) fail(at, 'no unescaped control character');
    if (byte === 0x5c) at = checkEscape(bytes, at);
  }
  return fail(at, 'a closing quote');
}

/** RFC 8785 §3.2.2.2: the seven short escapes, lower-case \u00xx for other controls, and no other escape. Gives the escape's last offset. */
function checkEscape(bytes: Uint8Array, at: number): number {
  const letter = at + 1 < limit ? String.fromCharCode(bytes[at + 1]!) : '';
  if (letter !== '' && 'btnfr"\\'.includes(letter)) return at + 1;
  if (letter === 'u' && at + 5 < limit && bytes[at + 2] === 0x30 && bytes[at + 3] === 0x30 && (bytes[at + 4] === 0x30 || bytes[at + 4] === 0x31)) {
    const low = '0123456789abcdef'.indexOf(String.fromCharCode(bytes[at + 5]!));
    const code = (bytes[at + 4]! - 0x30) * 16 + low;
    if (low >= 0 && !(code >= 8 && code <= 13 && code !== 11)) return at + 5;
  }
  return fail(at, 'the one escape that RFC 8785 has for the character');
}

function checkNumber(bytes: Uint8Array, at: number): number {
  let token = '';
  let end = at;
  // No canonical number is longer than 25 characters.
  for (; end < limit && end < at + 32; end++) {
    const letter = String.fromCharCode(bytes[end]!);
    if (!'0123456789+-.e'.includes(letter)) break;
    token += letter;
  }
  if (token === '') fail(at, 'a value');
  const value = Number(token);
  if (!isJsonNumber(value) || String(value) !== token) fail(at, 'a number in canonical form, integers within ±(2^53−1)');
  return end;
}
