import { expect } from 'vitest';
import { ProofError, type ProofErrorCode } from '../../src/errors.ts';

/** Expects a refusal with one of these codes. */
export function expectRefusal(run: () => unknown, ...codes: readonly ProofErrorCode[]): void {
  expect(codes).toContain(codeOf(run));
}

/** The code a call is refused with; undefined when it returns. Any other error is thrown on. */
export function codeOf(run: () => unknown): ProofErrorCode | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof ProofError) return error.code;
    throw error;
  }
}

/** As `codeOf`, for a promise. */
export async function codeOfAsync(run: () => Promise<unknown>): Promise<ProofErrorCode | undefined> {
  try {
    await run();
    return undefined;
  } catch (error) {
    if (error instanceof ProofError) return error.code;
    throw error;
  }
}
