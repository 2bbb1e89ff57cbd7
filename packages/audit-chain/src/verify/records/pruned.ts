import type { PrunedStart } from '../../retention/pruned-start.ts';
import type { PrunedRecords } from '../../retention/waiting-own.ts';
import type { FindingList } from '../finding.ts';
import { recordsText } from '../record/place.ts';
import type { PrunedRanges } from '../reserved/own-records.ts';
import type { PrunedRange } from '../report.ts';

/**
 * Judges whether the missing beginning of a database is excused by the `chain.pruned` records that are there (docs/spec/reserved-events.md §3).
 * That the rest continues what was pruned, the signed roots have shown: the tree began with the frontier of the tiles.
 *
 * @param start where the tiles say that the records begin
 * @param ranges what the records say; undefined when they contradict each other or there is none
 * @param waiting ranges of such events that have no record yet: the same word, unsigned; none when the records contradict each other
 * @param covered how many records a trusted checkpoint covers; undefined when no registry was pinned
 * @returns what was pruned, if it is excused
 */
export function judgePruned(
  start: PrunedStart,
  ranges: PrunedRanges | undefined,
  waiting: readonly PrunedRecords[],
  covered: number | undefined,
  findings: FindingList,
): PrunedRange | undefined {
  const last = start.first - 1;
  const actual = ranges === undefined ? 'absent' : `absent; pruned by the log's word: ${recordsText(ranges.first, ranges.last)}`;
  if (ranges?.last !== last) {
    if (reachedBy(ranges, waiting) === last) {
      findings.add({
        code: 'HEAD_PRUNED_UNSIGNED',
        expected: 'a record of this',
        actual: `${recordsText(0, last)}, by an event that waits`,
      });
      return undefined;
    }
    findings.add({ code: 'HEAD_TRUNCATED', seq: 0, expected: recordsText(0, last), actual });
    return undefined;
  }
  const { manifest, seq } = ranges;
  if (covered !== undefined && covered <= seq) {
    findings.add({ code: 'HEAD_PRUNED_UNSIGNED', seq, expected: 'a trusted checkpoint of this record', actual: recordsText(0, last) });
    return undefined;
  }
  findings.add({ code: 'HEAD_PRUNED', seq: 0, field: 'manifest', expected: recordsText(0, last), actual: manifest });
  return { from: 0, to: last, manifest };
}

/** The last record that was pruned by the records and what waits behind them; the first of these may follow a record that was pruned itself. */
function reachedBy(ranges: PrunedRanges | undefined, waiting: readonly PrunedRecords[]): number | undefined {
  return waiting.reduce<number | undefined>(
    (reached, { first, last }) => (reached === undefined || first === reached + 1 ? last : reached),
    ranges?.last,
  );
}
