import { ProofError } from '../errors.ts';

const encoder = /* @__PURE__ */ new TextEncoder();
// ignoreBOM: the default would drop a leading U+FEFF, so that two byte strings gave one text.
const decoder = /* @__PURE__ */ new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Writes text as UTF-8; text that is not well-formed Unicode is refused, never replaced by U+FFFD.
 *
 * @param text any length
 * @param field what to call the text in an error
 * @throws ProofError ERR_UTF8
 * @example utf8Encode('é') // Uint8Array [195, 169]
 */
export function utf8Encode(text: string, field = 'text'): Uint8Array<ArrayBuffer> {
  if (!isWellFormed(text)) {
    throw new ProofError('ERR_UTF8', `${field}: expected well-formed Unicode, got a lone surrogate`, {
      field,
      expected: 'well-formed Unicode',
      actual: 'a lone surrogate',
    });
  }
  return encoder.encode(text);
}

/**
 * Reads UTF-8, strictly; a byte order mark is kept as the character it is.
 *
 * @param bytes any number of them
 * @param field what to call the bytes in an error
 * @throws ProofError ERR_UTF8
 * @example utf8Decode(Uint8Array.of(195, 169)) // 'é'
 */
export function utf8Decode(bytes: Uint8Array, field = 'bytes'): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new ProofError('ERR_UTF8', `${field}: expected valid UTF-8`, {
      field,
      expected: 'valid UTF-8',
      actual: `${bytes.length} bytes`,
      cause,
    });
  }
}

/**
 * Tells whether text is well-formed Unicode: no lone surrogate.
 *
 * @param text UTF-16, as strings are
 * @example isWellFormed('\ud800') // false
 */
export function isWellFormed(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0xd800 || unit > 0xdfff) continue;
    const next = text.charCodeAt(i + 1);
    if (unit > 0xdbff || !(next >= 0xdc00 && next <= 0xdfff)) return false;
    i++;
  }
  return true;
}
