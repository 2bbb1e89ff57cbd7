import { ProofError } from '@countersign/proof-core/errors';
import { ChainError } from '../errors.ts';

// Decided by SQLSTATE (PostgreSQL appendix A), never by message text.
const DISK_FULL = new Set(['53100', 'ENOSPC']);
const RETRIABLE = new Set(['40001', '40P01']);

/** The SQLSTATE, or the system error code, behind an error; `none` without one. */
export function sqlState(error: unknown): string {
  const { code, cause } = error as { readonly code?: unknown; readonly cause?: unknown };
  if (error instanceof ChainError && cause !== undefined) return sqlState(cause);
  return typeof code === 'string' ? code : 'none';
}

/** The constraint that a statement violated (SQLSTATE 23505); undefined for another error. */
export function violatedConstraint(error: unknown): string | undefined {
  const { constraint, cause } = error as { readonly constraint?: unknown; readonly cause?: unknown };
  if (error instanceof ChainError && cause !== undefined) return violatedConstraint(cause);
  return sqlState(error) === '23505' && typeof constraint === 'string' ? constraint : undefined;
}

/** Tells whether PostgreSQL ended a transaction that may simply be run again. */
export function isRetriable(error: unknown): boolean {
  return RETRIABLE.has(sqlState(error));
}

/**
 * Tells whether it is not known if a transaction took effect: the connection broke (class 08, 57P0x, or no SQLSTATE at all), so the caller
 * has to read back what happened.
 */
export function isUnknownOutcome(error: unknown): boolean {
  if (!(error instanceof ChainError) || error.code !== 'ERR_STORE') return false;
  const state = sqlState(error);
  return state.startsWith('08') || state.startsWith('57P0') || !/^[0-9A-Z]{5}$/.test(state);
}

/**
 * Gives an error of the database driver one of this package's codes. The driver's message is kept as `cause` only: it can quote values.
 *
 * @example throw storeError(error)
 */
export function storeError(error: unknown): Error {
  if (error instanceof ChainError || error instanceof ProofError || error instanceof TypeError || error instanceof RangeError) return error;
  const state = sqlState(error);
  if (DISK_FULL.has(state)) return new ChainError('ERR_DISK_FULL', 'the disk is full', { field: 'disk', actual: state, cause: error });
  return new ChainError('ERR_STORE', `the database refused a statement (SQLSTATE ${state})`, {
    field: 'sqlstate',
    actual: state,
    cause: error,
  });
}
