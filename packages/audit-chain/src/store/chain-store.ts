import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { concatBytes } from '@countersign/proof-core/bytes/compare';
import type { ReservedType } from '../record/types.ts';
import { addTo, conflictOr } from './add-batch.ts';
import { bytes } from './columns.ts';
import { findRecords, type FindQuery, type FoundRecord } from './find.ts';
import { violatedConstraint } from './errors.ts';
import { type ServerState, readServer, readServerIdentity } from './server.ts';
import * as sql from './statements.ts';
import { readPages } from './read-pages.ts';
import { SqlAttestationStore } from './attestation-store.ts';
import { type RestoreStore, SqlRestoreStore } from './restore-store.ts';
import { type RetentionStore, SqlRetentionStore } from './retention-store.ts';
import type { Row, SqlClient, SqlQueries } from './sql.ts';
import type {
  Addition,
  ChainStore,
  LeavingEvent,
  LeftEvents,
  PrunedRange,
  StoredCheckpoint,
  StoredNote,
  StoredSegment,
  TakenId,
  WaitingEvent,
} from './store.ts';

const MAX_WAITING = 1000;

// Below so many records pages of rows cost less than a connection of their own.
const MANY = 1000;

// How long the server that took the last batch counts as the server there is.
const SEEN_MS = 100;

function takenId(row: Row): TakenId {
  const seq = row['seq'] === null ? undefined : Number(row['seq']);
  return { id: String(row['id']), digest: String(row['digest']), seq, aside: row['aside'] === true };
}

function waitingEvent(row: Row): WaitingEvent {
  return {
    n: Number(row['n']),
    id: String(row['id']),
    event: String(row['event']),
    private: (row['private'] ?? null) as string | null,
    byLibrary: row['by_library'] === true,
    digest: (row['digest'] ?? null) as string | null,
  };
}

function storedSegment(row: Row): StoredSegment {
  return {
    first: Number(row['first']),
    last: Number(row['last']),
    exportedAt: String(row['exported_at']),
    manifest: typeof row['manifest'] === 'string' ? row['manifest'] : undefined,
  };
}

function storedNote(row: Row): StoredNote {
  return { size: Number(row['size']), note: String(row['note']) };
}

/** One chain behind the SQL seam; the contract is at `ChainStore`. */
export class SqlChainStore implements ChainStore {
  readonly chain: string;
  readonly attestations: ChainStore['attestations'] = () => new SqlAttestationStore(this.#client, this.#id);
  readonly #client: SqlClient;
  readonly #id: number;

  readonly #onWaiting: (chain: number, callback: () => void) => () => void;

  /** The server as last asked for, and the start of the one that took the last batch. */
  #server = { identity: '', start: '' };
  #added = { start: '', at: 0 };

  constructor(client: SqlClient, chain: string, id: number, onWaiting: (chain: number, callback: () => void) => () => void) {
    this.#client = client;
    this.#onWaiting = onWaiting;
    this.chain = chain;
    this.#id = id;
  }

  async now(): Promise<number> {
    const [row] = await this.#client.query(sql.NOW);
    return Number(row!['now']);
  }

  async server(): Promise<ServerState> {
    return await readServer(this.#client);
  }

  async serverIdentity(): Promise<string> {
    const { start, at } = this.#added;
    if (start !== this.#server.start || Date.now() - at >= SEEN_MS) this.#server = await readServerIdentity(this.#client);
    return this.#server.identity;
  }

  async addBatch(addition: Addition): ReturnType<ChainStore['addBatch']> {
    try {
      return await conflictOr(async () => {
        const { now, start } = await addTo(this.#client, this.#id, addition);
        this.#added = { start, at: Date.now() };
        return { now };
      });
    } catch (error) {
      // Sessions that are not READ COMMITTED by default do not see the batch that they waited for; `sequence` does.
      if (violatedConstraint(error) === 'record_pkey') return { conflict: 'head' };
      throw error;
    }
  }

  async sequence(plan: Parameters<ChainStore['sequence']>[0]): ReturnType<ChainStore['sequence']> {
    return await conflictOr(async () => {
      const added = await this.#client.transaction(async (queries) => {
        const [row] = await queries.query(sql.LOCK_CHAIN, [this.#id]);
        const waiting = (await queries.query(sql.WAITING, [this.#id, MAX_WAITING])).map(waitingEvent);
        const addition = await plan({
          size: Number(row!['size']),
          now: Number(row!['now']),
          waiting,
          records: (from, to) => readPages(queries, this.#id, from, to),
          quarantine: async ({ n }, reason) => void (await queries.query(sql.QUARANTINE, [this.#id, n, reason])),
        });
        return addition === undefined ? undefined : await addTo(queries, this.#id, addition);
      });
      if (added !== undefined) this.#added = { start: added.start, at: Date.now() };
      return undefined;
    });
  }

  async leave(transaction: SqlQueries, events: readonly LeavingEvent[]): Promise<LeftEvents> {
    const [row] = await transaction.query(sql.LEAVE_EVENTS, [
      this.#id,
      events.map(({ id, digest }) => `${id} ${digest}`).join('\n'),
      events.map(({ event }) => event).join('\n'),
      events.every((event) => event.private === null) ? null : events.map((event) => event.private ?? '').join('\n'),
    ]);
    return { transaction: String(row!['xid']), fresh: row!['fresh'] === true };
  }

  within(transaction: SqlQueries): Pick<ChainStore, 'chain' | 'takenIds' | 'recordsAt' | 'privateValues' | 'pruned'> {
    return new SqlChainStore(
      { ...this.#client, query: (text, parameters) => transaction.query(text, parameters) },
      this.chain,
      this.#id,
      this.#onWaiting,
    );
  }

  async transactionStatus(transaction: string): ReturnType<ChainStore['transactionStatus']> {
    const [row] = await this.#client.query(sql.TRANSACTION_STATUS, [transaction]);
    return (row!['status'] ?? undefined) as 'in progress' | 'committed' | 'aborted' | undefined;
  }

  onWaiting(callback: () => void): () => void {
    return this.#onWaiting(this.#id, callback);
  }

  async addNote({ size, note }: StoredNote): Promise<boolean> {
    const [row] = await this.#client.query(sql.ADD_NOTE, [this.#id, size, note]);
    return row!['added'] === true;
  }

  async waitingOwn(type: ReservedType): Promise<readonly string[]> {
    const rows = await this.#client.query(sql.WAITING_OWN, [this.#id, type, MAX_WAITING]);
    return rows.map((row) => String(row['event']));
  }

  records(from: number, to: number, { borrowed = false }: { readonly borrowed?: boolean } = {}): AsyncIterable<Uint8Array> {
    if (to - from > MANY && this.#client.records !== undefined) return this.#client.records(this.#id, from, to, borrowed);
    return readPages(this.#client, this.#id, from, to, true);
  }

  async recordsAt(seqs: readonly number[]): Promise<ReadonlyMap<number, Uint8Array>> {
    if (seqs.length === 0) return new Map();
    const rows = await this.#client.query(sql.RECORDS_AT, [this.#id, seqs.join('\n')]);
    return new Map(rows.map((row) => [Number(row['seq']), utf8Encode(String(row['record']))]));
  }

  async find(query: FindQuery): Promise<readonly FoundRecord[]> {
    return await findRecords(this.#client, this.#id, query);
  }

  async checkpoint(size?: number): Promise<StoredCheckpoint | undefined> {
    const [row] = await this.#client.query(sql.CHECKPOINT, [this.#id, size ?? null]);
    return row && { size: Number(row['size']), root: bytes(row['root']), frontier: bytes(row['frontier']) };
  }

  async note(size?: number): Promise<StoredNote | undefined> {
    const [row] = await this.#client.query(sql.NOTE, [this.#id, size ?? null]);
    return row && storedNote(row);
  }

  async nextNote(size: number): Promise<StoredNote | undefined> {
    const [row] = await this.#client.query(sql.NEXT_NOTE, [this.#id, size]);
    return row && storedNote(row);
  }

  async *notes(): AsyncIterable<StoredNote> {
    for (let after = 0; ;) {
      const rows = await this.#client.query(sql.NOTES, [this.#id, after]);
      if (rows.length === 0) return;
      yield* rows.map(storedNote);
      after = Number(rows.at(-1)!['size']);
    }
  }

  async tile(level: number, index: number): Promise<Uint8Array | undefined> {
    const [row] = await this.#client.query(sql.TILE, [this.#id, level, index]);
    return row && bytes(row['hashes']);
  }

  async tileRoots(level: number, from: number, to: number): Promise<Uint8Array> {
    const rows = await this.#client.query(sql.TILE_ROOTS, [this.#id, level, from, to]);
    return concatBytes(...rows.map((row) => bytes(row['root'])));
  }

  async takenIds(ids: readonly string[]): Promise<readonly TakenId[]> {
    return (await this.#client.query(sql.TAKEN_IDS, [this.#id, ids.join('\n')])).map(takenId);
  }

  async heldIds(ids: readonly string[]): Promise<readonly string[]> {
    return (await this.#client.query(sql.HELD_IDS, [this.#id, ids.join('\n')])).map((row) => String(row['id']));
  }

  async privateValues(id: string): ReturnType<ChainStore['privateValues']> {
    const rows = await this.#client.query(sql.PRIVATE_VALUES, [this.#id, id]);
    return rows.map((row) => ({ name: String(row['name']), value: String(row['value']), salt: bytes(row['salt']) }));
  }

  async pruned(seq: number): Promise<PrunedRange | undefined> {
    const [row] = await this.#client.query(sql.PRUNED, [this.#id, seq]);
    return row && { first: Number(row['first']), last: Number(row['last']), target: String(row['target']) };
  }

  async firstStored(): Promise<number> {
    const [row] = await this.#client.query(sql.FIRST_STORED, [this.#id]);
    return Number(row!['first']);
  }

  retention(): RetentionStore {
    return new SqlRetentionStore(this.#client, this.#id);
  }

  async fitting(from: number, to: number, most: number): Promise<number> {
    const [row] = await this.#client.query(sql.FITTING, [this.#id, from, to, most]);
    return Number(row!['count']);
  }

  restore(): RestoreStore {
    return new SqlRestoreStore(this.#client, this.#id);
  }

  async segments(target: string): Promise<readonly StoredSegment[]> {
    return (await this.#client.query(sql.SEGMENTS, [this.#id, target, null])).map(storedSegment);
  }

  async lastSegments(target: string): Promise<readonly StoredSegment[]> {
    return (await this.#client.query(sql.LAST_SEGMENTS, [this.#id, target])).map(storedSegment);
  }

  async targets(): Promise<readonly string[]> {
    return (await this.#client.query(sql.TARGETS, [this.#id])).map((row) => String(row['target']));
  }

  async planSegment(target: string, { first, last, exportedAt }: StoredSegment): Promise<StoredSegment> {
    await this.#client.query(sql.PLAN_SEGMENT, [this.#id, target, first, last, exportedAt]);
    const [row] = await this.#client.query(sql.SEGMENTS, [this.#id, target, first]);
    return storedSegment(row!);
  }

  async sealSegment(target: string, first: number, manifest: string): Promise<void> {
    await this.#client.query(sql.SEAL_SEGMENT, [this.#id, target, first, manifest]);
  }
}
