import type { Pool, PoolConfig } from 'pg';
import { fromPool } from '../../adapters/pg.ts';
import { ChainError } from '../../errors.ts';
import { sqlState } from '../../store/errors.ts';
import type { SqlClient } from '../../store/sql.ts';
import { copyRecords } from './copy-records.ts';

const CONNECT_MS = 10_000;

/**
 * Tells whether a text is the URL of a PostgreSQL database.
 *
 * @example isPostgresUrl('postgres://audit@db.example.com/log') // true
 */
export function isPostgresUrl(text: string): boolean {
  return /^postgres(ql)?:\/\//.test(text);
}

/**
 * The URL of a database as it may be shown: without password and options.
 *
 * @throws ChainError ERR_STORE_URL
 * @example showUrl('postgres://audit:secret@db.example.com/log?sslmode=verify-full') // 'postgres://audit@db.example.com/log'
 */
export function showUrl(url: string): string {
  const { username, host, pathname } = parseUrl(url);
  return `postgres://${username === '' ? '' : `${username}@`}${host}${pathname}`;
}

function parseUrl(url: string): URL {
  // What does not parse is not shown: it may hold a password.
  const parsed = isPostgresUrl(url) && URL.canParse(url) ? new URL(url) : undefined;
  if (parsed !== undefined) return parsed;
  throw new ChainError('ERR_STORE_URL', 'database: expected postgres://USER@HOST[:PORT]/DATABASE', {
    field: 'database',
    expected: 'postgres://USER@HOST[:PORT]/DATABASE',
  });
}

// What a server that is there says when it takes no connection (PostgreSQL appendix A); the rest is a server that is not there.
const REFUSALS: Readonly<Record<string, string>> = {
  '28000': 'the server lets this user in from nowhere here',
  '28P01': 'the password is wrong',
  '3D000': 'there is no database of this name',
  '53300': 'the server has no connection left',
  '57P03': 'the server is starting or stopping',
};

/**
 * Opens a PostgreSQL database through the package `pg`, which is loaded now, and connects to it once.
 *
 * Password, TLS and the rest come from the URL, or from the variables and files that `pg` reads (PGPASSWORD, PGSSLMODE, ~/.pgpass).
 *
 * @param url `postgres://USER@HOST[:PORT]/DATABASE[?sslmode=…]`
 * @param options further settings of the pool: `max` connections
 * @throws ChainError ERR_STORE_URL, ERR_PACKAGE_MISSING, ERR_STORE; none shows the password
 * @example const client = await openPostgres('postgres://audit@db.example.com/log');
 */
export async function openPostgres(url: string, options: Pick<PoolConfig, 'max'> = {}): Promise<SqlClient> {
  const pool = await openPool(url, options);
  return { ...fromPool(pool), records: (chain, from, to, borrowed) => copyRecords(pool, chain, { from, to, borrowed }) };
}

/**
 * As `openPostgres`, for what needs connections of its own.
 *
 * @throws ChainError ERR_STORE_URL, ERR_PACKAGE_MISSING, ERR_STORE
 * @example const pool = await openPool('postgres://audit@db.example.com/log', { max: 2 });
 */
export async function openPool(url: string, options: Pick<PoolConfig, 'max'> = {}): Promise<Pool> {
  const where = showUrl(url);
  const { default: pg } = await load(() => import('pg'));
  const settings = { connectionString: url, connectionTimeoutMillis: CONNECT_MS, application_name: 'countersign', keepAlive: true };
  const pool = new pg.Pool({ ...settings, ...options });
  // A connection that breaks while it is idle is an event of the pool, and while it is being closed one of its own; without a listener either would
  // end the process.
  pool.on('error', () => {});
  pool.on('connect', (client) => void client.on('error', () => {}));
  try {
    await pool.query('select 1');
    return pool;
  } catch (cause) {
    await pool.end();
    const state = sqlState(cause);
    throw new ChainError('ERR_STORE', `${where}: ${REFUSALS[state] ?? `no connection (${state})`}`, {
      field: 'database',
      actual: state,
      cause,
    });
  }
}

async function load<T>(module: () => Promise<T>): Promise<T> {
  try {
    return await module();
  } catch (cause) {
    throw new ChainError('ERR_PACKAGE_MISSING', 'a log in PostgreSQL needs the package pg: npm install pg', {
      field: 'package',
      expected: 'pg',
      actual: 'not installed',
      cause,
    });
  }
}
