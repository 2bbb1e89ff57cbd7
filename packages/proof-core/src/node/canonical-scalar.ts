import { isJsonNumber } from '../json/number.ts';
import { NO_ROOM, type Target, UNUSUAL } from './canonical-target.ts';

/** Above this many characters a native scan and copy cost less than a loop here. */
const LONG = 64;
// oxlint-disable-next-line no-control-regex -- control characters are what must be escaped
const SPECIAL = /["\\\u0000-\u001f\ud800-\udfff]/;

/** The letter of each short escape (RFC 8785 §3.2.2.2), by character code; 0 where there is none. */
const SHORT_ESCAPE: Uint8Array = /* @__PURE__ */ (() => {
  const letters = new Uint8Array(128);
  letters.set([0x62, 0x74, 0x6e, 0, 0x66, 0x72], 8);
  letters[0x22] = 0x22;
  letters[0x5c] = 0x5c;
  return letters;
})();

/**
 * Writes a quoted string; gives the offset after it, `NO_ROOM`, or `UNUSUAL` for a lone surrogate.
 *
 * @internal
 */
export function writeString(text: string, target: Target, at: number): number {
  const length = text.length;
  const { bytes } = target;
  if (length > LONG) return writeLong(text, target, at);
  // Six bytes a character at most (\u0000), two quotes, and three that a last word of four may touch.
  if (at + length * 6 + 8 > target.size) return NO_ROOM;
  const { view } = target;
  bytes[at++] = 0x22;
  let i = 0;
  for (; i + 3 < length; i += 4) {
    const a = text.charCodeAt(i);
    const b = text.charCodeAt(i + 1);
    const c = text.charCodeAt(i + 2);
    const d = text.charCodeAt(i + 3);
    if ((a | b | c | d) > 127) break;
    const word = a | (b << 8) | (c << 16) | (d << 24);
    if (hasSpecial(word)) break;
    view.setInt32(at, word, true);
    at += 4;
  }
  at = writeCharacters(text, i, bytes, at);
  if (at >= 0) bytes[at++] = 0x22;
  return at;
}

function writeLong(text: string, target: Target, at: number): number {
  const { length } = text;
  const { bytes } = target;
  if (at + length * 3 + 8 > target.size) return NO_ROOM;
  bytes[at++] = 0x22;
  let end = at + bytes.write(text, at, 'utf8');
  // As many bytes as units: all ASCII. What then needs no escape, and what has none of the units that need care, is written already.
  if (!(end === at + length && isPlain(target.view, at, end)) && SPECIAL.test(text)) {
    if (at + length * 6 + 8 > target.size) return NO_ROOM;
    end = writeCharacters(text, 0, bytes, at);
  }
  if (end >= 0) bytes[end++] = 0x22;
  return end;
}

/** Whether no byte in [at, end) needs an escape; up to three bytes after `end` are looked at too, and must be harmless by then. */
function isPlain(view: DataView, at: number, end: number): boolean {
  view.setInt32(end, 0x20202020);
  for (; at < end; at += 4) if (hasSpecial(view.getInt32(at, true))) return false;
  return true;
}

/** Whether one of the four bytes, none above 0x7f, needs an escape: a high bit is set where it is below 0x20, or equal to " or \. */
function hasSpecial(word: number): boolean {
  const quote = word ^ 0x22222222;
  const backslash = word ^ 0x5c5c5c5c;
  const special = ((word - 0x20202020) & ~word) | ((quote - 0x01010101) & ~quote) | ((backslash - 0x01010101) & ~backslash);
  return (special & 0x80808080) !== 0;
}

/** Writes text from index `i` on, escaped where RFC 8785 §3.2.2.2 says so, as UTF-8. */
function writeCharacters(text: string, i: number, bytes: Uint8Array, at: number): number {
  for (; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) {
      if (unit >= 0x20 && unit !== 0x22 && unit !== 0x5c) bytes[at++] = unit;
      else at = writeEscape(unit, bytes, at);
    } else if (unit < 0x800) {
      bytes[at++] = 0xc0 | (unit >> 6);
      bytes[at++] = 0x80 | (unit & 63);
    } else if (unit < 0xd800 || unit > 0xdfff) {
      bytes[at++] = 0xe0 | (unit >> 12);
      bytes[at++] = 0x80 | ((unit >> 6) & 63);
      bytes[at++] = 0x80 | (unit & 63);
    } else {
      const next = text.charCodeAt(++i);
      if (unit > 0xdbff || !(next >= 0xdc00 && next <= 0xdfff)) return UNUSUAL;
      const point = 0x10000 + ((unit & 0x3ff) << 10) + (next & 0x3ff);
      bytes[at++] = 0xf0 | (point >> 18);
      bytes[at++] = 0x80 | ((point >> 12) & 63);
      bytes[at++] = 0x80 | ((point >> 6) & 63);
      bytes[at++] = 0x80 | (point & 63);
    }
  }
  return at;
}

function writeEscape(unit: number, bytes: Uint8Array, at: number): number {
  bytes[at++] = 0x5c;
  const letter = SHORT_ESCAPE[unit]!;
  if (letter !== 0) {
    bytes[at++] = letter;
    return at;
  }
  const low = unit & 15;
  bytes[at++] = 0x75;
  bytes[at++] = 0x30;
  bytes[at++] = 0x30;
  bytes[at++] = 0x30 + (unit >> 4);
  bytes[at++] = low < 10 ? 0x30 + low : 0x57 + low;
  return at;
}

/**
 * Writes a number as `formatNumber` does; gives the offset after it, `NO_ROOM`, or `UNUSUAL` for one that is refused.
 *
 * @internal
 */
export function writeNumber(value: number, target: Target, at: number): number {
  if (at + 32 > target.size) return NO_ROOM;
  const { bytes } = target;
  if ((value | 0) === value && value >= 0) return writeInteger(value, bytes, at);
  const hundredths = Math.round(value * 100);
  // Division rounds correctly, so the double is the one nearest to this decimal; with so few digits the decimal is then its shortest form.
  if (hundredths / 100 === value && hundredths > 0 && hundredths < 0x7fffffff) return writeHundredths(hundredths, bytes, at);
  if (!isJsonNumber(value)) return UNUSUAL;
  const text = String(value);
  for (let i = 0; i < text.length; i++) bytes[at++] = text.charCodeAt(i);
  return at;
}

function writeHundredths(value: number, bytes: Uint8Array, at: number): number {
  const whole = (value / 100) | 0;
  const part = value - whole * 100;
  at = writeInteger(whole, bytes, at);
  if (part === 0) return at;
  const tenths = (part / 10) | 0;
  bytes[at++] = 0x2e;
  bytes[at++] = 0x30 + tenths;
  if (part !== tenths * 10) bytes[at++] = 0x30 + part - tenths * 10;
  return at;
}

/** Writes an integer in [0, 2^31). */
function writeInteger(value: number, bytes: Uint8Array, at: number): number {
  if (value < 10) {
    bytes[at] = 0x30 + value;
    return at + 1;
  }
  let digits = 2;
  for (let power = 100; power <= value; power *= 10) digits++;
  const end = at + digits;
  for (let i = end - 1; i > at; i--) {
    const rest = (value / 10) | 0;
    bytes[i] = 0x30 + value - rest * 10;
    value = rest;
  }
  bytes[at] = 0x30 + value;
  return end;
}
