import { ProofError } from '../errors.ts';
import { isJsonNumber } from './number.ts';

/**
 * Raises the error for a defect at offset `at` of the whole buffer; it shows where, never what.
 *
 * @internal
 */
export function fail(at: number, expected: string): never {
  const actual = `something else at byte ${at - origin}`;
  throw new ProofError('ERR_NOT_CANONICAL', `expected ${expected}, got ${actual}`, { expected, actual });
}

let origin = 0;

/**
 * Sets what errors count offsets from.
 *
 * @internal
 */
export function countFrom(start: number): void {
  origin = start;
}

/** What the last `checkString` met: an escape, so that the order of its bytes is not the order of its characters. */
export let escaped = false;

/**
 * From after the opening quote; gives the offset of the closing one. Four bytes at a time: most of a record is text.
 *
 * @internal
 */
export function checkString(bytes: Uint8Array, view: DataView, at: number, end: number): number {
  escaped = false;
  for (;;) {
    if (at + 4 <= end) {
      const word = view.getInt32(at, true);
      // With this bit turned, what is below 0x20 stays so, and of all others only " gets below 0x21.
      const low = word ^ 0x02020202;
      const backslash = word ^ 0x5c5c5c5c;
      // A high bit is set where a byte is a control character, " or \; the lowest one set is exact.
      const special = (((low - 0x21212121) & ~low) | ((backslash - 0x01010101) & ~backslash)) & 0x80808080;
      if (special === 0) {
        at += 4;
        continue;
      }
      at += (31 - Math.clz32(special & -special)) >> 3;
    } else if (at >= end) fail(at, 'a closing quote');
    const byte = bytes[at]!;
    if (byte === 0x22) return at;
    if (byte === 0x5c) at = checkEscape(bytes, at, end);
    else if (byte < 0x20) fail(at, 'control characters to be escaped');
    else at++;
  }
}

/** RFC 8785 §3.2.2.2: seven short escapes, lower-case \u00xx for the other controls, and no other. Gives the offset after the escape. */
function checkEscape(bytes: Uint8Array, at: number, end: number): number {
  escaped = true;
  const letter = at + 1 < end ? bytes[at + 1]! : 0;
  if (letter === 0x22 || letter === 0x5c || SHORT.includes(letter)) return at + 2;
  if (letter === 0x75 && at + 6 <= end && bytes[at + 2] === 0x30 && bytes[at + 3] === 0x30) {
    const high = bytes[at + 4]! - 0x30;
    const low = hexDigit(bytes[at + 5]!);
    const short = high === 0 && low >= 8 && low <= 13 && low !== 11;
    if ((high === 0 || high === 1) && low >= 0 && !short) return at + 6;
  }
  return fail(at, 'the escape that RFC 8785 has for the character, if any');
}

/** b, t, n, f, r. */
const SHORT: readonly number[] = [0x62, 0x74, 0x6e, 0x66, 0x72];

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  return byte >= 0x61 && byte <= 0x66 ? byte - 0x57 : -1;
}

/**
 * From the first byte of what must be a number; gives the offset after it.
 *
 * Up to 15 digits no two decimals share a double, so such a decimal without superfluous zeros is the shortest form of its double and needs no
 * conversion; anything else makes the round trip through `Number`.
 *
 * @internal
 */
export function checkNumber(bytes: Uint8Array, at: number, end: number): number {
  const start = at;
  const negative = bytes[at] === 0x2d;
  if (negative) at++;
  const first = at;
  at = skipDigits(bytes, at, end);
  const digits = at - first;
  if (digits === 0) fail(start, 'a value');
  const zero = bytes[first] === 0x30;
  const byte = at < end ? bytes[at] : 0;
  if (byte !== 0x2e && byte !== 0x65) {
    if (digits <= 15 && (!zero || (digits === 1 && !negative))) return at;
  } else if (byte === 0x2e && (!zero || digits === 1)) {
    const point = at;
    at = skipDigits(bytes, at + 1, end);
    const decimals = at - point - 1;
    const exponent = at < end && bytes[at] === 0x65;
    // ECMAScript writes a magnitude below 10^-6 with an exponent.
    if (!exponent && decimals > 0 && digits + decimals <= 15 && bytes[at - 1] !== 0x30 && (!zero || decimals <= 6)) return at;
  }
  return checkRoundTrip(bytes, start, end);
}

function skipDigits(bytes: Uint8Array, at: number, end: number): number {
  for (; at < end; at++) {
    const byte = bytes[at]!;
    if (byte < 0x30 || byte > 0x39) break;
  }
  return at;
}

function checkRoundTrip(bytes: Uint8Array, start: number, end: number): number {
  let token = '';
  let at = start;
  // No canonical number is longer than 25 characters (-1.2345678901234567e-300 has 24).
  for (; at < end && at - start <= 25; at++) {
    const letter = String.fromCharCode(bytes[at]!);
    if (!'0123456789+-.e'.includes(letter)) break;
    token += letter;
  }
  const value = Number(token);
  if (String(value) !== token) fail(start, "ECMAScript's form of the number");
  if (!isJsonNumber(value)) fail(start, 'integers within ±(2^53−1)');
  return at;
}
