// Slicing by 8: eight tables of 256 words, so that eight bytes cost one step (RFC 1952 §8 gives the polynomial).
const TABLES = /* @__PURE__ */ ((): Uint32Array => {
  const tables = new Uint32Array(8 * 256);
  for (let i = 0; i < 256; i++) {
    let word = i;
    for (let bit = 0; bit < 8; bit++) word = word & 1 ? (word >>> 1) ^ 0xedb88320 : word >>> 1;
    tables[i] = word;
  }
  for (let i = 256; i < tables.length; i++) {
    const below = tables[i - 256]!;
    tables[i] = (below >>> 8) ^ tables[below & 255]!;
  }
  return tables;
})();

/**
 * The CRC-32 of bytes, as gzip members carry it (RFC 1952 §8). It finds accidents, not attacks.
 *
 * @returns an unsigned 32-bit number
 * @example crc32(utf8Encode('123456789')) // 0xcbf43926
 */
export function crc32(bytes: Uint8Array): number {
  const t = TABLES;
  let crc = 0xffffffff;
  let at = 0;
  for (const end = bytes.length - 7; at < end; at += 8) {
    const low = crc ^ (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24));
    crc =
      t[1792 + (low & 255)]! ^
      t[1536 + ((low >>> 8) & 255)]! ^
      t[1280 + ((low >>> 16) & 255)]! ^
      t[1024 + (low >>> 24)]! ^
      t[768 + bytes[at + 4]!]! ^
      t[512 + bytes[at + 5]!]! ^
      t[256 + bytes[at + 6]!]! ^
      t[bytes[at + 7]!]!;
  }
  for (; at < bytes.length; at++) crc = (crc >>> 8) ^ t[(crc ^ bytes[at]!) & 255]!;
  return (crc ^ 0xffffffff) >>> 0;
}
