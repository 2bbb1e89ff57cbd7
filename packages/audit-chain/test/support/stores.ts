import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type PoolClient, Pool } from 'pg';
import { afterAll, beforeAll, describe } from 'vitest';
import { fromPool } from '../../src/adapters/pg.ts';
import type { TransactionLike } from '../../src/append/leave.ts';
import { openStore } from '../../src/store/sql-store.ts';
import type { SqlClient } from '../../src/store/sql.ts';
import type { AuditStore } from '../../src/store/store.ts';
import { emptyDatabase, temporaryFolder } from './database.ts';
import { newDatabase, postgresMissing } from './postgres.ts';

/** A database as its superuser and as logins with few rights. */
export interface RoleDatabase {
  readonly folder: string;
  /** The superuser's. */
  readonly client: SqlClient;
  /** Runs work in a transaction of the superuser's own; throws what it throws, after a rollback. */
  transaction<T>(work: (transaction: TransactionLike) => Promise<T>): Promise<T>;
  /** Runs work as a login that is a member of these roles and nothing else. */
  as<T>(roles: readonly string[], work: (login: Login) => Promise<T>): Promise<T>;
  remove(): void;
}

/** A database and its store as the superuser has it. */
export interface OpenDatabase extends RoleDatabase {
  readonly store: AuditStore;
}

/** A login and its own connection. */
export interface Login {
  readonly name: string;
  readonly client: SqlClient;
  transaction<T>(work: (transaction: TransactionLike) => Promise<T>): Promise<T>;
}

/** Makes a login with a name of its own: on a server roles are everybody's. */
async function makeLogin(client: SqlClient, roles: readonly string[]): Promise<string> {
  const name = `test_login_${process.pid}_${randomBytes(6).toString('hex')}`;
  await client.query(`create role ${name} login`);
  for (const role of roles) await client.query(`grant ${role} to ${name}`);
  return name;
}

async function embedded(): Promise<RoleDatabase> {
  const folder = temporaryFolder();
  const client = await emptyDatabase(join(folder.path, 'db'));
  return {
    folder: folder.path,
    client,
    transaction: (run) => client.database.transaction((transaction) => run(transaction)),
    async as(roles, work) {
      const name = await makeLogin(client, roles);
      // There is one session: it becomes the login for a while, and cannot become anybody else before it is given back.
      await client.query(`set session authorization ${name}`);
      try {
        return await work({
          name,
          client: { ...client, close: () => Promise.resolve() },
          transaction: (run) => client.database.transaction((transaction) => run(transaction)),
        });
      } finally {
        // What the first session was, it may become again: an embedded database belongs to its process.
        await client.query('set session authorization postgres');
      }
    },
    remove: () => folder.remove(),
  };
}

async function served(): Promise<RoleDatabase> {
  const folder = temporaryFolder();
  const url = await newDatabase();
  const own = new Pool({ connectionString: url, max: 8 });
  const client = fromPool(own);
  return {
    folder: folder.path,
    client,
    transaction: (run) => inTransaction(own, run),
    async as(roles, work) {
      const name = await makeLogin(client, roles);
      const pool = new Pool({ connectionString: url.replace('//postgres@', `//${name}@`), max: 4 });
      const done = await work({
        name,
        client: { ...fromPool(pool), close: () => Promise.resolve() },
        transaction: (run) => inTransaction(pool, run),
      });
      // After a failure connections are still in use, and this would wait for them.
      await pool.end();
      return done;
    },
    remove: () => folder.remove(),
  };
}

/** Runs work in a transaction of its own; throws what it throws, after a rollback. */
export async function inTransaction<T>(pool: Pool, work: (transaction: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback');
    throw error;
  } finally {
    client.release();
  }
}

/** Describes suites that share one database on a store; the ones on PostgreSQL are skipped where there is no server. */
export function onStore(kind: 'embedded PostgreSQL' | 'PostgreSQL', suites: readonly ((database: () => OpenDatabase) => void)[]): void {
  const missing = kind === 'PostgreSQL' && postgresMissing() !== undefined;
  describe.skipIf(missing)(kind, () => {
    let database: OpenDatabase | undefined;
    beforeAll(async () => {
      const opened = await (kind === 'PostgreSQL' ? served() : embedded());
      database = { ...opened, store: await openStore(opened.client) };
    });
    afterAll(async () => {
      await database?.store.close();
      database?.remove();
    });
    for (const suite of suites) suite(() => database!);
  });
}
