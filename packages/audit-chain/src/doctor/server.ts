import { ChainError } from '../errors.ts';
import { sqlState } from '../store/errors.ts';
import { pendingMigrations } from '../store/migrate.ts';
import { type ServerState, notDurable, readServer } from '../store/server.ts';
import type { SqlClient } from '../store/sql.ts';
import { type Check, checkOf } from './check.ts';

/** Oldest server that the SQL here is for. */
const FLOOR = 150_000;

/**
 * Looks at the server: version, encoding, whether commits are durable, whether it takes writes.
 *
 * @returns the checks, and the server where it answered
 */
export async function checkServer(
  client: SqlClient,
): Promise<{ readonly checks: readonly Check[]; readonly server: ServerState | undefined }> {
  const version = checkOf('server');
  try {
    const server = await readServer(client);
    return { checks: [checkVersion(server), checkEncoding(server), checkDurability(server)], server };
  } catch (error) {
    // object_not_in_prerequisite_state: the question is for a server that writes WAL.
    if (sqlState(error) !== '55000') throw error;
    return { checks: [version.fail('a standby: nothing can be appended here', 'connect to the primary')], server: undefined };
  }
}

function checkVersion({ version }: ServerState): Check {
  const { ok, fail } = checkOf('server');
  const text = `PostgreSQL ${Math.floor(version / 10_000)}.${version % 10_000}`;
  return version >= FLOOR ? ok(text) : fail(text, 'PostgreSQL 15 or newer is needed');
}

function checkEncoding({ encoding }: ServerState): Check {
  const { ok, fail } = checkOf('encoding');
  return encoding === 'UTF8' ? ok('UTF8') : fail(encoding, 'records are stored as UTF-8: make the database with encoding UTF8');
}

function checkDurability(server: ServerState): Check {
  const { ok, warn, fail } = checkOf('durability');
  const weakness = notDurable(server);
  const { fsync, fullPageWrites, synchronousCommit, synchronousStandbys } = server;
  if (weakness !== undefined) {
    return fail(`${weakness.field} is ${weakness.actual}`, `set ${weakness.field} = ${weakness.expected}: nothing is signed before`);
  }
  if (fullPageWrites !== 'on') {
    return warn('full_page_writes is off', 'set it on, unless the file system writes whole pages: a crash can tear stored ones');
  }
  const standbys = synchronousStandbys === '' ? 'no standby confirms commits' : `confirmed by ${synchronousStandbys}`;
  return ok(`fsync ${fsync}, synchronous_commit ${synchronousCommit}; ${standbys}`);
}

/** Looks at the schema. @returns undefined for the second when there is none to look at further */
export async function checkSchema(client: SqlClient): Promise<{ readonly check: Check; readonly usable: boolean }> {
  const { ok, fail } = checkOf('schema');
  try {
    const pending = await pendingMigrations(client);
    if (pending === undefined) return { check: fail('the database holds no log', 'audit-chain init'), usable: false };
    if (pending.length === 0) return { check: ok('the newest'), usable: true };
    return { check: fail(`lacks migration ${pending.join(', ')}`, 'audit-chain migrate'), usable: false };
  } catch (error) {
    if (!(error instanceof ChainError) || error.code !== 'ERR_MIGRATION') throw error;
    return { check: fail(error.message, 'use the version of this program that the database was migrated by'), usable: false };
  }
}

const LOGIN = `select current_user as name, rolsuper as super,
  pg_has_role(current_user, 'countersign_owner', 'member') as owner,
  pg_has_role(current_user, 'countersign_writer', 'member') as writer,
  pg_has_role(current_user, 'countersign_reader', 'member') as reader
from pg_roles where rolname = current_user`;
const TRIGGERS = `select count(*) filter (where tgenabled <> 'A') as off, count(*) as found from pg_trigger
where not tgisinternal and tgrelid in (select oid from pg_class where relnamespace = 'countersign'::regnamespace)`;
const FOREIGN = `select string_agg(relname, ', ' order by relname) as names from pg_class
where relnamespace = 'countersign'::regnamespace and relkind = 'r' and relowner <> 'countersign_owner'::regrole`;

/** Looks at who the login is and whether what keeps records from being changed is in place. */
export async function checkRoles(client: SqlClient): Promise<readonly Check[]> {
  const [triggers] = await client.query(TRIGGERS);
  const [foreign] = await client.query(FOREIGN);
  const immutability = checkOf('immutability');
  const names = foreign!['names'] as string | null;
  const guard =
    Number(triggers!['found']) === 0 || Number(triggers!['off']) > 0
      ? immutability.fail(
          'triggers that keep records from being changed are missing or switched off',
          'verify the log with audit-verify, then find out who did it',
        )
      : names !== null
        ? immutability.fail(
            `${names}: not owned by countersign_owner`,
            'alter table … owner to countersign_owner; then verify the log with audit-verify',
          )
        : immutability.ok(`${Number(triggers!['found'])} triggers, everything owned by countersign_owner`);
  return [guard, await checkLogin(client)];
}

async function checkLogin(client: SqlClient): Promise<Check> {
  const { ok, warn, fail, skip } = checkOf('roles');
  if (client.kind === 'pglite') return skip('an embedded database: who may read its folder may do everything');
  const [login] = await client.query(LOGIN);
  const name = String(login!['name']);
  const advice = 'let services log in as a member of countersign_writer and nothing else (docs/operations/database-roles.md)';
  if (login!['super'] === true) return warn(`${name} is a superuser`, advice);
  if (login!['owner'] === true) return warn(`${name} is a member of countersign_owner and may change records`, advice);
  if (login!['writer'] === true) return ok(`${name} may append`);
  return login!['reader'] === true ? ok(`${name} may read`) : fail(`${name} has none of the roles`, `grant countersign_reader to ${name}`);
}
