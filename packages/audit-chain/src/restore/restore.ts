import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import type { Clock, KeyResolver } from '@countersign/proof-core/ports';
import type { Position } from '../append/plan.ts';
import { ChainError } from '../errors.ts';
import type { ChainStore } from '../store/store.ts';
import { inspectArchive } from '../verify/archive/inspect.ts';
import type { ScanPool } from '../verify/scan/pool.ts';
import { type ArchiveSource, type Inflater, SourceError } from '../verify/ports.ts';
import type { Report } from '../verify/report.ts';
import { type SegmentFiles, chainsOf, readListing } from '../verify/segment/names.ts';
import { readBatches } from './batches.ts';
import { archivedSize, pinManifests, readSigned } from './manifests.ts';
import { type StoredRecords, readStored } from './stored.ts';

/** What restoring needs. */
export interface RestoreParts {
  readonly source: ArchiveSource;
  /** Whose signatures count. */
  readonly resolver: KeyResolver;
  /** `gunzip` is needed. */
  readonly inflater: Inflater;
  readonly pool?: ScanPool;
  /** Needed where the archive holds several. */
  readonly chain?: string;
  readonly onProgress?: (records: number) => void;
}

/** An archive that was verified, and what a database has of it. */
export interface Comparison {
  readonly chain: string;
  /** The end of the archive: a trusted key signed it. */
  readonly head: { readonly size: number; /** Hex. */ readonly root: string; /** Of the last record, hex. */ readonly hash: string };
  /** Records that the database has; those that the archive has too are the same. */
  readonly stored: number;
  readonly segments: readonly SegmentFiles[];
  /** The manifests that were verified: digests of their payloads, hex, by the first record of the segment. */
  readonly manifests: ReadonlyMap<number, string>;
  readonly position: Position;
}

/**
 * Verifies an archive in full and compares a database with it; changes nothing.
 *
 * The records that are stored are hashed, and must give the root that the archive has at their number.
 *
 * @param store undefined when the database has no such chain
 * @throws ChainError ERR_RESTORE_ARCHIVE when the archive does not verify, ERR_RESTORE_CONFLICT when the database has other records,
 *   ERR_ARCHIVE_STORE when it cannot be read, ERR_CHAIN_TAMPERED, ERR_STORE
 * @example const { head, stored } = await compareArchive(parts, (chain) => findChain(database, chain));
 */
export async function compareArchive(
  parts: RestoreParts,
  find: (chain: string) => Promise<ChainStore | undefined>,
  engine: Engine = defaultEngine,
): Promise<Comparison> {
  return await readable(async () => {
    const listing = readListing(await parts.source.list());
    const chain = chooseChain(chainsOf(listing), parts.chain);
    const segments = listing.segments.filter((segment) => segment.chain === chain);
    const stored = await readStored(await find(chain), (await archivedSize(parts.source, segments, engine)) ?? Infinity, engine);
    const report = await verify(parts, chain, stored, engine);
    const { head } = report;
    const { size, hash, root } = head ?? {};
    if (size === undefined || hash === undefined || root === undefined || report.checkpoint?.root !== root) throw unverified(report);
    const manifests = await pinManifests(parts.source, segments, { resolver: parts.resolver, chain }, engine);
    return { chain, head: { size, root, hash }, stored: stored.position.head.size, segments, manifests, position: stored.position };
  });
}

/**
 * Puts the records of a verified archive back into a database, which is empty or holds the beginning of them already.
 *
 * Each segment is verified once more as it is read and added in one transaction with its note, so that nothing unverified is ever stored; after
 * an interruption the next call goes on where that one ended. Ids, tiles and the notes at the segments' ends are those that there were; what was
 * never sealed is not in an archive.
 *
 * @param comparison of this archive with this store
 * @param parts `clock` must agree with the database's
 * @throws ChainError ERR_RESTORE_ARCHIVE, ERR_RESTORE_CONFLICT, ERR_ARCHIVE_STORE, ERR_CLOCK, ERR_DISK_FULL, ERR_STORE
 * @example await restoreChain(comparison, { …parts, clock: Date }, store);
 */
export async function restoreChain(
  comparison: Comparison,
  parts: RestoreParts & { readonly clock: Clock },
  store: ChainStore,
  engine: Engine = defaultEngine,
): Promise<void> {
  const { source, resolver, inflater, clock, onProgress } = parts;
  const { chain, segments, manifests } = comparison;
  let { position } = comparison;
  await readable(async () => {
    for (const [i, files] of segments.entries()) {
      const next = segments[i + 1];
      if (next !== undefined && next.first <= position.head.size) continue;
      const segment = await readSigned(source, files, { resolver, chain, pinned: manifests.get(files.first) }, engine);
      if (segment.manifest.size <= position.head.size) continue;
      const before = position;
      const batches = async function* () {
        try {
          position = yield* readBatches({ source, inflater, now: () => clock.now() }, segment, before, engine);
        } catch (error) {
          throw unreadable(error);
        }
        onProgress?.(position.head.size - before.head.size);
      };
      await store.restore().addSegment(batches, { size: segment.manifest.size, note: segment.manifest.checkpoint });
    }
  });
}

/**
 * Writes down which segments are sealed, so that sealing goes on behind them: nobody may append to the chain before.
 *
 * The last one is only planned, which a sealer completes as after a crash of its own, until `before` has done what comes once in a restore: what
 * ends a call in between leaves that to the next one.
 *
 * @param target `ArchiveTarget.name` of the archive
 * @param before is not called when all were known already; false leaves the last one planned
 * @returns how many were not known, or not as sealed
 * @throws ChainError ERR_RESTORE_CONFLICT, ERR_RESTORE_ARCHIVE, ERR_ARCHIVE_STORE, ERR_STORE; what `before` throws
 * @example await restoreSegments(comparison, parts, store, target.name, async () => (await recordRestored(chain, mark, by)).seq > 0);
 */
export async function restoreSegments(
  { chain, segments, manifests }: Comparison,
  { source, resolver }: RestoreParts,
  store: ChainStore,
  target: string,
  before: () => Promise<boolean> = () => Promise.resolve(true),
  engine: Engine = defaultEngine,
): Promise<number> {
  return await readable(async () => {
    const known = new Map((await store.segments(target)).map((segment) => [segment.first, segment]));
    let count = 0;
    for (const [i, files] of segments.entries()) {
      const pinned = manifests.get(files.first);
      const { manifest, digest } = await readSigned(source, files, { resolver, chain, pinned }, engine);
      const { first, last, exported } = manifest;
      const there = known.get(first);
      if (there !== undefined && (there.last !== last || (there.manifest ?? digest) !== digest))
        throw conflict(`the database knows another segment ${first} of this archive`, `records ${first} to ${last}`);
      if (there?.manifest !== undefined) continue;
      if (there === undefined) await store.planSegment(target, { first, last, exportedAt: exported.at, manifest: undefined });
      if (i === segments.length - 1 && !(await before())) continue;
      await store.sealSegment(target, first, digest);
      count++;
    }
    return count;
  });
}

async function verify(parts: RestoreParts, chain: string, { compared }: StoredRecords, engine: Engine): Promise<Report> {
  const { source, resolver, inflater, pool } = parts;
  const previous = compared.size === 0 ? {} : { previous: { chain, size: compared.size, root: compared.root } };
  const options = { chain, resolver, inflater, maxFindings: 10, ...previous, ...(pool === undefined ? {} : { pool }) };
  const report = await inspectArchive(source, options, engine);
  const codes = Object.keys(report.findingCounts);
  if (codes.length === 1 && codes[0] === 'CHAIN_FORKED')
    throw conflict(`the database has other records than the archive among the first ${compared.size}`, 'the same records');
  if (report.exitCode !== 0 || report.axes.signerTrust !== 'pass' || report.range.verified?.from !== 0) throw unverified(report);
  return report;
}

function unverified({ exitCode, summary, findings, axes }: Report): ChainError {
  const actual = findings[0]?.code ?? `signer trust ${axes.signerTrust}`;
  const code = exitCode === 14 ? 'ERR_ARCHIVE_STORE' : 'ERR_RESTORE_ARCHIVE';
  return new ChainError(code, `the archive was not verified, so nothing of it is restored: ${summary}`, {
    field: 'archive',
    expected: 'an archive that verifies',
    actual,
  });
}

function conflict(message: string, expected: string): ChainError {
  return new ChainError('ERR_RESTORE_CONFLICT', `${message}; nothing was changed`, { field: 'database', expected });
}

function chooseChain(chains: readonly string[], named: string | undefined): string {
  const [only, ...others] = chains;
  const chain = named ?? (others.length === 0 ? only : undefined);
  if (chain !== undefined && chains.includes(chain)) return chain;
  const actual = chains.length === 0 ? 'no segment' : chains.slice(0, 5).join(', ');
  throw new ChainError('ERR_CHAIN_UNKNOWN', `chain: the archive has ${actual}: name one of its chains`, { field: 'chain', actual });
}

/** What an archive's source cannot read is an error of the archive. */
export async function readable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw unreadable(error);
  }
}

function unreadable(error: unknown): unknown {
  if (!(error instanceof SourceError)) return error;
  return new ChainError('ERR_ARCHIVE_STORE', error.message, { field: 'archive', actual: error.reason, cause: error });
}
