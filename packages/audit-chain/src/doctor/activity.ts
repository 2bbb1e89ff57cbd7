import type { SqlClient } from '../store/sql.ts';
import { type Check, checkOf, seconds } from './check.ts';

// Sessions that hold or wait for locks on the tables of the log. Of others' sessions a login may see only that they exist.
const SESSIONS = `select a.pid, a.state, cardinality(pg_blocking_pids(a.pid)) > 0 as blocked,
  (extract(epoch from clock_timestamp() - coalesce(a.xact_start, clock_timestamp())) * 1000)::bigint as age
from pg_stat_activity a
where a.datname = current_database() and a.pid <> pg_backend_pid()
  and exists (select from pg_locks l where l.pid = a.pid and l.relation in (select oid from pg_class where relnamespace = 'countersign'::regnamespace))
order by age desc`;

const BLOCKED_MS = 5000;
const IDLE_MS = 60_000;

/** Looks at who holds the log up: blocked sessions, and transactions that were left open. */
export async function checkLocks(client: SqlClient): Promise<Check> {
  const { ok, warn, fail, skip } = checkOf('locks');
  if (client.kind === 'pglite') return skip('an embedded database has one session');
  const sessions = (await client.query(SESSIONS)).map((row) => ({
    pid: Number(row['pid']),
    state: String(row['state']),
    blocked: row['blocked'] === true,
    age: Number(row['age']),
  }));
  const blocked = sessions.filter((session) => session.blocked && session.age > BLOCKED_MS);
  if (blocked.length > 0) {
    const [{ pid, age }] = blocked as [(typeof blocked)[0], ...typeof blocked];
    return fail(
      `${blocked.length} sessions wait for a lock, ${pid} for ${seconds(age)}`,
      `select pg_blocking_pids(${pid}): end the session that holds it`,
    );
  }
  const idle = sessions.find(({ state, age }) => state === 'idle in transaction' && age > IDLE_MS);
  if (idle !== undefined) {
    return warn(
      `session ${idle.pid} has been idle in a transaction on the log for ${seconds(idle.age)}`,
      'find out which program leaves transactions open; set idle_in_transaction_session_timeout',
    );
  }
  return ok(`${sessions.length} sessions at work, none waits`);
}
