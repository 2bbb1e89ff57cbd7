import { equalBytes } from '@countersign/proof-core/bytes/compare';
import { parseDocument } from '@countersign/proof-core/document/parse';
import { DOCUMENT_TYPES } from '@countersign/proof-core/document/types';
import { verifyDocument } from '@countersign/proof-core/document/verify';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { ProofError } from '@countersign/proof-core/errors';
import type { KeyResolver, Signer } from '@countersign/proof-core/ports';
import { ZERO_HASH, readLink } from '@countersign/proof-core/record/link';
import { requireRegistered } from '../append/keys.ts';
import { tampered } from '../append/lines.ts';
import { ChainError } from '../errors.ts';
import type { ChainStore, StoredNote, StoredSegment } from '../store/store.ts';
import { MemberError, readManifest } from '../verify/segment/manifest.ts';
import { SEGMENT_FILES, segmentKey } from './key.ts';
import { type ExportInfo, type Retention, type SegmentManifest, signManifest } from './manifest.ts';
import { type ReadRange, readRange } from './read-range.ts';
import { type GzipMember, formatIndex } from './segment.ts';
import type { ArchiveTarget } from './target.ts';

/** What sealing needs. */
export interface SealParts {
  readonly store: ChainStore;
  readonly target: ArchiveTarget;
  /** Sign the manifests; registered for `segment`. */
  readonly signers: readonly Signer[];
  readonly resolver: KeyResolver;
  /** The registry that verifiers will use: its version and its digest, hex. */
  readonly registry: { readonly digest: string; readonly version: number };
  readonly exporter: Omit<ExportInfo, 'at' | 'pii_included'>;
  readonly gzip: GzipMember;
  /** Now, RFC 3339 UTC with milliseconds. */
  readonly now: string;
  /** A segment ends at the last signed checkpoint within this many records, else at the next one there is; default 50,000. */
  readonly records?: number;
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

const DEFAULT_RECORDS = 50_000;

/**
 * Seals every settled record that is not yet sealed to a target, in segments that end at a signed checkpoint (architecture §3.5).
 *
 * The range of a segment is fixed in the database before its first file is written, so that a crash in between is repaired by the next
 * call and never doubled. Files that are already there must have the same content.
 *
 * @yields each segment when its three files and its row are durable; nothing when there was nothing to seal
 * @throws ChainError ERR_CHAIN_TAMPERED, ERR_ARCHIVE_CONFLICT, ERR_SIGNER_WRONG, ERR_STORE, ERR_DISK_FULL; ProofError ERR_SIGNER_OUTPUT
 * @example for await (const { first, last } of sealChain(parts)) console.log(first, last);
 */
export async function* sealChain(parts: SealParts, engine: Engine = defaultEngine): AsyncGenerator<SealedSegment> {
  const { store, target } = parts;
  for (const signer of parts.signers) requireRegistered(signer, parts.resolver, 'segment', store.chain, parts.now);
  let previous = ZERO_HASH;
  let next = 0;
  const segments = [...(await store.segments(target.name))];
  for (const segment of segments) {
    if (segment.first !== next) throw tampered(`segment ${segment.first}`, `one that starts at ${next}`, `${segment.first}`);
    const sealed = segment.manifest === undefined ? await sealSegment(parts, segment, previous, engine) : undefined;
    if (sealed !== undefined) yield sealed;
    previous = sealed?.manifest ?? segment.manifest!;
    next = segment.last + 1;
  }
  for (;;) {
    const end = await segmentEnd(store, next, parts.records ?? DEFAULT_RECORDS);
    if (end === undefined) return;
    // The next manifest names this one, under our signature: what the database says of it is compared with the archive.
    await requireManifest(parts, segments.pop(), engine);
    const segment = { first: next, last: end.size - 1, exportedAt: parts.now, manifest: undefined };
    await store.planSegment(target.name, segment);
    const sealed = await sealSegment(parts, segment, previous, engine);
    yield sealed;
    previous = sealed.manifest;
    next = end.size;
  }
}

/** Requires that a sealed segment's manifest is the one that its row names, where both are still at hand. */
async function requireManifest({ store, target }: SealParts, segment: StoredSegment | undefined, engine: Engine): Promise<void> {
  const { first, manifest } = segment ?? {};
  if (first === undefined || manifest === undefined) return;
  const record = (await store.recordsAt([first])).get(first);
  if (record === undefined) return;
  const link = readLink(record, 0, record.length);
  if (link === undefined) throw tampered(`record ${first}`, 'a record');
  const there = await target.read(segmentKey(store.chain, first, link.time) + SEGMENT_FILES.manifest);
  if (there === undefined) return;
  const { digest } = parseDocument(there, engine);
  if (digest !== manifest) throw tampered(`manifest of segment ${first}`, manifest, digest);
}

/** The note where the segment that starts at `first` ends; undefined when nothing signed is left. */
async function segmentEnd(store: ChainStore, first: number, records: number): Promise<StoredNote | undefined> {
  const newest = await store.note();
  if (newest === undefined || newest.size <= first) return undefined;
  const within = await store.note(first + records);
  // A single batch can be larger than a segment should be: then the next note there is.
  return within !== undefined && within.size > first ? within : await store.nextNote(first);
}

async function sealSegment(parts: SealParts, segment: StoredSegment, previous: string, engine: Engine): Promise<SealedSegment> {
  const { store, target } = parts;
  const note = await store.note(segment.last + 1);
  if (note?.size !== segment.last + 1)
    throw tampered(`note ${segment.last + 1}`, 'the one where the segment ends', `${note?.size ?? 'none'}`);
  const read = await readRange(store, segment.first, note, parts, engine);
  const key = segmentKey(store.chain, segment.first, read.time);
  const head = { chain: store.chain, first: segment.first, count: note.size - segment.first };
  const index = formatIndex({ ...head, frontier: read.frontier }, read.segment.members, engine);
  // A manifest that is there was signed with the date of its day; the files beside it are kept as long as it says.
  const { exportedAt } = segment;
  const retention = (await signedManifest(parts, key + SEGMENT_FILES.manifest, engine))?.retention ?? (await target.retention());
  await putSame(target, key + SEGMENT_FILES.records, read.segment.file, retention);
  await putSame(target, key + SEGMENT_FILES.index, index, retention);
  const payload = manifestOf(parts, { ...head, note, previous, exportedAt, index: engine.sha256Hex(index), retention }, read);
  const manifest = await signManifest(payload, parts.signers, engine);
  const digest = await putManifest(parts, key + SEGMENT_FILES.manifest, manifest, retention, engine);
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
): SegmentManifest {
  return {
    chain: of.chain,
    checkpoint: of.note.note,
    count: of.count,
    digests: { file: read.segment.fileDigest, index: of.index, records: read.segment.recordsDigest },
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

async function putSame(target: ArchiveTarget, key: string, content: Uint8Array, retention: Retention): Promise<void> {
  if (await target.put(key, content, retention)) return;
  const there = await target.read(key);
  if (there === undefined || !equalBytes(there, content)) throw conflict(key);
}

/** A manifest that is there counts when it says the same: its signature may be another one that holds. */
async function putManifest(parts: SealParts, key: string, content: Uint8Array, retention: Retention, engine: Engine): Promise<string> {
  const { digest } = parseDocument(content, engine);
  if (await parts.target.put(key, content, retention)) return digest;
  if ((await signedManifest(parts, key, engine))?.digest !== digest) throw conflict(key);
  return digest;
}

interface SignedManifest {
  readonly digest: string;
  readonly retention: Retention;
}

/** What a manifest that is there and holds says; undefined of anything else. */
async function signedManifest(
  { store, target, resolver, now }: SealParts,
  key: string,
  engine: Engine,
): Promise<SignedManifest | undefined> {
  const there = await target.read(key);
  if (there === undefined) return undefined;
  const type = DOCUMENT_TYPES['segment-manifest'];
  try {
    const policy = { type, purpose: 'segment', resolver, chain: store.chain, earliest: now, latest: now } as const;
    const { digest, value } = await verifyDocument(there, policy, engine);
    return { digest, retention: readManifest(value).retention };
  } catch (error) {
    if (error instanceof ProofError || error instanceof MemberError) return undefined;
    throw error;
  }
}

function conflict(key: string): ChainError {
  return new ChainError('ERR_ARCHIVE_CONFLICT', `${key} is already there with other content; nothing was overwritten`, {
    field: 'key',
    expected: 'the same content',
    actual: key,
  });
}
