import type { ArchiveRun, Tally, VerifyOptions } from '../context.ts';
import { type FindingList, MAX_FINDINGS } from '../finding.ts';
import { runAhead } from '../segment/ahead.ts';
import type { Listing } from '../segment/names.ts';
import { type SegmentReading, readSegment } from '../segment/read-segment.ts';
import { type SegmentResult, judgeSegment } from '../segment/segment.ts';
import { judgeBeginning, judgeSuccession } from './chain.ts';
import { firstTime, lastTime } from './range.ts';
import { selectSegments } from './select.ts';
import { type ArchiveTrust, judgeTrust } from './trust.ts';

/** Verifies the segments that hold the requested records; where their times do not prove that these are all, their neighbours too. */
export async function verifyStretch(
  run: ArchiveRun,
  tally: Tally,
  listing: Listing,
): Promise<{ readonly results: SegmentResult[]; readonly limited: boolean }> {
  const segments = listing.segments.filter(({ chain }) => chain === run.chain);
  const { from, to, limit, previous } = run.options;
  const watch = previous === undefined ? [] : [previous.size];
  const read = (at: number) => (): Promise<SegmentReading> =>
    readSegment(run.reading, run.source, { files: segments[at]!, final: at === segments.length - 1, watch });
  const judge = (at: number, reading: SegmentReading): Promise<SegmentResult> => judgeSegment(run, tally, segments[at]!, reading);
  let { from: low, to: high } = selectSegments(segments, from, to);
  const results: SegmentResult[] = [];
  let kept = 0;
  let last = Infinity;
  if (limit !== undefined && (typeof from === 'string' || typeof to === 'string')) {
    // Where the first record asked for lies, only its segment tells: the limit counts from the end of that one, so that none is left out.
    const start = typeof from === 'string' ? from : '';
    for (let at = low; at <= high && lastTime(results.at(-1)) < start; at++) results.push(await judge(at, await read(at)()));
    last = (typeof from === 'string' ? (results.at(-1)?.last ?? 0) : (from ?? 0)) + limit - 1;
    high = Math.min(high, Math.max(low + results.length - 1, selectSegments(segments, undefined, last).to));
  }
  const next = low + results.length;
  const tasks = Array.from({ length: Math.max(0, high - next + 1) }, (_, i) => read(next + i));
  for await (const reading of runAhead(tasks, run.concurrency)) {
    const result = await judge(low + results.length, reading);
    // A report lists a thousand findings: what lies behind them is only counted, however many segments there are.
    if (kept > (run.options.maxFindings ?? MAX_FINDINGS)) result.findings.trim();
    kept += result.findings.kept.length;
    results.push(result);
  }
  const reachesFrom = (): boolean => typeof from !== 'string' || firstTime(results[0]) < from;
  const limited = (): boolean => (results.at(-1)?.last ?? -1) >= last;
  const reachesTo = (): boolean => typeof to !== 'string' || lastTime(results.at(-1)) >= to || limited();
  for (; low > 0 && !reachesFrom(); low--) results.unshift(await judge(low - 1, await read(low - 1)()));
  for (; high < segments.length - 1 && !reachesTo(); high++) results.push(await judge(high + 1, await read(high + 1)()));
  return { results, limited: limited() };
}

/**
 * Judges the segments together and collects all findings in the order of the records.
 *
 * @param isLone nothing is asked of what lies before the first
 */
export function judgeResults(
  results: readonly SegmentResult[],
  options: VerifyOptions,
  findings: FindingList,
  isLone: boolean,
): ArchiveTrust {
  const succession = results.map((result, i) => {
    if (i > 0) return judgeSuccession(results[i - 1]!, result);
    return options.from === undefined && !isLone ? judgeBeginning(result) : [];
  });
  const trust = judgeTrust(results, succession.slice(1).map((found) => found.length === 0)); // prettier-ignore
  for (const [i, result] of results.entries()) {
    for (const finding of succession[i]!) findings.add(finding);
    findings.addAll(result.findings);
  }
  return trust;
}
