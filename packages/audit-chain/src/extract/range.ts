import { missingRecord } from '../append/missing.ts';
import { ChainError } from '../errors.ts';
import { seekTime } from '../read/seek.ts';
import type { ChainStore } from '../store/store.ts';
import type { Bound } from '../verify/report.ts';

/** The records that were asked for: numbers inclusive at both ends, times half-open; an absent bound is open. */
export interface RequestedRecords {
  readonly from?: Bound;
  readonly to?: Bound;
}

/**
 * Finds the settled records of a requested range.
 *
 * @param size settled records
 * @returns numbers of the first and the last record
 * @throws ChainError ERR_SEQ_UNKNOWN a number that is not settled; ERR_EXTRACT_EMPTY; ERR_RECORD_PRUNED when some of them may be in an archive
 *   only; ERR_CHAIN_TAMPERED, ERR_STORE
 * @example await requestedRecords(store, { from: '2026-11-01T00:00:00.000Z' }, note.size)
 */
export async function requestedRecords(
  store: ChainStore,
  { from, to }: RequestedRecords,
  size: number,
): Promise<{ readonly first: number; readonly last: number }> {
  const start = await store.firstStored();
  for (const [field, bound] of Object.entries({ from, to })) {
    if (typeof bound !== 'number' || bound < size) continue;
    const expected = size === 0 ? 'a settled record' : `a settled record, 0 to ${size - 1}`;
    throw new ChainError('ERR_SEQ_UNKNOWN', `${field}: expected ${expected}, got ${bound}`, { field, expected, actual: bound });
  }
  const first = typeof from === 'string' ? await seekTime(store, from, start, size) : (from ?? 0);
  const end = typeof to === 'string' ? await seekTime(store, to, start, size) : (to ?? size - 1) + 1;
  // The first one that is stored may have wanted ones before it: nobody can tell here.
  if (start > 0 && (first < start || (first === start && typeof from === 'string'))) throw await missingRecord(store, start - 1);
  if (first >= end) throw new ChainError('ERR_EXTRACT_EMPTY', 'no settled record is in this range', { field: 'range' });
  return { first, last: end - 1 };
}
