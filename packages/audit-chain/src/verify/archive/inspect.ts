import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { logKeys } from '@countersign/proof-core/receipt/log-keys';
import { conclude } from '../conclude.ts';
import { type ArchiveRun, type Run, Tally, type VerifyOptions } from '../context.ts';
import { VerificationError, checkOptions, refuseOptions } from '../error.ts';
import { FindingList } from '../finding.ts';
import { openIds, reportIds } from '../ids.ts';
import { withLimit } from '../limit.ts';
import { judgePin } from '../pin.ts';
import { judgePredecessor, namedBy } from '../predecessor.ts';
import { type ArchiveSource, type IdStore, type Inflater, SourceError } from '../ports.ts';
import type { Report } from '../report.ts';
import { type Listing, chainsOf, readListing } from '../segment/names.ts';
import { attestationReader } from '../segment/attestations.ts';
import type { SegmentResult } from '../segment/segment.ts';
import { judgeRotations } from '../trust/rotation.ts';
import { staleRegistry } from '../trust/stale.ts';
import { judgeLocks } from './locks.ts';
import { checkRange, headOf, verifiedRange } from './range.ts';
import { judgeResults, verifyStretch } from './stretch.ts';
import type { ArchiveTrust } from './trust.ts';

/** What verifying an archive needs beside `VerifyOptions`. */
export interface ArchiveOptions extends VerifyOptions {
  readonly inflater: Inflater;
  /** Called with every segment that was read, in order. */
  readonly onSegment?: (segment: SegmentResult) => void;
  /** How many segments are read at once: more where every read waits for a network. */
  readonly concurrency?: number;
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
export async function inspectArchive(source: ArchiveSource, given: ArchiveOptions, engine: Engine = defaultEngine): Promise<Report> {
  const options: ArchiveOptions = withLimit(given);
  checkOptions(options);
  const findings = new FindingList(options.maxFindings);
  const tally = new Tally();
  const listing = await list(source, options, findings);
  const chain = chooseChain(listing, options);
  const level = options.level ?? 'default';
  const keys = options.resolver === undefined || chain === undefined ? [] : logKeys(options.resolver, chain, engine);
  const ids = openIds(options);
  const run = archiveRun(source, { chain: chain ?? '', options, level, engine, keys }, ids);
  const { results, limited } = chain === undefined ? { results: [], limited: false } : await verifyStretch(run, tally, listing);
  const trust = judgeResults(results, options, findings, source.segments !== undefined);
  if (options.onSegment !== undefined) results.forEach(options.onSegment);
  await judgeStatements(run, tally, results, trust, findings);
  const writeOnce = await judgeLocks(source, results, options, findings);
  await reportIds(ids, findings);
  const pinSize = options.previous?.size;
  const holder = results.find((result) => result.rootHolds && pinSize !== undefined && result.records?.roots.has(pinSize));
  const last = results.at(-1);
  const pin = await judgePin(run, tally, options.previous, {
    size:
      options.to !== undefined || findings.hasExit(14)
        ? undefined
        : last === undefined
          ? 0
          : last.last === undefined
            ? undefined
            : last.last + 1,
    root: pinSize === undefined ? undefined : holder?.records?.roots.get(pinSize),
    kind: 'archive',
  });
  for (const finding of pin.findings) findings.add(finding);
  const verified = verifiedRange(results);
  if (verified === undefined && !findings.hasExit(14) && !findings.hasExit(10)) {
    findings.add({ code: 'NOTHING_TO_VERIFY', expected: chain ?? 'a chain', actual: chainsOf(listing).join(', ') || 'no segment' });
  }
  checkRange(results, limited, options, findings);
  const head = last === undefined ? undefined : headOf(last);
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
    ...namedBy(results[0]?.records?.own.created),
    pinned: pin.holds,
    signed: true,
    writeOnce,
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

/** The signatures inside records, and whether the registry is provably older than the archive. */
async function judgeStatements(
  run: Run,
  tally: Tally,
  results: readonly SegmentResult[],
  { checkpoint }: ArchiveTrust,
  findings: FindingList,
): Promise<void> {
  for (const finding of judgePredecessor(run.options, results[0]?.records?.own.created)) findings.add(finding);
  for (const { files, records } of results) {
    for (const finding of await judgeRotations(run, tally, records?.own.rotations ?? []))
      findings.add({ ...finding, segment: files.first });
  }
  if (!findings.has('SIGNER_UNKNOWN')) return;
  const stale = staleRegistry(run, results.flatMap(({ records }) => records?.own.introductions ?? []), checkpoint?.size ?? 0); // prettier-ignore
  if (stale !== undefined) findings.replace('SIGNER_UNKNOWN', stale);
}

function archiveRun(source: ArchiveSource, run: Run & { readonly options: ArchiveOptions }, ids: IdStore | undefined): ArchiveRun {
  const { chain, level, engine, options } = run;
  const { inflater, pool, onProgress } = options;
  const done = { records: 0, bytes: 0 };
  const advance = (records: number, bytes: number): void => {
    done.records += records;
    done.bytes += bytes;
    onProgress?.({ ...done });
  };
  const reading = {
    chain,
    level,
    engine,
    inflater,
    options,
    advance,
    ...(ids === undefined ? {} : { ids }),
    ...(pool === undefined ? {} : { pool }),
  };
  // Ids are added in the order of the records: at level `deep` one segment after the other.
  const concurrency = ids === undefined ? (options.concurrency ?? (pool === undefined ? 1 : 2)) : 1;
  return { ...run, source, concurrency, reading, readAttestations: attestationReader(source, options) };
}

async function list(source: ArchiveSource, options: VerifyOptions, findings: FindingList): Promise<Listing> {
  try {
    if (source.segments !== undefined) return { segments: await source.segments(), strays: [] };
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
