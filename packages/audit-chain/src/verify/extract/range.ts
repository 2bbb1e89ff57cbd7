import type { ExtractPayload } from '../../extract/document.ts';
import type { VerifyOptions } from '../context.ts';
import type { FindingList } from '../finding.ts';
import type { RecordScan } from '../record/scan.ts';
import type { Bound } from '../report.ts';

type Times = Pick<RecordScan, 'firstTime' | 'place'>;

/** The records must be those that were asked for, as far as the records themselves can tell. */
export function checkRequest({ first, last, requested }: ExtractPayload, { firstTime, place }: Times, findings: FindingList): void {
  const differs = (field: 'from' | 'to', expected: Bound, actual: Bound): void =>
    findings.add({ code: 'EXTRACT_FIELD', field: `requested.${field}`, expected, actual });
  const { from, to } = requested;
  if (typeof from === 'string' ? firstTime < from : first !== (from ?? 0))
    differs('from', from ?? 0, typeof from === 'string' ? firstTime : first);
  if (typeof to === 'number' && last !== to) differs('to', to, last);
  if (typeof to === 'string' && place.time >= to) differs('to', to, place.time);
}

/** What the caller of the verification wants must lie in the extract; a time is reached when the exporter was asked for it. */
export function checkCoverage(
  { first, last, requested }: ExtractPayload,
  { firstTime, place }: Times,
  { from, to }: VerifyOptions,
  findings: FindingList,
): void {
  const short = (field: 'from' | 'to', expected: Bound, actual: Bound): void =>
    findings.add({ code: 'RANGE_SHORT', field, expected, actual });
  if (typeof from === 'number' && (first > from || last < from)) short('from', from, first > from ? first : last);
  if (typeof to === 'number' && (last < to || first > to)) short('to', to, last < to ? last : first);
  const reachesFrom = first === 0 || (typeof from === 'string' && firstTime < from) || sameOrBefore(requested.from, from);
  if (typeof from === 'string' && !reachesFrom) short('from', from, firstTime);
  const reachesTo = (typeof to === 'string' && place.time >= to) || sameOrBefore(to, requested.to);
  if (typeof to === 'string' && !reachesTo) short('to', to, place.time);
}

function sameOrBefore(a: Bound | undefined, b: Bound | undefined): boolean {
  return typeof a === 'string' && typeof b === 'string' && a <= b;
}
