import { ChainError } from '../errors.ts';
import type { SqlQueries } from './sql.ts';

/** What kind of server a database is on and what its commits are worth. */
export interface ServerState {
  /** `<system identifier>/<timeline>`: another one after a restore into a new cluster, or after a standby was promoted. */
  readonly identity: string;
  /** 150018 for 15.18. */
  readonly version: number;
  readonly encoding: string;
  readonly fsync: string;
  readonly fullPageWrites: string;
  /** Of this session. */
  readonly synchronousCommit: string;
  /** `synchronous_standby_names`; empty when no standby confirms commits. */
  readonly synchronousStandbys: string;
}

// The WAL file's name begins with the timeline in use; the control file would show the one of the last checkpoint.
const IDENTITY = `(select system_identifier::text from pg_control_system())
  || '/' || ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::bigint`;

/**
 * When the server process started, as an expression: a tenth of what the identity costs. As long as it stays, so does the identity: a server
 * that takes writes changes its timeline only by a restart, and another server started at another microsecond.
 */
export const SERVER_START = 'extract(epoch from pg_postmaster_start_time())';
const SETTING = (name: string): string => `current_setting('${name}')`;
const STATE = `select ${IDENTITY} as identity, ${SETTING('server_version_num')}::integer as version,
  ${SETTING('server_encoding')} as encoding, ${SETTING('fsync')} as fsync, ${SETTING('full_page_writes')} as full_page_writes,
  ${SETTING('synchronous_commit')} as synchronous_commit, ${SETTING('synchronous_standby_names')} as standbys`;

/** The identity, and the start that it goes with. */
export async function readServerIdentity(queries: SqlQueries): Promise<{ readonly identity: string; readonly start: string }> {
  const [row] = await queries.query(`select ${IDENTITY} as identity, ${SERVER_START} as start`);
  return { identity: String(row!['identity']), start: String(row!['start']) };
}

/**
 * Asks a database what it is. A standby refuses the question (SQLSTATE 55000): nothing can be appended there.
 *
 * @throws ChainError ERR_STORE
 */
export async function readServer(queries: SqlQueries): Promise<ServerState> {
  const [row] = await queries.query(STATE);
  return {
    identity: String(row!['identity']),
    version: Number(row!['version']),
    encoding: String(row!['encoding']),
    fsync: String(row!['fsync']),
    fullPageWrites: String(row!['full_page_writes']),
    synchronousCommit: String(row!['synchronous_commit']),
    synchronousStandbys: String(row!['standbys']),
  };
}

/**
 * Why the commits of a server are not durable (architecture §4): fsync off, or a commit that is confirmed before it is flushed, here or on
 * the standbys that are to confirm it.
 *
 * @returns the setting, what it should be and what it is; undefined when commits are durable
 */
export function notDurable(
  server: ServerState,
): { readonly field: string; readonly expected: string; readonly actual: string } | undefined {
  if (server.fsync !== 'on') return { field: 'fsync', expected: 'on', actual: server.fsync };
  const weak = server.synchronousStandbys === '' ? ['off'] : ['off', 'local', 'remote_write'];
  if (!weak.includes(server.synchronousCommit)) return undefined;
  return { field: 'synchronous_commit', expected: 'on', actual: server.synchronousCommit };
}

/**
 * Requires that commits of a session are durable.
 *
 * @returns what it was given
 * @throws ChainError ERR_NOT_DURABLE
 * @example requireDurableState(await readServer(client))
 */
export function requireDurableState(server: ServerState): ServerState {
  const weakness = notDurable(server);
  if (weakness === undefined) return server;
  const { field, expected, actual } = weakness;
  const message = `the database has ${field} = ${actual}: expected ${expected}, so that what was acknowledged survives a crash`;
  throw new ChainError('ERR_NOT_DURABLE', message, weakness);
}
