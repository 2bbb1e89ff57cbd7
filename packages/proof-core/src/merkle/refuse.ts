import { ProofError, type ProofErrorCode } from '../errors.ts';

/** Refuses data with a code, naming the field, what was expected and what came. @internal */
export function refuse(code: ProofErrorCode, field: string, expected: string | number, actual: string | number): never {
  throw new ProofError(code, `${field}: expected ${expected}, got ${actual}`, { field, expected, actual });
}
