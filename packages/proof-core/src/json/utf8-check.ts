const decoder = /* @__PURE__ */ new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Tells whether bytes[start, end) are valid UTF-8 (RFC 3629): the portable engine's `isUtf8`.
 *
 * @param bytes what holds the text
 * @param start offset of its first byte
 * @param end offset behind its last byte
 * @example isUtf8(Uint8Array.of(0xc0, 0x80), 0, 2) // false
 */
export function isUtf8(bytes: Uint8Array, start: number, end: number): boolean {
  try {
    decoder.decode(bytes.subarray(start, end));
    return true;
  } catch {
    return false;
  }
}
