import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { ChainError } from '../errors.ts';
import { sqlState } from './errors.ts';
import { MIGRATIONS, type Migration } from './migrations.ts';
import type { SqlClient, SqlQueries } from './sql.ts';

const ROLES = ['countersign_owner', 'countersign_writer', 'countersign_reader', 'countersign_retention'];

// Any constant will do; it keeps several processes that start at once in line.
const LOCK = 'select pg_advisory_xact_lock(6962, 8785)';
const TABLE = `create table if not exists countersign.migration (
  id integer primary key, name text not null, sha256 text not null, applied_at timestamptz not null default now())`;

/**
 * Brings a database to the newest schema; safe when several processes do it at once. Where there is nothing to do, a login that may only read
 * is enough.
 *
 * @returns the numbers of the migrations that were applied
 * @throws ChainError ERR_MIGRATION when an applied migration differs from the one here, or the database is newer; ERR_MIGRATION_ROLES when the
 *   login can neither make nor use the roles (docs/operations/database-roles.md); ERR_STORE
 * @example await migrate(sql)
 */
export async function migrate(
  sql: SqlClient,
  migrations: readonly Migration[] = MIGRATIONS,
  engine: Engine = defaultEngine,
): Promise<number[]> {
  // Making a schema that is there asks for a right that a service's login does not need.
  if ((await pendingMigrations(sql, migrations, engine))?.length === 0) return [];
  return await sql.transaction(async (queries) => {
    await queries.query(LOCK);
    await queries.query('create schema if not exists countersign');
    await queries.query(TABLE);
    const missing = await pending(queries, migrations, engine);
    for (const { id, name, sql: text, digest } of missing) {
      for (const statement of statements(text)) await apply(queries, statement);
      await queries.query('insert into countersign.migration (id, name, sha256) values ($1, $2, $3)', [id, name, digest]);
    }
    return missing.map(({ id }) => id);
  });
}

/**
 * The numbers of the migrations that a database does not have yet; changes nothing.
 *
 * @returns undefined when it has no schema at all
 * @throws ChainError ERR_MIGRATION as `migrate`; ERR_STORE
 * @example if ((await pendingMigrations(client))?.length === 0) …
 */
export async function pendingMigrations(
  sql: SqlQueries,
  migrations: readonly Migration[] = MIGRATIONS,
  engine: Engine = defaultEngine,
): Promise<number[] | undefined> {
  const [found] = await sql.query("select to_regclass('countersign.migration') is not null as there");
  return found!['there'] === true ? (await pending(sql, migrations, engine)).map(({ id }) => id) : undefined;
}

/** The migrations that a database does not have yet. */
async function pending(queries: SqlQueries, migrations: readonly Migration[], engine: Engine) {
  const rows = await queries.query('select id, sha256 from countersign.migration order by id');
  const applied = new Map(rows.map((row) => [Number(row['id']), String(row['sha256'])]));
  const missing: (Migration & { readonly digest: string })[] = [];
  for (const migration of migrations) {
    const digest = engine.sha256Hex(utf8Encode(migration.sql));
    const known = applied.get(migration.id);
    applied.delete(migration.id);
    if (known === undefined) missing.push({ ...migration, digest });
    else if (known !== digest) {
      throw new ChainError('ERR_MIGRATION', `migration ${migration.id} was applied from another text than this version has`, {
        field: `migration ${migration.id}`,
        expected: digest,
        actual: known,
      });
    }
  }
  for (const id of applied.keys()) {
    throw new ChainError('ERR_MIGRATION', `the database has migration ${id}, which this version does not know`, {
      field: `migration ${id}`,
      expected: `at most ${migrations.length}`,
      actual: id,
    });
  }
  return missing;
}

async function apply(queries: SqlQueries, statement: string): Promise<void> {
  try {
    await queries.query(statement);
  } catch (cause) {
    if (sqlState(cause) !== 'CS010') throw cause;
    const message = `the login that migrates needs the roles ${ROLES.join(', ')} (without LOGIN) and membership in ${ROLES[0]}: let it have CREATEROLE, or an administrator make and grant them (docs/operations/database-roles.md)`;
    throw new ChainError('ERR_MIGRATION_ROLES', message, { field: 'roles', expected: ROLES.join(', '), cause });
  }
}

/** Splits at `;` at the end of a line, but not inside a `$$` body. */
function statements(text: string): string[] {
  const found: string[] = [];
  let open = '';
  for (const part of text.split(/;\n/)) {
    open += open === '' ? part : `;\n${part}`;
    if (open.split('$$').length % 2 === 0) continue;
    if (open.replaceAll(/--.*$/gm, '').trim() !== '') found.push(open);
    open = '';
  }
  return found;
}
