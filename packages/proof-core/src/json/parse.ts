import { utf8Decode } from '../bytes/utf8.ts';
import { ProofError } from '../errors.ts';
import { checkCanonical } from './check.ts';
import { Reader } from './reader.ts';
import type { JsonValue } from './value.ts';

/**
 * Reads JSON text (RFC 8259) from outside, strictly: any white space and any spelling of a number, but nothing that two readers could take for
 * two different values.
 *
 * @param bytes UTF-8, one value, without a byte order mark
 * @param field what to call the text in an error
 * @returns plain objects and arrays, strings that are well-formed Unicode; `-0` as 0
 * @throws ProofError ERR_UTF8, ERR_JSON_SYNTAX, ERR_JSON_DEPTH (more than 64 levels), ERR_JSON_KEY (twice, or `__proto__`), ERR_JSON_NUMBER (not
 *   equal to its double, or an integer beyond ±(2^53−1)), ERR_JSON_STRING (a lone surrogate); all but ERR_UTF8 with the offset in bytes
 * @see RFC 8259; RFC 7493; docs/spec/canonical-json.md
 * @example parseJson(utf8Encode('{"a": 1.0}')) // { a: 1 }
 */
export function parseJson(bytes: Uint8Array, field = 'json'): JsonValue {
  return new Reader(utf8Decode(bytes, field), field).read();
}

/**
 * Checks that bytes are canonical JSON (see `checkCanonical`) and reads them.
 *
 * @param bytes one value, nothing before or behind
 * @param field what to call the bytes in an error
 * @throws ProofError ERR_NOT_CANONICAL
 * @example parseCanonical(utf8Encode('{"a":1}')) // { a: 1 }
 */
export function parseCanonical(bytes: Uint8Array, field = 'json'): JsonValue {
  try {
    checkCanonical(bytes);
  } catch (error) {
    if (!(error instanceof ProofError)) throw error;
    const { expected = '', actual = '' } = error;
    throw new ProofError(error.code, `${field}: ${error.message}`, { field, expected, actual });
  }
  // Canonical form rules out everything in which JSON.parse is lax: duplicate keys, __proto__, inexact numbers, lone surrogates.
  return JSON.parse(utf8Decode(bytes, field)) as JsonValue;
}
