import type { Bound } from '../report.ts';
import type { SegmentFiles } from '../segment/names.ts';

/** A stretch of a list of segments: indexes, both inclusive; empty when `from` is above `to`. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/**
 * Picks the segments that may hold the requested records, by their names alone. What the names say is proven by what is read: see
 * `verifyStretch`.
 *
 * @param from record number, or time of 24 characters; open when absent
 * @param to record number (inclusive) or time (exclusive); open when absent
 */
export function selectSegments(segments: readonly SegmentFiles[], from: Bound | undefined, to: Bound | undefined): Stretch {
  let low = 0;
  let high = segments.length - 1;
  while (low < segments.length - 1 && endsBefore(segments[low + 1]!, from)) low++;
  while (high >= low && startsAfter(segments[high]!, to)) high--;
  return { from: low, to: high };
}

/** Tells whether the segment before `next` ends before `from`: its times are at most that of the first record of `next`. */
function endsBefore(next: SegmentFiles, from: Bound | undefined): boolean {
  if (from === undefined) return false;
  return typeof from === 'number' ? next.first <= from : next.date !== undefined && next.date < from.slice(0, 10);
}

function startsAfter(segment: SegmentFiles, to: Bound | undefined): boolean {
  if (to === undefined) return false;
  if (typeof to === 'number') return segment.first > to;
  return segment.date !== undefined && `${segment.date}T00:00:00.000Z` >= to;
}
