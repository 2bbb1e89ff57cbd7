import type { PrivateValue } from '../record/private.ts';
import type { ReservedType } from '../record/types.ts';
import type { AttestationStore } from './attestation-store.ts';
import type { FindQuery, FoundRecord } from './find.ts';
import type { RestoreStore } from './restore-store.ts';
import type { RetentionStore } from './retention-store.ts';
import type { ServerState } from './server.ts';
import type { SqlQueries } from './sql.ts';

/** What one batch adds to a chain: inserted whole in one transaction, or not at all. */
export interface Addition {
  readonly first: number;
  readonly count: number;
  /** The process's clock, milliseconds since 1970: it must be within 5 seconds of the database's. */
  readonly now: number;
  /** Records, one a line, without a last LF: UTF-8. */
  readonly records: Uint8Array;
  /** The waiting rows that the first records are of, in order. */
  readonly waiting: readonly WaitingEvent[];
  /** The ids of the other records, in order. */
  readonly ids: readonly { readonly id: string; readonly digest: string }[];
  readonly privateValues: readonly (PrivateValue & { readonly id: string })[];
  /** The unsigned checkpoint of the batch. */
  readonly checkpoint: StoredCheckpoint;
  readonly tiles: readonly Tile[];
}

/** An event that a caller's transaction left to be given its place. Nothing in it is trusted. */
export interface WaitingEvent {
  /** Decides the order. */
  readonly n: number;
  readonly id: string;
  /** Canonical JSON of the event. */
  readonly event: string;
  /** Its private values as JSON, `{name, value, salt}`; null without any. */
  readonly private: string | null;
  /** Left by a function of the database for what it did itself: the only way to a reserved type. */
  readonly byLibrary: boolean;
  /** The digest under which its id is held for an event that waits, hex; null when the id is not held, or is a record's. */
  readonly digest: string | null;
}

/** An unsigned tree state: never trusted, only compared with what the signing process computes. */
export interface StoredCheckpoint {
  readonly size: number;
  readonly root: Uint8Array;
  /** `CompactRange.toBytes()` of [0, size). */
  readonly frontier: Uint8Array;
}

/** A full tile: 256 hashes of 32 bytes and the root of the subtree they span. */
export interface Tile {
  readonly level: number;
  readonly index: number;
  readonly root: Uint8Array;
  readonly hashes: Uint8Array;
}

/** A signed note as stored. */
export interface StoredNote {
  readonly size: number;
  readonly note: string;
}

/** An id that the chain already holds. `seq` is undefined while its event waits for its place. */
export interface TakenId {
  readonly id: string;
  readonly digest: string;
  readonly seq: number | undefined;
  /** Its event was put aside: the id is taken, and never gets a place. */
  readonly aside: boolean;
}

/** What `sequence` sees under the chain's lock. */
export interface LockedChain {
  readonly size: number;
  /** The database's clock, milliseconds since 1970. */
  readonly now: number;
  /** The first thousand events that wait, in order. */
  readonly waiting: readonly WaitingEvent[];
  /** As `ChainStore.records`, seen under the lock. */
  records(from: number, to: number): AsyncIterable<Uint8Array>;
  /** Puts a waiting row aside, with the reason. */
  quarantine(row: WaitingEvent, reason: string): Promise<void>;
}

/**
 * Why `addBatch` added nothing: another process added a batch, events wait to be placed first, ids are taken already, or somebody's open
 * transaction holds what the batch needs: nothing waits for that longer than a moment, because it would hold up the chain.
 */
export type BatchConflict = 'head' | 'waiting' | 'ids' | 'held';

/** An event as a caller's transaction leaves it. */
export type LeavingEvent = Pick<WaitingEvent, 'id' | 'event' | 'private'> & { readonly digest: string };

/** What a caller's transaction is told of events it left behind. */
export interface LeftEvents {
  /** The transaction's id. */
  readonly transaction: string;
  /** False when the chain holds one of the ids already: then none of the events was left. */
  readonly fresh: boolean;
}

/** Records that were pruned together, and the archive that has them. */
export interface PrunedRange {
  readonly first: number;
  readonly last: number;
  /** `ArchiveTarget.name` of the archive whose copy was verified before. */
  readonly target: string;
}

/** A segment whose range is fixed; `manifest` is the digest of its manifest once it is sealed. */
export interface StoredSegment {
  readonly first: number;
  readonly last: number;
  readonly exportedAt: string;
  readonly manifest: string | undefined;
}

/**
 * One chain in a database.
 *
 * Durability: when a promise of a writing call resolves, the change has reached stable storage (fsync), except `addNote`, which may be
 * lost in a crash: a lost note is signed again over the same root. Order: records are read in the order of seq, without gaps.
 * Concurrency: `addBatch` and `sequence` hold the chain's lock until they have committed; callers in other processes wait. Errors:
 * ChainError; ERR_DISK_FULL and ERR_CLOCK leave nothing behind; ERR_STORE neither, unless `isUnknownOutcome` tells otherwise.
 */
export interface ChainStore {
  readonly chain: string;
  /** The database's clock, milliseconds since 1970. */
  now(): Promise<number>;
  /** What the database is and what its commits are worth. */
  server(): Promise<ServerState>;
  /** `ServerState.identity`, not older than a tenth of a second: of the server that took the last batch, or asked for. */
  serverIdentity(): Promise<string>;
  /** Adds a batch at the head that it names, in one call. */
  addBatch(addition: Addition): Promise<{ readonly now: number } | { readonly conflict: BatchConflict }>;
  /** Locks the chain, asks `plan` what to add to what it finds, and adds it; `plan` may be asked again after a deadlock. */
  sequence(plan: (chain: LockedChain) => Promise<Addition | undefined>): Promise<{ readonly conflict: BatchConflict } | undefined>;
  /** Leaves events of different ids in a caller's own transaction, in order, all or none; they are placed once that commits. */
  leave(transaction: SqlQueries, events: readonly LeavingEvent[]): Promise<LeftEvents>;
  /** This chain's reads inside a caller's transaction. */
  within(transaction: SqlQueries): Pick<ChainStore, 'chain' | 'takenIds' | 'recordsAt' | 'privateValues' | 'pruned'>;
  /** What became of a transaction; undefined when the database no longer knows. */
  transactionStatus(transaction: string): Promise<'in progress' | 'committed' | 'aborted' | undefined>;
  /** The first thousand events of the library's own of one type that wait for their places, as canonical JSON, in order. */
  waitingOwn(type: ReservedType): Promise<readonly string[]>;
  /** Calls back when events may wait: at once when one is left, and at the latest after the polling interval. */
  onWaiting(callback: () => void): () => void;
  /** @returns false when a note of this size or a greater one is there already */
  addNote(note: StoredNote): Promise<boolean>;
  /**
   * Record lines of [from, to), each ending in LF, in chunks of at most about 1 MiB.
   *
   * @param options `borrowed`: a chunk need not hold longer than until the next one is asked for
   */
  records(from: number, to: number, options?: { readonly borrowed?: boolean }): AsyncIterable<Uint8Array>;
  /** The bytes of single records, by seq; those that are not there are left out. */
  recordsAt(seqs: readonly number[]): Promise<ReadonlyMap<number, Uint8Array>>;
  /** A page of records by index: those that a filter wants, and perhaps others. */
  find(query: FindQuery): Promise<readonly FoundRecord[]>;
  checkpoint(size?: number): Promise<StoredCheckpoint | undefined>;
  /** The note of the greatest size at or below `size`; the newest when absent. */
  note(size?: number): Promise<StoredNote | undefined>;
  /** The note of the smallest size above `size`. */
  nextNote(size: number): Promise<StoredNote | undefined>;
  /** All notes in rising size. */
  notes(): AsyncIterable<StoredNote>;
  tile(level: number, index: number): Promise<Uint8Array | undefined>;
  /** The roots of full tiles [from, to) of a level: 32 bytes each, flat. */
  tileRoots(level: number, from: number, to: number): Promise<Uint8Array>;
  /** Those of some ids that the chain already holds. */
  takenIds(ids: readonly string[]): Promise<readonly TakenId[]>;
  /** Those of some ids that transactions hold which have not ended: nobody can tell yet whether the chain will. */
  heldIds(ids: readonly string[]): Promise<readonly string[]>;
  /** Those of one event that are not erased. */
  privateValues(id: string): Promise<readonly PrivateValue[]>;
  /** The pruned range that a record lies in; undefined when it was not pruned. The database's word, for messages alone. */
  pruned(seq: number): Promise<PrunedRange | undefined>;
  /** The first record that was not pruned, by the same word. */
  firstStored(): Promise<number>;
  /** What outsiders said of this chain's notes. */
  attestations(): AttestationStore;
  /** What redacts, prunes and thins this chain. */
  retention(): RetentionStore;
  /** How many of the records [from, to), from the first on, come to at most `bytes` bytes, each with its line feed. */
  fitting(from: number, to: number, bytes: number): Promise<number>;
  /** The names of the archives that segments were sealed to, or are to be. */
  targets(): Promise<readonly string[]>;
  /** What puts records of an archive back. */
  restore(): RestoreStore;
  segments(target: string): Promise<readonly StoredSegment[]>;
  /** The last segment that is sealed, if there is one, and those behind it: segments are sealed in order. */
  lastSegments(target: string): Promise<readonly StoredSegment[]>;
  /** Fixes the range of a segment. @returns the one that counts: another process may have fixed it before */
  planSegment(target: string, segment: StoredSegment): Promise<StoredSegment>;
  sealSegment(target: string, first: number, manifest: string): Promise<void>;
}

/** A database of chains. */
export interface AuditStore {
  /** The chain ids, sorted. */
  chains(): Promise<readonly string[]>;
  /** @throws ChainError ERR_CHAIN_EXISTS */
  create(chain: string): Promise<ChainStore>;
  /** @throws ChainError ERR_CHAIN_UNKNOWN */
  open(chain: string): Promise<ChainStore>;
  close(): Promise<void>;
}
