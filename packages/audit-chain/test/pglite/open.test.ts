import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PGlite } from '@electric-sql/pglite';
import { afterAll, describe, expect, test } from 'vitest';
import type { DiskCounts, DurableFilesystem } from '../../src/node/pglite/durable-filesystem.ts';
import { openPglite } from '../../src/node/pglite/open.ts';
import { endOnPanic } from '../../src/node/pglite/panic.ts';
import { emptyDatabase, temporaryFolder } from '../support/database.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());
let databases = 0;
const newPath = (): string => join(folder.path, `db-${databases++}`);

/** The file system under an open database. */
const countsOf = (client: { readonly database: unknown }): DiskCounts => (client.database as { readonly fs: DurableFilesystem }).fs.counts;

test('a transaction of any size reaches the disk with one fsync, and a statement that only reads with none', async () => {
  const client = await emptyDatabase(newPath());
  const counts = countsOf(client);
  const fsyncs = async (work: () => Promise<unknown>): Promise<number> => {
    const before = counts.fsyncs;
    await work();
    return counts.fsyncs - before;
  };
  await client.execute('create table t (n integer, text text)');
  expect(await fsyncs(() => client.query('insert into t values (0)'))).toBe(1);
  expect(
    await fsyncs(() =>
      client.transaction((queries) => queries.query('insert into t select n, repeat(n::text, 50) from generate_series(1, 1000) n')),
    ),
  ).toBe(1);
  expect(await fsyncs(() => client.query('select count(*) from t'))).toBe(0);
  expect(await fsyncs(() => client.execute('checkpoint'))).toBeGreaterThan(5);
  await client.close();
});

test('a page is read in the order of its key: without statistics it is not sorted out of all that follow', async () => {
  const client = await emptyDatabase(newPath());
  await client.execute('create table p (a integer, b bigint, c text, primary key (a, b))');
  await client.query("insert into p select 1, n, repeat('x', 300) from generate_series(1, 10000) n");
  const plan = await client.query('explain select * from p where a = 1 and b >= 100 and b < 10000 order by b limit 100');
  const text = plan.map((row) => String(row['QUERY PLAN'])).join('\n');
  expect(text).toContain('Index Scan using p_pkey');
  expect(text).not.toContain('Sort');
  await client.close();
});

test('the folder has one opener; what was committed is there for the next, what was rolled back is not', async () => {
  const path = newPath();
  const client = await emptyDatabase(path);
  expect(statSync(path).mode & (process.platform === 'win32' ? 0 : 0o077)).toBe(0);
  await expect(openPglite(path)).rejects.toMatchObject({ code: 'ERR_LOG_IN_USE', actual: process.pid });
  expect(readFileSync(`${path}.lock`, 'utf8')).toContain(`${process.pid} `);
  await client.execute('create table t (n integer primary key)');
  await client.query('insert into t values (1)');
  // SQLSTATE, never the text in which PostgreSQL quotes values.
  await expect(client.query('insert into t values (1)')).rejects.toMatchObject({
    code: 'ERR_STORE',
    actual: '23505',
    message: expect.not.stringContaining('(1)') as string,
  });
  await expect(
    client.transaction(async (queries) => {
      await queries.query('insert into t values (2)');
      throw new RangeError('thought better of it');
    }),
  ).rejects.toThrow(RangeError);
  await client.close();
  expect(existsSync(`${path}.lock`)).toBe(false);
  chmodSync(path, 0o755);
  const again = await openPglite(path);
  expect(statSync(path).mode & (process.platform === 'win32' ? 0 : 0o077)).toBe(0);
  expect(await again.query('select n from t')).toEqual([{ n: 1 }]);
  await again.close();
});

describe('what cannot be opened', () => {
  test('a folder in a folder that is not there', async () => {
    await expect(openPglite(join(folder.path, 'missing', 'db'))).rejects.toMatchObject({ code: 'ERR_STORE', actual: 'ENOENT' });
  });

  test('a file, which stays as it is', async () => {
    const file = newPath();
    writeFileSync(file, 'text', { mode: 0o644 });
    await expect(openPglite(file)).rejects.toMatchObject({ code: 'ERR_STORE' });
    expect(existsSync(`${file}.lock`)).toBe(false);
    expect(statSync(file).mode & 0o777).toBe(process.platform === 'win32' ? 0o666 : 0o644);
  });

  test('a PGlite whose parts have moved is not used', () => {
    const moved = { mod: {}, POSTGRES_MAIN_LONGJMP: 100 } as unknown as PGlite;
    expect(() => endOnPanic(moved, () => expect.unreachable())).toThrow(expect.objectContaining({ code: 'ERR_NOT_DURABLE' }));
  });
});
