import type { Finding } from './finding.ts';
import type { SegmentFiles } from './segment/names.ts';
import type { BesideRecords } from './database/beside.ts';
import type { LineReader } from './records/line-reader.ts';
import type { PrunedStart } from '../retention/pruned-start.ts';
import type { PrunedRecords } from '../retention/waiting-own.ts';
import type { AttestationStore } from '../store/attestation-store.ts';

/** One stored file of an archive. */
export interface ArchiveFile {
  /** Path below the archive, with slashes: `example.com/audit/2026/11/21/0000000000000000.jsonl.gz`. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** What lies over it in a store that keeps versions: whoever reads without naming a version gets that. */
  readonly covered?: 'newer version' | 'delete marker';
}

/** What keeps a stored file from being deleted or changed. `unknown`: whoever asks may not see it, which is not the same as `unlocked`. */
export type LockState =
  | { readonly state: 'locked'; readonly mode: 'GOVERNANCE' | 'COMPLIANCE'; readonly until: string }
  | { readonly state: 'unlocked' }
  | { readonly state: 'unknown' };

/**
 * Where an archive lies: a directory, S3, memory.
 *
 * A file that is not there rejects with `SourceError` `missing`, one that cannot be read with `unreadable`.
 */
export interface ArchiveSource {
  /** `directory` and `memory` are not write-once; the axis then says *not applicable*. */
  readonly kind: 'directory' | 'memory' | 's3';
  /** What keeps a listed file as it is; absent where nothing can. */
  lock?(path: string, signal?: AbortSignal): Promise<LockState>;
  /** The segments, where their files' names do not tell: of one that is judged alone. `list` is not asked then. */
  segments?(): Promise<readonly SegmentFiles[]>;
  /** Every file, in any order. */
  list(signal?: AbortSignal): Promise<readonly ArchiveFile[]>;
  /**
   * The bytes [start, end) of a file, fewer where it ends before.
   *
   * @param into where to put them, from its beginning, if that is long enough and the source can; otherwise they are in memory of their own
   */
  read(
    path: string,
    start: number,
    end: number,
    options?: { readonly signal?: AbortSignal; readonly into?: Uint8Array },
  ): Promise<Uint8Array>;
}

/**
 * Record lines in the order of `seq`: a log directory, a database, a JSONL file, standard input.
 *
 * Lines end in LF. A chunk may end anywhere; it belongs to the receiver, who may write to it.
 */
export interface RecordSource {
  readonly kind: 'log' | 'database' | 'jsonl' | 'stdin' | 'memory';
  /** What the source says its chain is; a file does not say. */
  readonly chain?: string;
  chunks(signal?: AbortSignal): AsyncIterable<Uint8Array>;
  /** As `chunks`, into the receiver's memory; gives nothing where only `chunks` has the lines. */
  reader?(): Promise<LineReader | undefined>;
  /** Makes working buffers, where the platform has a kind in which line feeds are found faster. */
  allocate?(length: number): Uint8Array;
  /** The notes that the source holds, in rising size; a file holds none. */
  notes?(): AsyncIterable<Uint8Array>;
  /** What outsiders said of its notes. */
  attestations?(): Pick<AttestationStore, 'of' | 'sizes'>;
  /** What tiles say of records that were pruned; only a database has such. Nothing of it is trusted before a signed root agrees. */
  prunedStart?(): Promise<PrunedStart | undefined>;
  /** The root at a size before the pruned beginning ends, hex, by the same tiles; nothing when they contradict each other. */
  prunedRoot?(size: number, start: PrunedStart): Promise<string | undefined>;
  /** Ranges that events say were pruned which wait for their places. The database's word. */
  waitingPruning?(report: (finding: Finding) => void): Promise<readonly PrunedRecords[]>;
  /** What the database keeps beside the records, for level `deep`. */
  beside?(): Promise<BesideRecords>;
  /** Segments that the database says it has sealed, of every archive. The database's word. */
  sealed?(): Promise<readonly SealedSegment[]>;
  /** What the source has seen beside the lines, so far: columns that contradict records. Asked once, at the end. */
  findings?(): readonly Finding[];
  /** The source's own clock, RFC 3339 UTC with milliseconds: how old an unsigned tail is. */
  now?(): Promise<string>;
}

/** A segment that a database says it has sealed. */
export interface SealedSegment {
  /** The name of the archive. */
  readonly target: string;
  readonly first: number;
  readonly last: number;
  /** Digest of its manifest, hex. */
  readonly manifest: string;
}

/** `missing`: not there; `unreadable`: cannot be reached; `cut`: ends too early; `damaged`: is not what it should be. */
export type SourceFault = 'missing' | 'unreadable' | 'cut' | 'damaged';

/** Why a source could not be read. */
export class SourceError extends Error {
  override readonly name: string = 'SourceError';
  readonly reason: SourceFault;

  constructor(reason: SourceFault, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.reason = reason;
  }
}

/** What inflates gzip members: zlib under Node. */
export interface Inflater {
  /**
   * Inflates one raw deflate stream (RFC 1951).
   *
   * @param bytes the stream and nothing else
   * @param into as long as the result must be; all of it is written, or something undefined
   * @returns false when the stream is damaged, gives another length, or does not end where `bytes` ends
   */
  inflateRaw(bytes: Uint8Array, into: Uint8Array): Promise<boolean>;
  /**
   * Inflates a gzip file as a stream (RFC 1952), for files whose index is of no use. Rejects with `SourceError` `cut` or `damaged`; the bytes
   * before come first.
   */
  gunzip?(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>;
  /** CRC-32 (RFC 1952 §8), where the platform has a fast one. */
  crc32?(bytes: Uint8Array): number;
  /** Makes working buffers, where the platform has a kind in which line feeds are found faster. */
  allocate?(length: number): Uint8Array;
}

/** Finds ids that come twice in a chain, in memory that does not grow with it where the platform has files. */
export interface IdStore {
  /** @param id 16 bytes, which the store may keep */
  add(id: Uint8Array, seq: number): void;
  /** Called once, after the last `add`: records whose id an earlier one has, in the order of their numbers; at most some thousand. */
  repeated(): Promise<readonly { readonly seq: number; readonly first: number }[]>;
  close(): Promise<void>;
}

/** How far a run has come, for a progress bar. */
export interface Progress {
  readonly records: number;
  readonly bytes: number;
  /** All bytes there are, where that is known. */
  readonly totalBytes?: number;
}
