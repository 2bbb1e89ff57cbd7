import type { PGlite } from '@electric-sql/pglite';
import { chmodSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fromPglite } from '../../adapters/pglite.ts';
import { ChainError } from '../../errors.ts';
import type { SqlClient } from '../../store/sql.ts';
import type { DiskCounts, WriteFault } from './durable-filesystem.ts';
import { lockFile } from './folder-lock.ts';
import { endOnPanic } from './panic.ts';

const SETTINGS = [
  // fdatasync does nothing in this file system, fsync does.
  'wal_sync_method=fsync',
  // Nothing gathers statistics here: without them pages would be found by bitmap and sorted, each over all that is behind it.
  'enable_bitmapscan=off',
  // A quarter of what servers have: opening takes half the time and the process 200 MB less; the system keeps the files in memory anyway.
  'shared_buffers=32MB',
].flatMap((setting) => ['-c', setting]);

/** The embedded database as the store uses it, and itself: for tables of the caller's own beside the log. */
export interface EmbeddedClient extends SqlClient {
  readonly database: PGlite;
}

/**
 * Opens the embedded database in a folder, for this process alone, with commits that reach the disk.
 *
 * @param folder the data folder, for its owner alone (0700); made when it is not there. The lock is a file beside it, `<folder>.lock`
 * @param options `fault` is called before each write: for tests of a full disk
 * @throws ChainError ERR_LOG_IN_USE, ERR_NOT_DURABLE, ERR_PACKAGE_MISSING, ERR_DISK_FULL, ERR_STORE
 * @example const sql = await openPglite('log/db');
 */
export async function openPglite(folder: string, options: { readonly fault?: WriteFault } = {}): Promise<EmbeddedClient> {
  const { PGlite } = await load(() => import('@electric-sql/pglite'));
  const { DurableFilesystem, syncTree } = await import('./durable-filesystem.ts');
  const release = lockFile(`${folder}.lock`);
  const counts: DiskCounts = { fsyncs: 0, renames: 0, full: false };
  try {
    makePrivate(folder);
    const filesystem = new DurableFilesystem(folder, counts, options.fault);
    const isNew = !existsSync(join(folder, 'PG_VERSION'));
    // -F switches fsync off.
    const startParams = [...PGlite.defaultStartParams.filter((parameter) => parameter !== '-F'), ...SETTINGS];
    const database = await PGlite.create({ fs: filesystem, startParams });
    if (isNew) {
      await database.exec('checkpoint');
      syncTree(folder);
    }
    const ended = endOnPanic(database, (cause) => whyEnded(counts, cause));
    const client = fromPglite(database, release);
    await proveDurable(client, counts);
    const close = (): Promise<void> => (ended() === undefined ? client.close() : abandon(filesystem, release));
    return { ...client, close, database };
  } catch (error) {
    release();
    if (error instanceof ChainError) throw error;
    if (counts.full) throw whyEnded(counts, error);
    throw new ChainError('ERR_STORE', `the embedded database in ${folder} did not start`, { field: 'db', cause: error });
  }
}

/** PGlite writes files that everybody may read and write; in a folder of its owner's alone nobody else reaches them. */
function makePrivate(folder: string): void {
  if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 });
  const status = statSync(folder);
  if (!status.isDirectory())
    throw new ChainError('ERR_STORE', `${folder}: expected a folder, got a file`, { field: 'db', actual: 'a file' });
  if ((status.mode & 0o077) !== 0) chmodSync(folder, 0o700);
}

function whyEnded({ full }: { readonly full: boolean }, cause: unknown): ChainError {
  if (full) return new ChainError('ERR_DISK_FULL', 'the disk is full; the embedded database has stopped', { field: 'disk', cause });
  return new ChainError('ERR_STORE', 'the embedded database has stopped; open the log again', { field: 'db', cause });
}

/** Closing a database that has ended would run it again: only its files are closed. */
async function abandon(filesystem: { closeFs(): Promise<void> }, release: () => void): Promise<void> {
  try {
    await filesystem.closeFs();
  } finally {
    release();
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
