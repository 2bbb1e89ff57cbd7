import { parseDocument } from '@countersign/proof-core/document/parse';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { ZERO_HASH } from '@countersign/proof-core/record/link';
import { requireRegistered } from '../append/keys.ts';
import { tampered } from '../append/lines.ts';
import type { ChainStore, StoredNote, StoredSegment } from '../store/store.ts';
import { SEGMENT_FILES, segmentKey, storedSegmentKey } from './key.ts';
import { type SegmentLimits, segmentEnd } from './limits.ts';
import type { ExportInfo, Retention, SegmentManifest } from './manifest.ts';
import { type PutParts, putManifest, putRecords, putSame, signedManifest } from './put.ts';
import { type ReadRange, readRange } from './read-range.ts';
import { type GzipMember, type SegmentFile, SegmentMemory, formatIndex } from './segment.ts';

/** What sealing needs; `signers` sign the manifests and are registered for `segment`. */
export interface SealParts extends PutParts {
  readonly store: ChainStore;
  /** The registry that verifiers will use: its version and its digest, hex. */
  readonly registry: { readonly digest: string; readonly version: number };
  readonly exporter: Omit<ExportInfo, 'at' | 'pii_included'>;
  readonly gzip: GzipMember;
  readonly limits?: SegmentLimits;
}

/** One sealed segment. */
export interface SealedSegment {
  readonly first: number;
  readonly last: number;
  /** Digest of the manifest's payload, hex. */
  readonly manifest: string;
  /** Key of its files, without the ending. */
  readonly key: string;
}

/**
 * Seals every settled record that is not yet sealed to a target, in segments that end at a signed checkpoint (architecture §3.5).
 *
 * The range of a segment is fixed in the database before its first file is written, so that a crash in between is repaired by the next
 * call and never doubled. Two sealers at once make the same segments: the range that was fixed first counts, and what the other has
 * written already is adopted.
 *
 * @param options `onlyDue`: segments that are not full, or old, by `parts.limits` are left for later; `signal` ends it between segments
 * @yields each segment when its three files and its row are durable; nothing when there was nothing to seal
 * @throws ChainError ERR_CHAIN_TAMPERED, ERR_ARCHIVE_CONFLICT, ERR_ARCHIVE_RETENTION, ERR_SIGNER_WRONG, ERR_RECORD_PRUNED, ERR_STORE,
 *   ERR_ARCHIVE_STORE, ERR_DISK_FULL; ProofError ERR_SIGNER_OUTPUT
 * @see docs/spec/archive.md §4
 * @example for await (const { first, last } of sealChain(parts)) console.log(first, last);
 */
export async function* sealChain(
  parts: SealParts,
  options: { readonly onlyDue?: boolean; readonly signal?: AbortSignal } = {},
  engine: Engine = defaultEngine,
): AsyncGenerator<SealedSegment> {
  const { store, target, limits = {} } = parts;
  for (const signer of parts.signers) requireRegistered(signer, parts.resolver, 'segment', store.chain, parts.now);
  const memory = new SegmentMemory();
  const rows = [...(await store.lastSegments(target.name))];
  let before = rows[0]?.manifest === undefined ? undefined : rows.shift();
  while (options.signal?.aborted !== true) {
    const next = before === undefined ? 0 : before.last + 1;
    const row = rows.shift() ?? (await planNext(parts, limits, next, options.onlyDue ?? false));
    if (row === undefined) return;
    if (row.first !== next) throw tampered(`segment ${row.first}`, `one that starts at ${next}`, `${row.first}`);
    let { manifest } = row;
    if (manifest === undefined) {
      // The next manifest names this one, under our signature: what the database says of it is compared with the archive.
      await requireManifest(parts, before, engine);
      const sealed = await sealSegment(parts, row, before?.manifest ?? ZERO_HASH, memory, engine);
      manifest = sealed.manifest;
      yield sealed;
    }
    before = { ...row, manifest };
  }
}

/** Fixes the range of the next segment, unless another process has. */
async function planNext({ store, target, now }: SealParts, limits: SegmentLimits, first: number, onlyDue: boolean) {
  const end = await segmentEnd(store, first, limits, onlyDue);
  if (end === undefined) return undefined;
  return await store.planSegment(target.name, { first, last: end.size - 1, exportedAt: now, manifest: undefined });
}

/** Requires that a sealed segment's manifest is the one that its row names, where both are still at hand. */
async function requireManifest({ store, target }: SealParts, segment: StoredSegment | undefined, engine: Engine): Promise<void> {
  const { first, manifest } = segment ?? {};
  if (first === undefined || manifest === undefined) return;
  const key = await storedSegmentKey(store, first);
  const there = key === undefined ? undefined : await target.read(key + SEGMENT_FILES.manifest);
  if (there === undefined) return;
  const { digest } = parseDocument(there, engine);
  if (digest !== manifest) throw tampered(`manifest of segment ${first}`, manifest, digest);
}

async function sealSegment(
  parts: SealParts,
  segment: StoredSegment,
  previous: string,
  memory: SegmentMemory,
  engine: Engine,
): Promise<SealedSegment> {
  const { store, target } = parts;
  const note = await store.note(segment.last + 1);
  if (note?.size !== segment.last + 1)
    throw tampered(`note ${segment.last + 1}`, 'the one where the segment ends', `${note?.size ?? 'none'}`);
  const read = await readRange(store, segment.first, note, parts, memory, engine);
  const key = segmentKey(store.chain, segment.first, read.time);
  const head = { chain: store.chain, first: segment.first, count: note.size - segment.first };
  // A manifest that is there was signed with the date of its day; the files beside it are kept as long as it says.
  const { exportedAt } = segment;
  const place = { key: key + SEGMENT_FILES.manifest, earliest: read.lastTime };
  const retention = (await signedManifest(parts, place, engine))?.retention ?? (await target.retention());
  const file = await putRecords(parts, key + SEGMENT_FILES.records, { made: read.segment, first: head.first, retention }, engine);
  const index = formatIndex({ ...head, frontier: read.frontier }, file.members, engine);
  await putSame(target, key + SEGMENT_FILES.index, index, retention);
  const manifest = manifestOf(parts, { ...head, note, previous, exportedAt, index: engine.sha256Hex(index), retention }, read, file);
  const digest = await putManifest(parts, place, manifest, engine);
  await store.sealSegment(target.name, segment.first, digest);
  return { first: segment.first, last: segment.last, manifest: digest, key };
}

function manifestOf(
  parts: SealParts,
  of: {
    readonly chain: string;
    readonly first: number;
    readonly count: number;
    readonly note: StoredNote;
    readonly previous: string;
    readonly exportedAt: string;
    readonly index: string;
    readonly retention: Retention;
  },
  read: ReadRange,
  file: SegmentFile,
): SegmentManifest {
  return {
    chain: of.chain,
    checkpoint: of.note.note,
    count: of.count,
    digests: { file: file.fileDigest, index: of.index, records: file.recordsDigest },
    exported: { ...parts.exporter, at: of.exportedAt, pii_included: false },
    first: of.first,
    first_prev: read.firstPrev,
    format: 'countersign/segment@1',
    last: of.note.size - 1,
    last_hash: read.lastHash,
    previous: of.previous,
    registry: parts.registry,
    retention: of.retention,
    root: read.root,
    size: of.note.size,
  };
}
