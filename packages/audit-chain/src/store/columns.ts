/** The value of a bytea column, as every driver gives it. */
export function bytes(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new TypeError('the database driver did not return bytes for a bytea column');
}
