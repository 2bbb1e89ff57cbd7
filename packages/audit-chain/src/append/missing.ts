import { ChainError } from '../errors.ts';
import type { ChainStore } from '../store/store.ts';
import { tampered } from './lines.ts';

/**
 * The error for a record that is not stored: pruned, or gone against the rules.
 *
 * @returns ChainError ERR_RECORD_PRUNED naming the archive, or ERR_CHAIN_TAMPERED
 */
export async function missingRecord(store: Pick<ChainStore, 'pruned'>, seq: number): Promise<ChainError> {
  const range = await store.pruned(seq);
  if (range === undefined) return tampered(`record ${seq}`, 'a record', 'none');
  const message = `record ${seq} was pruned with records ${range.first} to ${range.last}: the archive ${range.target} has it`;
  return new ChainError('ERR_RECORD_PRUNED', message, { field: `record ${seq}`, expected: range.target, actual: 'pruned' });
}

/**
 * Runs work that reads the stored records from `first` on; when these turn out to have been pruned, that is the error.
 *
 * @throws ChainError ERR_RECORD_PRUNED; what `work` throws
 */
export async function orPruned<T>(store: Pick<ChainStore, 'pruned'>, first: number, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ChainError) || error.code !== 'ERR_CHAIN_TAMPERED') throw error;
    const missing = await missingRecord(store, first);
    throw missing.code === 'ERR_RECORD_PRUNED' ? missing : error;
  }
}
