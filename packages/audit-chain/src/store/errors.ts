import { ProofError } from '@countersign/proof-core/errors';
import { ChainError } from '../errors.ts';

// Decided by SQLSTATE (PostgreSQL appendix A), never by message text.
const DISK_FULL = '53100';

/**
 * Gives an error of the database driver one of this package's codes. The driver's message is kept as `cause` only: it can quote values.
 *
 * @example throw storeError(error)
 */
export function storeError(error: unknown): Error {
  if (error instanceof ChainError || error instanceof ProofError || error instanceof TypeError || error instanceof RangeError) return error;
  const { code } = error as { readonly code?: unknown };
  const state = typeof code === 'string' ? code : 'none';
  if (state === DISK_FULL || state === 'ENOSPC')
    return new ChainError('ERR_DISK_FULL', 'the disk is full', { field: 'disk', actual: state, cause: error });
  return new ChainError('ERR_STORE', `the database refused a statement (SQLSTATE ${state})`, {
    field: 'sqlstate',
    actual: state,
    cause: error,
  });
}
