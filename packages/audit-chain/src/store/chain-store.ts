import { hexEncode } from '@countersign/proof-core/bytes/hex';
import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { concatBytes } from '@countersign/proof-core/bytes/compare';
import * as sql from './statements.ts';
import type { Row, SqlClient, SqlQueries } from './sql.ts';
import type { Addition, ChainStore, StoredCheckpoint, StoredNote, StoredSegment, TakenId } from './store.ts';

// Rows read in one go: about a megabyte of usual records, at most 64 MiB of the largest.
const PAGE = 1000;

class Taken extends Error {
  readonly ids: readonly TakenId[];
  constructor(ids: readonly TakenId[]) {
    super('taken');
    this.ids = ids;
  }
}

async function addTo(queries: SqlQueries, chain: number, addition: Addition): Promise<void> {
  const { first, records, checkpoint } = addition;
  const ids = addition.ids.map(({ id, digest }) => `${id} ${digest}`).join('\n');
  const parameters = [chain, first, records, ids, checkpoint.size, hexEncode(checkpoint.root), hexEncode(checkpoint.frontier)];
  const [row] = await queries.query(sql.ADD_BATCH, parameters);
  if (Number(row!['inserted']) !== addition.count) {
    const lines = addition.ids.map(({ id }) => id).join('\n');
    throw new Taken((await queries.query(sql.TAKEN_IDS, [chain, lines, first])).map(takenId));
  }
  if (addition.tiles.length > 0) {
    const tiles = addition.tiles.map((tile) => `${tile.level} ${tile.index} ${hexEncode(tile.root)} ${hexEncode(tile.hashes)}`);
    await queries.query(sql.ADD_TILES, [chain, tiles.join('\n')]);
  }
  if (addition.privateValues.length > 0) {
    const values = addition.privateValues.map(({ id, name, value, salt }) => ({ id, name, value, salt: hexEncode(salt) }));
    await queries.query(sql.ADD_PRIVATE_VALUES, [chain, JSON.stringify(values)]);
  }
}

function takenId(row: Row): TakenId {
  return { id: String(row['id']), digest: String(row['digest']), seq: row['seq'] === null ? undefined : Number(row['seq']) };
}

function storedNote(row: Row): StoredNote {
  return { size: Number(row['size']), note: String(row['note']) };
}

/** One chain behind the SQL seam; the contract is at `ChainStore`. */
export class SqlChainStore implements ChainStore {
  readonly chain: string;
  readonly #client: SqlClient;
  readonly #id: number;

  constructor(client: SqlClient, chain: string, id: number) {
    this.#client = client;
    this.chain = chain;
    this.#id = id;
  }

  async add(plan: Parameters<ChainStore['add']>[0]): ReturnType<ChainStore['add']> {
    try {
      return await this.#client.transaction(async (queries) => {
        const [row] = await queries.query(sql.LOCK_HEAD, [this.#id]);
        const added = plan({ size: Number(row!['size']), now: Number(row!['now']) });
        await addTo(queries, this.#id, added);
        return { added };
      });
    } catch (error) {
      // Thrown inside the transaction so that it is rolled back; the driver's wrapper keeps it as the cause.
      const taken = error instanceof Taken ? error : (error as { readonly cause?: unknown }).cause;
      if (taken instanceof Taken) return { taken: taken.ids };
      throw error;
    }
  }

  async addNote({ size, note }: StoredNote): Promise<void> {
    await this.#client.transaction(async (queries) => {
      await queries.query('set local synchronous_commit = off');
      await queries.query(sql.ADD_NOTE, [this.#id, size, note]);
    });
  }

  async *records(from: number, to: number): AsyncIterable<Uint8Array> {
    for (let next = from; next < to;) {
      const rows = await this.#client.query(sql.RECORDS, [this.#id, next, to, PAGE]);
      if (rows.length === 0) return;
      yield utf8Encode(rows.map((row) => `${String(row['record'])}\n`).join(''));
      next = Number(rows.at(-1)!['seq']) + 1;
    }
  }

  async recordsAt(seqs: readonly number[]): Promise<ReadonlyMap<number, Uint8Array>> {
    if (seqs.length === 0) return new Map();
    const rows = await this.#client.query(sql.RECORDS_AT, [this.#id, seqs.join('\n')]);
    return new Map(rows.map((row) => [Number(row['seq']), utf8Encode(String(row['record']))]));
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
    return (await this.#client.query(sql.TAKEN_IDS, [this.#id, ids.join('\n'), null])).map(takenId);
  }

  async privateValues(id: string): ReturnType<ChainStore['privateValues']> {
    const rows = await this.#client.query(sql.PRIVATE_VALUES, [this.#id, id]);
    return rows.map((row) => ({ name: String(row['name']), value: String(row['value']), salt: bytes(row['salt']) }));
  }

  async segments(target: string): Promise<readonly StoredSegment[]> {
    const rows = await this.#client.query(sql.SEGMENTS, [this.#id, target]);
    return rows.map((row) => ({
      first: Number(row['first']),
      last: Number(row['last']),
      exportedAt: String(row['exported_at']),
      manifest: typeof row['manifest'] === 'string' ? row['manifest'] : undefined,
    }));
  }

  async planSegment(target: string, { first, last, exportedAt }: StoredSegment): Promise<void> {
    await this.#client.query(sql.PLAN_SEGMENT, [this.#id, target, first, last, exportedAt]);
  }

  async sealSegment(target: string, first: number, manifest: string): Promise<void> {
    await this.#client.query(sql.SEAL_SEGMENT, [this.#id, target, first, manifest]);
  }
}

function bytes(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new TypeError('the database driver did not return bytes for a bytea column');
}
