/**
 * The buffer, or a larger one with what is in use of it: it doubles, so that what grows piece by piece is copied a few times only.
 *
 * @param used bytes at its start that are kept
 * @param length bytes that are needed
 * @param most bytes up to which it doubles; beyond, it is as long as needed
 * @example buffer = withRoom(buffer, used, used + piece.length);
 */
export function withRoom(buffer: Uint8Array, used: number, length: number, most: number = Number.POSITIVE_INFINITY): Uint8Array {
  if (length <= buffer.length) return buffer;
  const grown = new Uint8Array(Math.max(length, Math.min(2 * buffer.length, most)));
  grown.set(buffer.subarray(0, used));
  return grown;
}
