import type { PGlite } from '@electric-sql/pglite';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fromPglite } from '../../adapters/pglite.ts';
import { ChainError } from '../../errors.ts';
import type { SqlClient } from '../../store/sql.ts';
import type { WriteFault } from './durable-filesystem.ts';
import { lockFile } from './folder-lock.ts';

/** The embedded database as the store uses it, and itself: for tables of the caller's own beside the log. */
export interface EmbeddedClient extends SqlClient {
  readonly database: PGlite;
}

/**
 * Opens the embedded database in a folder, for this process alone, with commits that reach the disk.
 *
 * @param folder the data folder; made when it is not there. The lock is a file beside it, `<folder>.lock`
 * @param options `fault` is called before each write: for tests of a full disk
 * @throws ChainError ERR_LOG_IN_USE, ERR_NOT_DURABLE, ERR_PACKAGE_MISSING, ERR_STORE
 * @example const sql = await openPglite('log/db');
 */
export async function openPglite(folder: string, options: { readonly fault?: WriteFault } = {}): Promise<EmbeddedClient> {
  const { PGlite } = await load(() => import('@electric-sql/pglite'));
  const { DurableFilesystem, syncTree } = await import('./durable-filesystem.ts');
  const release = lockFile(`${folder}.lock`);
  try {
    const isNew = !existsSync(join(folder, 'PG_VERSION'));
    const filesystem = new DurableFilesystem(folder, options.fault);
    // -F switches fsync off; fdatasync does nothing in this file system, fsync does.
    const startParams = [...PGlite.defaultStartParams.filter((parameter) => parameter !== '-F'), '-c', 'wal_sync_method=fsync'];
    const database = await PGlite.create({ fs: filesystem, startParams });
    if (isNew) {
      await database.exec('checkpoint');
      syncTree(folder);
    }
    const client = fromPglite(database, release);
    await proveDurable(client, filesystem.counts);
    return { ...client, database };
  } catch (error) {
    release();
    if (error instanceof ChainError) throw error;
    throw new ChainError('ERR_STORE', `the embedded database in ${folder} did not start`, { field: 'db', cause: error });
  }
}

/** Internals of PGlite move in patch releases: one commit has to call fsync, or the database is not used. */
async function proveDurable(client: SqlClient, counts: { readonly fsyncs: number }): Promise<void> {
  await client.execute('create table if not exists public.countersign_durable (at timestamptz not null)');
  const before = counts.fsyncs;
  await client.transaction(async (queries) => {
    await queries.query('delete from public.countersign_durable');
    await queries.query('insert into public.countersign_durable values (now())');
  });
  if (counts.fsyncs > before) return;
  await client.close();
  throw new ChainError('ERR_NOT_DURABLE', 'a commit of the embedded database did not call fsync', {
    field: 'fsync',
    expected: 'at least 1',
    actual: 0,
  });
}

async function load<T>(module: () => Promise<T>): Promise<T> {
  try {
    return await module();
  } catch (cause) {
    throw new ChainError(
      'ERR_PACKAGE_MISSING',
      'a log in a folder needs the package @electric-sql/pglite: npm install @electric-sql/pglite',
      {
        field: 'package',
        expected: '@electric-sql/pglite',
        actual: 'not installed',
        cause,
      },
    );
  }
}
