import { readLink } from '@countersign/proof-core/record/link';
import { tampered } from '../append/lines.ts';
import type { ChainStore } from '../store/store.ts';

/**
 * Finds the first record at or after a time: times never run backwards in a chain, so that halving the range finds it without an index.
 *
 * @param time RFC 3339 UTC with milliseconds
 * @param from first record that may be it
 * @param to what is returned when every record before it is earlier
 * @throws ChainError ERR_CHAIN_TAMPERED, ERR_STORE
 * @example await seekTime(store, '2026-11-21T00:00:00.000Z', 0, size)
 */
export async function seekTime(store: Pick<ChainStore, 'recordsAt'>, time: string, from: number, to: number): Promise<number> {
  let [low, high] = [from, to];
  while (low < high) {
    const middle = Math.floor(low + (high - low) / 2);
    const record = (await store.recordsAt([middle])).get(middle);
    const link = record && readLink(record, 0, record.length);
    if (link === undefined) throw tampered(`record ${middle}`, 'a record', record === undefined ? 'none' : 'something else');
    if (link.time < time) low = middle + 1;
    else high = middle;
  }
  return low;
}
