/** ASCII text as bytes. @internal */
export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

/** Bytes known to be ASCII as text. @internal */
export function textAt(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i]!);
  return text;
}

/** Tells whether the bytes at `at` are these. @internal */
export function matches(bytes: Uint8Array, at: number, wanted: Uint8Array): boolean {
  for (let i = 0; i < wanted.length; i++) if (bytes[at + i] !== wanted[i]) return false;
  return true;
}

const NOT_HEX = /* @__PURE__ */ Uint8Array.from({ length: 256 }, (_, byte) =>
  (byte >= 48 && byte <= 57) || (byte >= 97 && byte <= 102) ? 0 : 1,
);

/**
 * Tells whether the 64 bytes at `at` are lower-case hex digits.
 *
 * A table, because digits and letters come in no order that a processor could guess; four at a time, because records are many.
 *
 * @internal
 */
export function isHashAt(bytes: Uint8Array, at: number): boolean {
  let other = 0;
  for (let i = at; i < at + 64; i += 4) {
    other |= NOT_HEX[bytes[i]!]! | NOT_HEX[bytes[i + 1]!]! | NOT_HEX[bytes[i + 2]!]! | NOT_HEX[bytes[i + 3]!]!;
  }
  return other === 0;
}
