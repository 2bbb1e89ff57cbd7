import { ProofError } from '@countersign/proof-core/errors';
import { ChainError } from '../errors.ts';

/** A code as a label: in lower case without `err_`. */
export function label(code: string): string {
  return code.replace(/^ERR_/, '').toLowerCase();
}

/** The reason of an error as a label; `internal` without one of our codes. */
export function reasonOf(error: unknown): string {
  return error instanceof ChainError || error instanceof ProofError ? label(error.code) : 'internal';
}
