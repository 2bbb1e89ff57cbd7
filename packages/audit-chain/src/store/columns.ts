/** The value of a bytea column, as every driver gives it; never a Buffer, whose `slice` would share its memory. */
export function bytes(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return new Uint8Array(value.buffer, value.byteOffset, value.length);
  throw new TypeError('the database driver did not return bytes for a bytea column');
}
