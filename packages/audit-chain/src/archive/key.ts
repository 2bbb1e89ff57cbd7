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
