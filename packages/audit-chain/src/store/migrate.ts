import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { ChainError } from '../errors.ts';
import { MIGRATIONS, type Migration } from './migrations.ts';
import type { SqlClient } from './sql.ts';

// Any constant will do; it keeps several processes that start at once in line.
const LOCK = 'select pg_advisory_xact_lock(6962, 8785)';
const TABLE = `create table if not exists countersign.migration (
  id integer primary key, name text not null, sha256 text not null, applied_at timestamptz not null default now())`;

/**
 * Brings a database to the newest schema; safe when several processes do it at once.
 *
 * @returns the numbers of the migrations that were applied
 * @throws ChainError ERR_MIGRATION when an applied migration differs from the one here, or the database is newer
 * @example await migrate(sql)
 */
export async function migrate(
  sql: SqlClient,
  migrations: readonly Migration[] = MIGRATIONS,
  engine: Engine = defaultEngine,
): Promise<number[]> {
  return await sql.transaction(async (queries) => {
    await queries.query(LOCK);
    await queries.query('create schema if not exists countersign');
    await queries.query(TABLE);
    const rows = await queries.query('select id, sha256 from countersign.migration order by id');
    const applied = new Map(rows.map((row) => [Number(row['id']), String(row['sha256'])]));
    const done: number[] = [];
    for (const migration of migrations) {
      const digest = engine.sha256Hex(utf8Encode(migration.sql));
      const known = applied.get(migration.id);
      applied.delete(migration.id);
      if (known === digest) continue;
      if (known !== undefined) {
        throw new ChainError('ERR_MIGRATION', `migration ${migration.id} was applied from another text than this version has`, {
          field: `migration ${migration.id}`,
          expected: digest,
          actual: known,
        });
      }
      for (const statement of statements(migration.sql)) await queries.query(statement);
      await queries.query('insert into countersign.migration (id, name, sha256) values ($1, $2, $3)', [
        migration.id,
        migration.name,
        digest,
      ]);
      done.push(migration.id);
    }
    for (const id of applied.keys()) {
      throw new ChainError('ERR_MIGRATION', `the database has migration ${id}, which this version does not know`, {
        field: `migration ${id}`,
        expected: `at most ${migrations.length}`,
        actual: id,
      });
    }
    return done;
  });
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
