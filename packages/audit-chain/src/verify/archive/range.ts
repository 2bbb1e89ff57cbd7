import type { VerifyOptions } from '../context.ts';
import type { FindingList } from '../finding.ts';
import type { Bound, Head, VerifiedRange } from '../report.ts';
import type { SegmentResult } from '../segment/segment.ts';

/** Time of the first record read; sorts after every time when none was. */
export const firstTime = (result: SegmentResult | undefined): string => result?.records?.firstTime || '~';

/** Time of the last record read; sorts before every time when none was. */
export const lastTime = (result: SegmentResult | undefined): string => result?.records?.lastTime ?? '';

/** What was read, from the first record to the last. */
export function verifiedRange(results: readonly SegmentResult[]): VerifiedRange | undefined {
  const read = results.filter(({ records }) => records !== undefined && records.firstTime !== '');
  const first = read[0];
  const last = read.at(-1)?.records;
  if (first?.records === undefined || last === undefined) return undefined;
  const count = read.reduce((sum, { records }) => sum + records!.count, 0);
  return {
    from: first.manifest?.first ?? first.files.first,
    to: last.last,
    count,
    fromTime: first.records.firstTime,
    toTime: last.lastTime,
  };
}

/** The requested range must lie in what is there; a time is reached when a record of that time, or the chain's own end, shows it. */
export function checkRange(
  results: readonly SegmentResult[],
  limited: boolean,
  { from, to, limit }: VerifyOptions,
  findings: FindingList,
): void {
  const first = results[0];
  const last = results.at(-1);
  if (first === undefined || last === undefined) return;
  const start = first.files.first;
  const end = last.last ?? -1;
  const short = (field: 'from' | 'to', expected: Bound, actual: Bound): void =>
    findings.add({ code: 'RANGE_SHORT', field, expected, actual });
  if (typeof from === 'number' && (start > from || end < from)) short('from', from, start > from ? start : end);
  if (typeof from === 'string' && start > 0 && firstTime(first) >= from) short('from', from, firstTime(first));
  if (typeof to === 'number' && limit === undefined && end < to) short('to', to, end);
  if (typeof to === 'string' && !limited && lastTime(last) < to) short('to', to, lastTime(last));
}

/** The end of what was read. */
export function headOf({ records, manifest, rootHolds }: SegmentResult): Head | undefined {
  if (records === undefined || records.firstTime === '') return undefined;
  const root = rootHolds ? manifest?.root : records.root;
  return { size: records.last + 1, ...(root === undefined ? {} : { root }), hash: records.lastHash };
}
