import { randomBytes } from 'node:crypto';
import { Client, Pool } from 'pg';
import { inject } from 'vitest';
import { fromPool } from '../../src/adapters/pg.ts';
import type { SqlClient } from '../../src/store/sql.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** URL of the test server, or why there is none. */
    readonly postgres: { readonly url: string } | { readonly missing: string };
  }
}

/** Why tests on PostgreSQL are skipped, or undefined when they run. CI must not skip. */
export function postgresMissing(): string | undefined {
  const provided = inject('postgres');
  if ('url' in provided) return undefined;
  if (process.env['CI'] !== undefined) throw new Error(`tests on PostgreSQL cannot be skipped in CI: ${provided.missing}`);
  return provided.missing;
}

/** The URL of a new, empty database on the test server. */
export async function newDatabase(): Promise<string> {
  const provided = inject('postgres');
  if (!('url' in provided)) throw new Error(provided.missing);
  // A count would begin again where modules are loaded anew in a process that several files share.
  const name = `test_${process.pid}_${randomBytes(6).toString('hex')}`;
  const client = new Client(provided.url);
  await client.connect();
  await client.query(`create database ${name}`);
  await client.end();
  return provided.url.replace(/postgres$/, name);
}

/** A client of a new database, with a pool of its own. */
export async function postgresClient(url: string): Promise<SqlClient> {
  return fromPool(new Pool({ connectionString: url, max: 8 }));
}
