import { Buffer } from 'node:buffer';
import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import type { Pool, PoolClient } from 'pg';
import { pgQueries } from '../../adapters/pg.ts';
import { ChainError } from '../../errors.ts';
import { readPrunedRoot, readPrunedStart } from '../../retention/pruned-start.ts';
import { readWaitingOwn } from '../../retention/waiting-own.ts';
import { storeError } from '../../store/errors.ts';
import { pendingMigrations } from '../../store/migrate.ts';
import { openStore } from '../../store/sql-store.ts';
import type { SqlClient } from '../../store/sql.ts';
import type { ChainStore } from '../../store/store.ts';
import { refuseOptions } from '../../verify/error.ts';
import type { Finding } from '../../verify/finding.ts';
import { type RecordSource, SourceError } from '../../verify/ports.ts';
import { copyOut } from '../postgres/copy-out.ts';
import { openPool, showUrl } from '../postgres/open.ts';
import type { BesideRecords } from '../../verify/database/beside.ts';
import { besideRecords } from './beside-records.ts';
import { copyColumns, readColumns } from '../postgres/columns.ts';
import { sealedSegments, untampered } from './log-source.ts';

const CHUNK_BYTES = 1 << 20;
/** Rows in one statement, so that none runs for long. */
const STATEMENT_ROWS = 200_000;
const STATEMENT_MS = 120_000;
/** How many contradicting columns are told. */
const MOST_FINDINGS = 1000;

/** A chain of a database as it is at one moment. */
export interface OpenDatabase {
  readonly source: RecordSource;
  /** The same moment, for what is not read in order. */
  readonly store: ChainStore | undefined;
  close(): Promise<void>;
}

/**
 * Opens a log in a PostgreSQL database for verification: one read-only snapshot for the whole run, so that nothing that is appended, pruned or
 * thinned meanwhile is half seen. The right to read is enough (`countersign_reader`).
 *
 * @param url `postgres://USER@HOST[:PORT]/DATABASE`
 * @param chain needed where there are several
 * @throws SourceError when it cannot be reached or holds no log; ChainError ERR_STORE_URL, ERR_PACKAGE_MISSING, ERR_VERIFY_OPTIONS
 * @example const { source, close } = await openDatabaseSource('postgres://audit_viewer@db.example.com/log');
 */
export async function openDatabaseSource(url: string, chain?: string): Promise<OpenDatabase> {
  const where = showUrl(url);
  const pool = await unreadable(where, () => openPool(url, { max: 2 }));
  try {
    return await unreadable(where, () => openSnapshot(pool, where, chain));
  } catch (error) {
    await pool.end();
    throw error;
  }
}

async function openSnapshot(pool: Pool, where: string, chain: string | undefined): Promise<OpenDatabase> {
  const state = await pool.connect();
  const rows = await pool.connect();
  const release = (): void => [state, rows].forEach((client) => client.release(true));
  const close = async (): Promise<void> => {
    release();
    await pool.end();
  };
  try {
    await begin(state);
    const { rows: exported } = await state.query<{ id: string }>('select pg_export_snapshot() as id');
    await begin(rows, exported[0]!.id);
    const client = snapshotClient(state);
    await requireLog(client, where);
    const database = await openStore(client, { migrate: false });
    const name = chooseChain(await database.chains(), chain);
    if (name === undefined) return { source: emptySource(), store: undefined, close };
    const store = await database.open(name);
    const { rows: found } = await state.query<{ id: number }>('select id from countersign.chain where name = $1', [name]);
    const { id } = found[0]!;
    const beside = (): Promise<BesideRecords> => unreadable(where, () => besideRecords(client, id, store));
    return { source: { ...chainSource(rows, id, store, where), beside }, store, close };
  } catch (error) {
    release();
    throw error;
  }
}

async function begin(client: PoolClient, snapshot?: string): Promise<void> {
  await client.query('begin isolation level repeatable read, read only');
  if (snapshot !== undefined) await client.query(`set transaction snapshot '${snapshot}'`);
  await client.query(`set local statement_timeout = ${STATEMENT_MS}`);
  await client.query(`set local idle_in_transaction_session_timeout = 0`);
  await client.query(`set local client_encoding = 'UTF8'`);
  // By the index, in order: sorting a large chain would take its disk.
  await client.query('set local enable_sort = off');
}

/** One connection inside its transaction, as the store sees a database. */
function snapshotClient(client: PoolClient): SqlClient {
  const queries = pgQueries(client);
  const refuse = (): never => {
    throw new TypeError('a snapshot is only read');
  };
  return {
    kind: 'postgres',
    query: (text, parameters) => queries.query(text, parameters),
    execute: refuse,
    transaction: (work) => work(queries),
    listen: refuse,
    close: () => Promise.resolve(),
  };
}

async function requireLog(client: SqlClient, where: string): Promise<void> {
  const pending = await pendingMigrations(client);
  if (pending === undefined) throw new SourceError('missing', `${where}: holds no log`);
  if (pending.length > 0) throw new SourceError('unreadable', `${where}: its schema is older than this version (audit-chain migrate)`);
}

/** The chain that was asked for; another one, when it is not there, so that the report names what is. */
function chooseChain(chains: readonly string[], asked: string | undefined): string | undefined {
  if (asked !== undefined && chains.includes(asked)) return asked;
  if (asked === undefined && chains.length > 1) refuseOptions('chain', `one of ${chains.join(', ')}`, 'none');
  return chains[0];
}

function emptySource(): RecordSource {
  return { kind: 'database', async *chunks() {}, async *notes() {} };
}

function chainSource(rows: PoolClient, id: number, store: ChainStore, where: string): RecordSource {
  const findings: Finding[] = [];
  const add = (finding: Finding): void => void (findings.length < MOST_FINDINGS && findings.push(finding));
  return {
    kind: 'database',
    chain: store.chain,
    chunks: () => throughout(where, readRecords(rows, id, add)),
    notes: () => throughout(where, readNotes(store)),
    sealed: () => unreadable(where, () => sealedSegments(store)),
    prunedStart: () => unreadable(where, () => untampered(() => readPrunedStart(store))),
    prunedRoot: (size, start) => unreadable(where, () => untampered(() => readPrunedRoot(store, size, start))),
    waitingPruning: (report) => unreadable(where, () => readWaitingOwn(store, 'chain.pruned', report)),
    findings: () => findings,
    now: () => unreadable(where, async () => new Date(await store.now()).toISOString()),
    allocate: (length) => Buffer.allocUnsafeSlow(length),
  };
}

/** All rows of a chain by number, whatever checkpoint covers them. */
async function* readRecords(client: PoolClient, id: number, add: (finding: Finding) => void): AsyncGenerator<Uint8Array> {
  for (let next = 0; ;) {
    const columns = readColumns(add);
    const text = copyColumns(`chain = ${id} and seq >= ${next} order by seq limit ${STATEMENT_ROWS}`);
    yield* copyOut(client, text, columns.put, CHUNK_BYTES);
    if (columns.count < STATEMENT_ROWS) return;
    next = columns.last + 1;
  }
}

async function* readNotes(store: ChainStore): AsyncGenerator<Uint8Array> {
  for await (const { note } of store.notes()) yield utf8Encode(note);
}

/** Errors of the database are errors of the source; neither shows the password. */
async function unreadable<T>(where: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asSourceError(where, error);
  }
}

async function* throughout<T>(where: string, items: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* items;
  } catch (error) {
    throw asSourceError(where, error);
  }
}

function asSourceError(where: string, error: unknown): unknown {
  const known = error instanceof SourceError || error instanceof TypeError || error instanceof RangeError ? error : storeError(error);
  if (!(known instanceof ChainError) || (known.code !== 'ERR_STORE' && known.code !== 'ERR_MIGRATION')) return known;
  const message = known.message.startsWith(where) ? known.message : `${where}: ${known.message}`;
  return new SourceError('unreadable', message, { cause: error });
}
