const NIBBLES = /* @__PURE__ */ ((): Int16Array => {
  const values = new Int16Array(256).fill(-1);
  for (let i = 0; i < 10; i++) values[48 + i] = i;
  for (let i = 0; i < 6; i++) values[97 + i] = 10 + i;
  return values;
})();

/**
 * Tells whether the 64 lower-case hex digits at `hexAt` write the 32 bytes at `hashAt`, without making a string of either.
 *
 * @example hexEquals(line, prevAt, hashes, 0)
 */
export function hexEquals(text: Uint8Array, hexAt: number, hash: Uint8Array, hashAt: number): boolean {
  for (let i = 0; i < 32; i++) {
    const value = NIBBLES[text[hexAt + 2 * i]!]! * 16 + NIBBLES[text[hexAt + 2 * i + 1]!]!;
    if (value !== hash[hashAt + i]) return false;
  }
  return true;
}

/**
 * Compares two stretches of bytes as text of one length.
 *
 * @returns negative, 0 or positive, as the first sorts before, with or after the second
 * @example compareAt(line, timeAt, last, 0, 24) < 0
 */
export function compareAt(a: Uint8Array, aAt: number, b: Uint8Array, bAt: number, length: number): number {
  for (let i = 0; i < length; i++) {
    const difference = a[aAt + i]! - b[bAt + i]!;
    if (difference !== 0) return difference;
  }
  return 0;
}
