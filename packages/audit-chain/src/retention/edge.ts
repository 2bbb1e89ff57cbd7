import { readLink } from '@countersign/proof-core/record/link';
import { isTime } from '@countersign/proof-core/record/time';
import { missingRecord } from '../append/missing.ts';
import { ChainError } from '../errors.ts';
import type { ChainStore } from '../store/store.ts';

/**
 * Finds how many records, counted in whole `step`s, are older than a time: `link.time` never runs backwards in a chain, so a search by halves.
 *
 * @param range sizes: `from` at least is old enough (pruned already), more than `to` is not asked for; both multiples of `step`
 * @param olderThan RFC 3339 UTC with milliseconds
 * @returns the largest multiple of `step` from `from` to `to` whose records are all older
 * @throws ChainError ERR_CHAIN_TAMPERED when a record is missing
 * @example await sizeBefore(store, { from: 0, to: 1024, step: 256 }, '2026-01-01T00:00:00.000Z')
 */
export async function sizeBefore(
  store: ChainStore,
  range: { readonly from: number; readonly to: number; readonly step: number },
  olderThan: string,
): Promise<number> {
  const { step } = range;
  let low = range.from / step;
  let high = range.to / step;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((await timeOf(store, middle * step - 1)) < olderThan) low = middle;
    else high = middle - 1;
  }
  return low * step;
}

async function timeOf(store: ChainStore, seq: number): Promise<string> {
  const record = (await store.recordsAt([seq])).get(seq);
  const link = record && readLink(record, 0, record.length);
  if (link === undefined) throw await missingRecord(store, seq);
  return link.time;
}

/**
 * Requires a time in the past, by the database's clock.
 *
 * @throws ChainError ERR_PRUNE_REFUSED
 */
export function requirePast(olderThan: string, now: number): void {
  const expected = 'a time in the past, RFC 3339 UTC with milliseconds';
  if (isTime(olderThan) && olderThan <= new Date(now).toISOString()) return;
  throw new ChainError('ERR_PRUNE_REFUSED', `olderThan: expected ${expected}`, { field: 'olderThan', expected, actual: olderThan });
}
