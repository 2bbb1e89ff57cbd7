import { isRetriable, storeError } from '../store/errors.ts';
import type { Row, SqlClient, SqlQueries } from '../store/sql.ts';
import { keepConnection } from './kept-connection.ts';
import { prepareFrequent } from './prepared.ts';

/** A statement that a connection prepares once, by name. */
export interface PgStatement {
  readonly name: string;
  readonly text: string;
  readonly values: unknown[];
}

/** The part of a `pg` client, or pool, that runs a statement. */
export interface PgQueries {
  query(text: string | PgStatement, values?: unknown[]): Promise<{ rows: unknown[] }>;
}

/** The part of a `pg.PoolClient` that is used. */
export interface PgClientLike extends PgQueries {
  release(destroy?: boolean | Error): void;
  on(event: 'notification', listener: (message: { readonly channel: string; readonly payload?: string | undefined }) => void): unknown;
  on(event: 'error' | 'end', listener: (error?: Error) => void): unknown;
}

/** The part of `pg.Pool` that is used. */
export interface PgPoolLike extends PgQueries {
  /** Callers that wait for a connection. */
  readonly waitingCount?: number;
  connect(): Promise<PgClientLike>;
  end(): Promise<void>;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

const RETRIES = 5;

/** Runs statements on a `pg` client as the store does; also for a caller's own transaction. */
export function pgQueries(client: PgQueries): SqlQueries {
  return {
    async query(text, parameters = []) {
      try {
        return (await client.query(text, [...parameters])).rows as readonly Row[];
      } catch (error) {
        throw storeError(error);
      }
    },
  };
}

/**
 * Wraps a `pg` pool.
 *
 * Statements and transactions that PostgreSQL ends by deadlock or serialization failure (40P01, 40001) are run again, up to five times:
 * `work` must be repeatable.
 *
 * @param pool at least 2 connections; it is ended by `close`
 * @example const sql = fromPool(new pg.Pool({ connectionString: process.env.DATABASE_URL }));
 */
export function fromPool(pool: PgPoolLike): SqlClient {
  // An idle connection that breaks is an event of the pool; without a listener it would end the process.
  pool.on('error', () => {});
  const queries = pgQueries(prepareFrequent(keepConnection(pool)));
  return {
    kind: 'postgres',
    query: (text, parameters) => repeated(() => queries.query(text, parameters)),
    async execute(text) {
      try {
        await pool.query(text);
      } catch (error) {
        throw storeError(error);
      }
    },
    transaction: (work) => repeated(() => runOnce(pool, work)),
    listen: (channel, onNotification) => listen(pool, channel, onNotification),
    close: () => pool.end(),
  };
}

/** Runs again what PostgreSQL ended by deadlock or serialization failure: nothing of it took effect. */
async function repeated<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt >= RETRIES || !isRetriable(error)) throw storeError(error);
    }
  }
}

// Under the chain's lock each statement has to see what was committed before; and a process that stops in the middle holds nobody up.
const BEGIN = "begin isolation level read committed; set local idle_in_transaction_session_timeout = '10s'";

async function runOnce<T>(pool: PgPoolLike, work: (queries: SqlQueries) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: boolean = true;
  try {
    await client.query(BEGIN);
    try {
      const result = await work(pgQueries(client));
      await client.query('commit');
      broken = false;
      return result;
    } catch (error) {
      await client.query('rollback');
      broken = false;
      throw error;
    }
  } finally {
    // A connection whose state is not known goes back to nobody.
    client.release(broken);
  }
}

const RECONNECT_MS = 1000;

async function listen(pool: PgPoolLike, channel: string, onNotification: (payload: string) => void): Promise<() => Promise<void>> {
  let stopped = false;
  let client: PgClientLike | undefined;
  const connect = async (): Promise<void> => {
    const fresh = await pool.connect();
    if (stopped) return fresh.release(true);
    fresh.on('error', () => lost(fresh));
    fresh.on('end', () => lost(fresh));
    fresh.on('notification', (message) => onNotification(message.payload ?? ''));
    client = fresh;
    try {
      await fresh.query(`listen ${channel}`);
    } catch (error) {
      if (drop(fresh)) throw error;
    }
  };
  /** Lets a connection go; false when that has been done. */
  const drop = (broken: PgClientLike | undefined): boolean => {
    if (broken === undefined || client !== broken) return false;
    client = undefined;
    broken.release(true);
    return true;
  };
  const lost = (broken: PgClientLike): void => {
    if (drop(broken)) again();
  };
  const again = (): void => {
    if (!stopped) setTimeout(() => void connect().catch(again), RECONNECT_MS).unref?.();
  };
  await connect();
  // oxlint-disable-next-line typescript/require-await -- the seam is asynchronous: other drivers wait here
  return async () => {
    stopped = true;
    drop(client);
  };
}
