import type { Buffer } from 'node:buffer';

const BACKSLASH = 0x5c;

/**
 * Undoes the escapes of COPY's text format in place: a backslash before a backslash, and letters for control characters.
 *
 * No record holds a control character. A line feed inside a row becomes NUL, which no text of PostgreSQL holds: the row stays one line, and its
 * hash cannot be that of anything that was stored.
 *
 * @returns the length of what is left
 * @see PostgreSQL documentation, COPY, "Text Format"
 * @example length = unescapeText(buffer, length)
 */
export function unescapeText(bytes: Buffer, length: number): number {
  let from = bytes.indexOf(BACKSLASH);
  if (from < 0 || from >= length) return length;
  let to = from;
  while (from < length) {
    const next = bytes[from + 1]!;
    bytes[to++] = next === 0x6e ? 0 : (CONTROLS[next] ?? next);
    from += 2;
    const end = bytes.indexOf(BACKSLASH, from);
    const stop = end < 0 || end > length ? length : end;
    bytes.copyWithin(to, from, stop);
    to += stop - from;
    from = stop;
  }
  return to;
}

/** b, f, r, t, v. */
const CONTROLS: { readonly [letter: number]: number } = { 0x62: 8, 0x66: 12, 0x72: 13, 0x74: 9, 0x76: 11 };
