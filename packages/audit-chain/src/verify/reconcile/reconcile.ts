import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { type ArchiveOptions, inspectArchive } from '../archive/inspect.ts';
import { VerificationError, refuseOptions } from '../error.ts';
import { FindingList } from '../finding.ts';
import type { ArchiveSource, RecordSource, SealedSegment } from '../ports.ts';
import { recordsText } from '../record/place.ts';
import { inspectRecords } from '../records/inspect.ts';
import type { Report } from '../report.ts';
import type { SegmentResult } from '../segment/segment.ts';
import { compareRecords } from './compare.ts';
import { archiveLines, risingRecords } from './lines.ts';
import { mergeReports } from './merge.ts';

/** Roots of a database at some sizes. */
type Roots = ReadonlyMap<number, { readonly root: string; readonly time: string }>;

/**
 * Verifies a database and an archive of one chain, and compares them: records that one of them lacks or has with other bytes, segments that the
 * database sealed and the archive no longer has (a truncated tail, which an archive alone cannot show), and how old what is not sealed is.
 *
 * Where the database has the archive's root at the archive's size, all records are the same, and none has to be compared.
 *
 * @param database a source that can be read twice: a log directory or a database, not a stream
 * @param options for both; `previous` and ranges make no sense here
 * @returns the report of the database with the findings of all three; `reconciled` says what the archive holds
 * @throws ChainError ERR_VERIFY_OPTIONS; what an aborted `signal` holds
 * @see docs/spec/report.md §7
 * @example (await reconcile(storeSource(store), folderSource('archive'), { resolver, inflater })).exitCode // 0
 */
export async function reconcile(
  database: RecordSource,
  archive: ArchiveSource,
  options: ArchiveOptions,
  engine: Engine = defaultEngine,
): Promise<Report> {
  for (const name of ['from', 'to', 'limit', 'previous'] as const)
    if (options[name] !== undefined) refuseOptions(name, 'none: a reconciliation is of the whole', 'one');
  const segments: SegmentResult[] = [];
  const chain = options.chain ?? database.chain;
  const whole = { ...options, ...(chain === undefined ? {} : { chain }) };
  const { require: _, freshSince: __, ...ofArchive } = whole;
  const sealed = await inspectArchive(archive, { ...ofArchive, onSegment: (segment) => segments.push(segment) }, engine);
  const size = (segments.at(-1)?.last ?? -1) + 1;
  const roots = new Map<number, { readonly root: string; readonly time: string }>();
  // Record 0 may have been pruned from the database; the archive has it.
  const { onSegment: __onSegment, inflater: __inflater, predecessor: __predecessor, ...ofDatabase } = whole;
  const sizes = size === 0 ? [1] : [size, size + 1];
  const observer = { sizes, root: (at: number, root: string, time: string) => void roots.set(at, { root, time }) };
  const live = await inspectRecords(database, { ...ofDatabase, observer }, engine);
  const findings = new FindingList(options.maxFindings);
  const expected = await sealedSize(database, segments, live);
  if (expected > size)
    findings.add({ code: 'TAIL_TRUNCATED', field: 'archive', seq: size, expected: recordsText(size, expected - 1), actual: 'absent' });
  const end = Math.max(live.head?.size ?? 0, (live.unsigned?.to ?? -1) + 1);
  const kept = live.pruned === undefined ? 0 : live.pruned.to + 1;
  const root = segments.at(-1)?.rootHolds === true ? sealed.head?.root : undefined;
  const same = root !== undefined && roots.get(size)?.root === root && sealed.axes.integrity === 'pass' && live.axes.integrity === 'pass';
  if (!same && chain !== undefined && size > 0)
    await compareRecords(
      risingRecords(database.chunks(options.signal)),
      risingRecords(archiveLines(archive, chain, options.inflater)),
      kept,
      size,
      findings,
    );
  await reportUnsealed(database, Math.max(size, expected), end, roots, findings);
  return mergeReports(live, sealed, findings, options.maxFindings);
}

/**
 * As `reconcile`, but throws unless the verdict is *verified*.
 *
 * @throws VerificationError with the report; ChainError ERR_VERIFY_OPTIONS
 * @example await verifyReconciled(source, archive, { resolver, inflater });
 */
export async function verifyReconciled(
  database: RecordSource,
  archive: ArchiveSource,
  options: ArchiveOptions,
  engine: Engine = defaultEngine,
): Promise<Report> {
  const report = await reconcile(database, archive, options, engine);
  if (report.exitCode !== 0) throw new VerificationError(report);
  return report;
}

/** How many records this archive must have: as far as the database sealed them to it, and as far as a signed record says they were pruned. */
async function sealedSize(database: RecordSource, segments: readonly SegmentResult[], { pruned }: Report): Promise<number> {
  const all = (await database.sealed?.()) ?? [];
  const digests = new Set(segments.flatMap(({ digest }) => digest ?? []));
  // Which of the database's archives this is, its own manifests say; when none is left, it may be any.
  const named = new Set(all.filter(({ manifest }) => digests.has(manifest)).map(({ target }) => target));
  const here = (one: SealedSegment): boolean => named.size === 0 || named.has(one.target);
  return Math.max(0, (pruned?.to ?? -1) + 1, ...all.filter(here).map(({ last }) => last + 1));
}

async function reportUnsealed(database: RecordSource, from: number, end: number, roots: Roots, findings: FindingList): Promise<void> {
  if (end <= from) return;
  const since = roots.get(from + 1)?.time;
  const now = since === undefined ? undefined : await database.now?.();
  const age = now === undefined ? '' : `, for ${Math.max(0, Math.ceil((Date.parse(now) - Date.parse(since!)) / 1000))} s`;
  const actual = `${recordsText(from, end - 1)}${since === undefined ? '' : ` since ${since}${age}`}`;
  findings.add({ code: 'TAIL_UNSEALED', seq: from, expected: 'sealed', actual });
}
