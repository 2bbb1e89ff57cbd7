/**
 * Every error code of this package with what it means; `docs/errors.md` lists the same codes (a test keeps them equal).
 */
export const PROOF_ERRORS = {
  ERR_BASE64: 'text is not strict base64 (alphabet, padding, zero trailing bits)',
  ERR_HEX: 'text is not lower-case hexadecimal of the expected length',
  ERR_JSON_CYCLE: 'a value contains itself',
  ERR_JSON_DEPTH: 'more than 64 arrays and objects are open at once',
  ERR_JSON_KEY: 'a key that JSON cannot hold safely: twice in one object, `__proto__`, a symbol, a lone surrogate',
  ERR_JSON_NUMBER: 'a number that JSON cannot hold exactly: not finite, beyond ±(2^53−1), or with more digits than a double has',
  ERR_JSON_STRING: 'a string with a lone surrogate',
  ERR_JSON_SYNTAX: 'text is not JSON (RFC 8259)',
  ERR_JSON_TYPE: 'a value that JSON has no form for: undefined, a function, a symbol, a bigint, a hole, anything but plain objects and arrays',
  ERR_NOT_CANONICAL: 'bytes are not RFC 8785 canonical JSON',
  ERR_UTF8: 'bytes are not valid UTF-8, or text has a lone surrogate',
} as const;

/** A stable error code of this package. */
export type ProofErrorCode = keyof typeof PROOF_ERRORS;

/** What an error may show: the field, what was expected there and what came; never secrets or payloads. */
export interface ErrorEvidence {
  readonly field?: string;
  readonly expected?: string | number;
  readonly actual?: string | number;
  readonly cause?: unknown;
}

/**
 * The one error class of this package: data that does not hold.
 *
 * Programmer errors are `TypeError` and `RangeError` instead.
 *
 * @example
 * try { parse(bytes) } catch (error) { if (error instanceof ProofError && error.code === 'ERR_HEX') … }
 */
export class ProofError extends Error {
  override readonly name: string = 'ProofError';
  readonly code: ProofErrorCode;
  readonly field: string | undefined;
  readonly expected: string | number | undefined;
  readonly actual: string | number | undefined;

  constructor(code: ProofErrorCode, message: string, evidence: ErrorEvidence = {}) {
    super(message, evidence.cause === undefined ? undefined : { cause: evidence.cause });
    this.code = code;
    this.field = evidence.field;
    this.expected = evidence.expected;
    this.actual = evidence.actual;
  }
}
