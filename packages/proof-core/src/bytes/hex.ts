import { ProofError } from '../errors.ts';

const HEX = /* @__PURE__ */ Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/**
 * Writes bytes as lower-case hexadecimal.
 *
 * @param bytes any length
 * @returns two characters a byte
 * @example hexEncode(Uint8Array.of(0, 255)) // '00ff'
 */
export function hexEncode(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += HEX[byte];
  return text;
}

function digit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  if (code >= 97 && code <= 102) return code - 87;
  return -1;
}

/**
 * Reads lower-case hexadecimal, strictly: no upper case, no spaces, no odd length.
 *
 * @param text the digits
 * @param length how many bytes are expected; any when absent
 * @param field what to call the text in an error
 * @throws ProofError ERR_HEX
 * @example hexDecode('00ff', 2) // Uint8Array [0, 255]
 */
export function hexDecode(text: string, length?: number, field = 'hex'): Uint8Array {
  const expected = length === undefined ? 'an even number of lower-case hex digits' : `${length * 2} lower-case hex digits`;
  if (text.length % 2 !== 0 || (length !== undefined && text.length !== length * 2)) {
    throw new ProofError('ERR_HEX', `${field}: expected ${expected}, got ${text.length} characters`, {
      field,
      expected,
      actual: text.length,
    });
  }
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) {
    const high = digit(text.charCodeAt(2 * i));
    const low = digit(text.charCodeAt(2 * i + 1));
    if (high < 0 || low < 0) {
      throw new ProofError('ERR_HEX', `${field}: expected ${expected}, got another character at ${2 * i}`, {
        field,
        expected,
        actual: `a character at ${2 * i}`,
      });
    }
    bytes[i] = high * 16 + low;
  }
  return bytes;
}
