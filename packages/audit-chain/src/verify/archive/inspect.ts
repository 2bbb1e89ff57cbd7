import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { logKeys } from '@countersign/proof-core/receipt/log-keys';
import { conclude } from '../conclude.ts';
import { type ArchiveRun, Tally, type VerifyOptions } from '../context.ts';
import { VerificationError, checkOptions, refuseOptions } from '../error.ts';
import { FindingList } from '../finding.ts';
import { judgePin } from '../pin.ts';
import { type ArchiveSource, type Inflater, SourceError } from '../ports.ts';
import type { Bound, Report, VerifiedRange } from '../report.ts';
import { type Listing, chainsOf, readListing } from '../segment/names.ts';
import { type SegmentResult, verifySegment } from '../segment/segment.ts';
import { judgeBeginning, judgeSuccession, lastOf } from './chain.ts';
import { selectSegments } from './select.ts';
import { judgeTrust } from './trust.ts';

/** What verifying an archive needs beside `VerifyOptions`. */
export interface ArchiveOptions extends VerifyOptions {
  readonly inflater: Inflater;
}

/**
 * Verifies one chain of an archive and reports everything that was found; throws only for options that make no sense.
 *
 * @param source where the archive lies
 * @returns the verdict on five axes, the range, the findings
 * @throws ChainError ERR_VERIFY_OPTIONS; what an aborted `signal` holds
 * @see docs/spec/report.md
 * @example (await inspectArchive(source, { resolver, inflater })).exitCode // 0
 */
export async function inspectArchive(source: ArchiveSource, options: ArchiveOptions, engine: Engine = defaultEngine): Promise<Report> {
  checkOptions(options);
  const findings = new FindingList(options.maxFindings);
  const tally = new Tally();
  const listing = await list(source, options, findings);
  const chain = chooseChain(listing, options);
  const level = options.level ?? 'default';
  const keys = options.resolver === undefined || chain === undefined ? [] : logKeys(options.resolver, chain, engine);
  const run: ArchiveRun = { chain: chain ?? '', options, level, engine, inflater: options.inflater, keys };
  const results = chain === undefined ? [] : await verifyStretch(run, tally, source, listing);
  const trust = judgeResults(results, options, findings);
  const pinSize = options.previous?.size;
  const holder = results.find((result) => result.rootHolds && pinSize !== undefined && result.records?.roots.has(pinSize));
  const last = results.at(-1);
  const pin = await judgePin(run, tally, options.previous, {
    size: options.to !== undefined || findings.hasExit(14) ? undefined : last === undefined ? 0 : sizeOf(last),
    root: pinSize === undefined ? undefined : holder?.records?.roots.get(pinSize),
    kind: 'archive',
  });
  for (const finding of pin.findings) findings.add(finding);
  const verified = verifiedRange(results);
  if (verified === undefined && !findings.hasExit(14) && !findings.hasExit(10)) {
    findings.add({ code: 'NOTHING_TO_VERIFY', expected: chain ?? 'a chain', actual: chainsOf(listing).join(', ') || 'no segment' });
  }
  checkRange(results, options, findings);
  const head = last?.records === undefined || last.records.firstTime === '' ? undefined : headOf(last);
  return conclude({
    source: source.kind,
    chain,
    options,
    level,
    findings,
    tally,
    ...(verified === undefined ? {} : { verified }),
    ...(head === undefined ? {} : { head }),
    ...trust,
    pinned: pin.holds,
    signed: true,
    writeOnce: source.kind === 's3' ? 'unknown' : 'not applicable',
  });
}

/**
 * As `inspectArchive`, but throws unless the verdict is *verified*.
 *
 * @throws VerificationError with the report; ChainError ERR_VERIFY_OPTIONS
 * @example await verifyArchive(source, { resolver, inflater });
 */
export async function verifyArchive(source: ArchiveSource, options: ArchiveOptions, engine: Engine = defaultEngine): Promise<Report> {
  const report = await inspectArchive(source, options, engine);
  if (report.exitCode !== 0) throw new VerificationError(report);
  return report;
}

async function list(source: ArchiveSource, options: VerifyOptions, findings: FindingList): Promise<Listing> {
  try {
    const listing = readListing(await source.list(options.signal));
    for (const { path } of listing.strays) findings.add({ code: 'FILE_UNEXPECTED', actual: path });
    return listing;
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    findings.add({ code: 'SOURCE_UNREADABLE', actual: error.message });
    return { segments: [], strays: [] };
  }
}

function chooseChain(listing: Listing, { chain, previous }: VerifyOptions): string | undefined {
  const asked = chain ?? previous?.chain;
  if (asked !== undefined) return asked;
  const chains = chainsOf(listing);
  if (chains.length > 1) refuseOptions('chain', `one of ${chains.join(', ')}`, 'none');
  return chains[0];
}

/** Verifies the segments that hold the requested records; where their times do not prove that these are all, their neighbours too. */
async function verifyStretch(run: ArchiveRun, tally: Tally, source: ArchiveSource, listing: Listing): Promise<SegmentResult[]> {
  const segments = listing.segments.filter(({ chain }) => chain === run.chain);
  const { from, to, previous } = run.options;
  const watch = previous === undefined ? [] : [previous.size];
  const verify = (at: number): Promise<SegmentResult> =>
    verifySegment(run, tally, source, segments[at]!, { final: at === segments.length - 1, watch });
  let { from: low, to: high } = selectSegments(segments, from, to);
  const results: SegmentResult[] = [];
  for (let at = low; at <= high; at++) results.push(await verify(at));
  const reachesFrom = (): boolean => typeof from !== 'string' || firstTime(results[0]) < from;
  const reachesTo = (): boolean => typeof to !== 'string' || lastTime(results.at(-1)) >= to;
  while (low > 0 && !reachesFrom()) results.unshift(await verify(--low));
  while (high < segments.length - 1 && !reachesTo()) results.push(await verify(++high));
  return results;
}

function sizeOf(result: SegmentResult): number | undefined {
  const last = lastOf(result);
  return last === undefined ? undefined : last + 1;
}

const firstTime = (result: SegmentResult | undefined): string => result?.records?.firstTime || '~';
const lastTime = (result: SegmentResult | undefined): string => result?.records?.lastTime ?? '';

/** Judges the segments together and collects all findings in the order of the records. */
function judgeResults(results: readonly SegmentResult[], options: VerifyOptions, findings: FindingList): ReturnType<typeof judgeTrust> {
  const succession = results.map((result, i) => {
    if (i > 0) return judgeSuccession(results[i - 1]!, result);
    return options.from === undefined ? judgeBeginning(result) : [];
  });
  const trust = judgeTrust(results, succession.slice(1).map((found) => found.length === 0)); // prettier-ignore
  for (const [i, result] of results.entries()) {
    for (const finding of succession[i]!) findings.add(finding);
    findings.addAll(result.findings);
  }
  return trust;
}

function verifiedRange(results: readonly SegmentResult[]): VerifiedRange | undefined {
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
function checkRange(results: readonly SegmentResult[], { from, to }: VerifyOptions, findings: FindingList): void {
  const first = results[0];
  const last = results.at(-1);
  if (first === undefined || last === undefined) return;
  const start = first.files.first;
  const end = lastOf(last) ?? -1;
  const short = (field: 'from' | 'to', expected: Bound, actual: Bound): void =>
    findings.add({ code: 'RANGE_SHORT', field, expected, actual });
  if (typeof from === 'number' && (start > from || end < from)) short('from', from, start > from ? start : end);
  if (typeof from === 'string' && start > 0 && firstTime(first) >= from) short('from', from, firstTime(first));
  if (typeof to === 'number' && end < to) short('to', to, end);
  if (typeof to === 'string' && lastTime(last) < to) short('to', to, lastTime(last));
}

function headOf({ records, manifest, rootHolds }: SegmentResult): Report['head'] {
  const root = rootHolds ? manifest?.root : records?.root;
  return { size: records!.last + 1, ...(root === undefined ? {} : { root }), hash: records!.lastHash };
}
