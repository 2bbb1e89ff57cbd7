import { readLink } from '@countersign/proof-core/record/link';
import { tampered } from '../append/lines.ts';
import type { ChainStore } from '../store/store.ts';

/**
 * When a stored record entered the chain: its `link.time`.
 *
 * @returns undefined when it is not stored, as when it has been pruned
 * @throws ChainError ERR_CHAIN_TAMPERED, ERR_STORE
 * @example await storedTime(store, 17) // '2026-11-21T03:12:00.123Z'
 */
export async function storedTime(store: ChainStore, seq: number): Promise<string | undefined> {
  const record = (await store.recordsAt([seq])).get(seq);
  if (record === undefined) return undefined;
  const link = readLink(record, 0, record.length);
  if (link === undefined) throw tampered(`record ${seq}`, 'a record');
  return link.time;
}
