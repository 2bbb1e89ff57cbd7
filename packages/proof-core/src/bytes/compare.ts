/**
 * Tells whether two byte strings are equal; takes the same time wherever they differ, so it may compare secrets.
 *
 * @param a one byte string
 * @param b the other; another length is unequal at once
 * @example equalBytes(Uint8Array.of(1), Uint8Array.of(1)) // true
 */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a[i]! ^ b[i]!;
  return difference === 0;
}

/**
 * Joins byte strings into a new one.
 *
 * @param parts byte strings in their order
 * @example concatBytes(Uint8Array.of(1), Uint8Array.of(2)) // Uint8Array [1, 2]
 */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
