import type { PrivateValue } from '../record/private.ts';

/** What one batch adds to a chain: inserted whole in one transaction, or not at all. */
export interface Addition {
  readonly first: number;
  readonly count: number;
  /** Records, one a line, without a last LF. */
  readonly records: string;
  /** One for each record, in the same order. */
  readonly ids: readonly { readonly id: string; readonly digest: string }[];
  readonly privateValues: readonly (PrivateValue & { readonly id: string })[];
  /** The unsigned checkpoint of the batch. */
  readonly checkpoint: StoredCheckpoint;
  readonly tiles: readonly Tile[];
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
}

/** What `add` sees under the chain's lock. */
export interface LockedHead {
  readonly size: number;
  /** The database's clock, milliseconds since 1970. */
  readonly now: number;
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
 * Concurrency: `add` holds the chain's lock from the call of `plan` to the commit; callers in other processes wait. Errors: ChainError;
 * ERR_DISK_FULL and ERR_STORE leave nothing behind.
 */
export interface ChainStore {
  readonly chain: string;
  /**
   * Locks the chain, asks `plan` what to add at its head, and adds it.
   *
   * @returns the addition, or the ids of it that the chain already holds: then nothing was added
   */
  add(plan: (head: LockedHead) => Addition): Promise<{ readonly added: Addition } | { readonly taken: readonly TakenId[] }>;
  addNote(note: StoredNote): Promise<void>;
  /** Record lines of [from, to), each ending in LF, in chunks of at most about 1 MiB. */
  records(from: number, to: number): AsyncIterable<Uint8Array>;
  /** The bytes of single records, by seq; those that are not there are left out. */
  recordsAt(seqs: readonly number[]): Promise<ReadonlyMap<number, Uint8Array>>;
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
  privateValues(id: string): Promise<readonly PrivateValue[]>;
  segments(target: string): Promise<readonly StoredSegment[]>;
  planSegment(target: string, segment: StoredSegment): Promise<void>;
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
