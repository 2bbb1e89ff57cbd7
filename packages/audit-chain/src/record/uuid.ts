const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Tells whether text is a lower-case UUID of 36 characters (RFC 9562 §4), of any version. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

const HEX = /* @__PURE__ */ Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

function format(bytes: Uint8Array, version: number): string {
  bytes[6] = (bytes[6]! & 0x0f) | (version << 4);
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  let text = '';
  for (let i = 0; i < 16; i++) text += (i === 4 || i === 6 || i === 8 || i === 10 ? '-' : '') + HEX[bytes[i]!];
  return text;
}

// Random bytes are drawn for many ids at once: one call to the system costs more than the id.
const pool = /* @__PURE__ */ new Uint8Array(1024);
let left = 0;

function random10(): Uint8Array {
  if (left < 10) {
    crypto.getRandomValues(pool);
    left = pool.length;
  }
  left -= 10;
  return pool.subarray(left, left + 10);
}

/**
 * Makes a UUID version 7 (RFC 9562 §5.7): milliseconds, then 74 random bits.
 *
 * @param now milliseconds since 1970
 * @example uuidV7(Date.now())
 */
export function uuidV7(now: number): string {
  const bytes = new Uint8Array(16);
  let milliseconds = now;
  for (let i = 5; i >= 0; i--) {
    bytes[i] = milliseconds % 256;
    milliseconds = Math.floor(milliseconds / 256);
  }
  bytes.set(random10(), 6);
  return format(bytes, 7);
}

/**
 * The same as `uuidV8`, from a digest in hex: at a third of the cost.
 *
 * @param digest 32 hex digits or more, lower-case
 */
export function uuidV8OfHex(digest: string): string {
  const variant = '89ab'[Number.parseInt(digest[16]!, 16) % 4]!;
  return `${digest.slice(0, 8)}-${digest.slice(8, 12)}-8${digest.slice(13, 16)}-${variant}${digest.slice(17, 20)}-${digest.slice(20, 32)}`;
}

/**
 * Makes a UUID version 8 (RFC 9562 §5.8) from the first 16 bytes of a digest.
 *
 * @param digest 16 bytes or more
 * @example uuidV8(sha256(bytes))
 */
export function uuidV8(digest: Uint8Array): string {
  return format(digest.slice(0, 16), 8);
}
