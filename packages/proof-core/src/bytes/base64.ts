import { ProofError } from '../errors.ts';

const STANDARD = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const URL_SAFE = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

function table(alphabet: string): Int8Array {
  const values = new Int8Array(128).fill(-1);
  for (let i = 0; i < 64; i++) values[alphabet.charCodeAt(i)] = i;
  return values;
}
const STANDARD_VALUES = /* @__PURE__ */ table(STANDARD);
const URL_SAFE_VALUES = /* @__PURE__ */ table(URL_SAFE);

function encode(bytes: Uint8Array, alphabet: string, pad: boolean): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const word = (bytes[i]! << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    text += alphabet[word >> 18]! + alphabet[(word >> 12) & 63]!;
    text += left > 1 ? alphabet[(word >> 6) & 63]! : pad ? '=' : '';
    text += left > 2 ? alphabet[word & 63]! : pad ? '=' : '';
  }
  return text;
}

function decode(text: string, values: Int8Array, padded: boolean, field: string): Uint8Array {
  const refuse = (expected: string): never => {
    throw new ProofError('ERR_BASE64', `${field}: expected ${expected}`, { field, expected, actual: `${text.length} characters` });
  };
  let length = text.length;
  if (padded) {
    if (length % 4 !== 0) refuse('base64 padded to a multiple of 4 characters');
    if (text.endsWith('==')) length -= 2;
    else if (text.endsWith('=')) length -= 1;
  }
  if (length % 4 === 1) refuse('a base64 length that whole bytes can have');
  const bytes = new Uint8Array(Math.floor((length * 3) / 4));
  let word = 0;
  let bits = 0;
  let at = 0;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    const value = code < 128 ? values[code]! : -1;
    if (value < 0) refuse(`a base64 character at ${i}`);
    word = ((word << 6) | value) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = (word >> bits) & 255;
    }
  }
  // RFC 4648 §3.5: unused bits must be zero, or several texts would stand for one value.
  if ((word & ((1 << bits) - 1)) !== 0) refuse('zero bits after the last byte');
  return bytes;
}

/**
 * Writes bytes as padded standard base64 (RFC 4648 §4).
 *
 * @param bytes any number of them
 * @example base64Encode(Uint8Array.of(255)) // '/w=='
 */
export function base64Encode(bytes: Uint8Array): string {
  return encode(bytes, STANDARD, true);
}

/**
 * Reads padded standard base64 (RFC 4648 §4), strictly: exact padding, zero trailing bits, no other character.
 *
 * @param text `A-Z a-z 0-9 + / =`; anything else is refused
 * @param field what to call the text in an error
 * @throws ProofError ERR_BASE64
 * @example base64Decode('/w==') // Uint8Array [255]
 */
export function base64Decode(text: string, field = 'base64'): Uint8Array {
  return decode(text, STANDARD_VALUES, true, field);
}

/**
 * Writes bytes as unpadded URL-safe base64 (RFC 4648 §5, as RFC 7515 uses it).
 *
 * @param bytes any number of them
 * @example base64urlEncode(Uint8Array.of(255)) // '_w'
 */
export function base64urlEncode(bytes: Uint8Array): string {
  return encode(bytes, URL_SAFE, false);
}

/**
 * Reads unpadded URL-safe base64 (RFC 4648 §5), strictly.
 *
 * @param text `A-Z a-z 0-9 - _`; anything else is refused
 * @param field what to call the text in an error
 * @throws ProofError ERR_BASE64
 * @example base64urlDecode('_w') // Uint8Array [255]
 */
export function base64urlDecode(text: string, field = 'base64url'): Uint8Array {
  return decode(text, URL_SAFE_VALUES, false, field);
}
