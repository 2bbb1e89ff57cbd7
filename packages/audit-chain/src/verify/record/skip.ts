/**
 * Skips one value of JSON that is known to be canonical.
 *
 * @param view over the same bytes
 * @param at offset of its first byte
 * @param limit offset behind which nothing is looked at
 * @returns the offset after its last byte
 */
export function valueEnd(bytes: Uint8Array, view: DataView, at: number, limit: number): number {
  if (bytes[at] === 0x22) return stringEnd(bytes, view, at + 1, limit) + 1;
  for (let depth = 0; at < limit; at++) {
    const byte = bytes[at]!;
    if (byte === 0x22) at = stringEnd(bytes, view, at + 1, limit);
    else if (byte === 0x7b || byte === 0x5b) depth++;
    else if ((byte === 0x7d || byte === 0x5d) && --depth <= 0) return depth < 0 ? at : at + 1;
    else if (byte === 0x2c && depth === 0) return at;
  }
  return at;
}

/**
 * Finds the closing quote of a string, four bytes at a time: most of a record is text.
 *
 * @param at offset after the opening quote
 */
export function stringEnd(bytes: Uint8Array, view: DataView, at: number, limit: number): number {
  while (at < limit) {
    if (at + 4 <= limit) {
      const word = view.getInt32(at, true);
      const quote = word ^ 0x22222222;
      const backslash = word ^ 0x5c5c5c5c;
      // The high bit of a byte is set where it is " or \ (and maybe above such a one, which is why the lowest is taken).
      const special = (((quote - 0x01010101) & ~quote) | ((backslash - 0x01010101) & ~backslash)) & 0x80808080;
      if (special === 0) {
        at += 4;
        continue;
      }
      at += (31 - Math.clz32(special & -special)) >> 3;
    }
    if (bytes[at] === 0x22) return at;
    at += bytes[at] === 0x5c ? 2 : 1;
  }
  return at;
}

/**
 * UTF-8 length of the text that a canonical string literal writes; an escape (`\n`, `\u001f`) stands for one byte.
 *
 * @param start offset after the opening quote
 * @param end offset of the closing quote
 */
export function stringLength(bytes: Uint8Array, start: number, end: number): number {
  // Longer literals are no shorter texts: six bytes at most write one.
  if (end - start > 6 * 200) return end - start;
  let length = 0;
  for (let at = start; at < end; length++) at += bytes[at] !== 0x5c ? 1 : bytes[at + 1] === 0x75 ? 6 : 2;
  return length;
}
