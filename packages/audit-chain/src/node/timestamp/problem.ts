import { ChainError, type ChainErrorCode } from '../../errors.ts';

/** The error for a time stamp that does not hold. */
export function timestampProblem(
  code: ChainErrorCode,
  field: string,
  expected: string,
  actual: string | number,
  cause?: unknown,
): ChainError {
  return new ChainError(code, `time stamp: ${field}: expected ${expected}, got ${actual}`, {
    field,
    expected,
    actual,
    ...(cause === undefined ? {} : { cause }),
  });
}
