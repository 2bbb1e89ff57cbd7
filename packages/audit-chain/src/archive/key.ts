import type { ChainStore } from '../store/store.ts';
import { storedTime } from './stored-time.ts';

/** The three files of a segment, by their ending. */
export const SEGMENT_FILES = { records: '.jsonl.gz', index: '.index.json', manifest: '.manifest.json' } as const;

/**
 * The key of a segment's files, without their ending: `<chain>/YYYY/MM/DD/<first, 16 digits>` (architecture §3.5).
 *
 * @param time `link.time` of record `first`
 * @example segmentKey('example.com/log', 17, '2026-11-21T03:12:00.123Z') // 'example.com/log/2026/11/21/0000000000000017'
 */
export function segmentKey(chain: string, first: number, time: string): string {
  return `${chain}/${time.slice(0, 4)}/${time.slice(5, 7)}/${time.slice(8, 10)}/${String(first).padStart(16, '0')}`;
}

/**
 * The key of the segment that begins with a stored record.
 *
 * @returns undefined when the record has been pruned
 * @throws ChainError ERR_CHAIN_TAMPERED, ERR_STORE
 * @example await storedSegmentKey(store, 17)
 */
export async function storedSegmentKey(store: ChainStore, first: number): Promise<string | undefined> {
  const time = await storedTime(store, first);
  return time === undefined ? undefined : segmentKey(store.chain, first, time);
}
