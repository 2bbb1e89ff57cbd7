import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { Chain, type ChainParts } from '../../src/append/chain.ts';
import { markFile } from '../../src/node/log/mark-file.ts';
import { openPglite } from '../../src/node/pglite/open.ts';
import { openStore } from '../../src/store/sql-store.ts';
import { event, signer } from '../support/chain.ts';
import { emptyDatabase, temporaryFolder } from '../support/database.ts';
import { testResolver } from '../support/keys.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());
let logs = 0;

/** A disk with space for so many writes more. */
class Disk {
  left = Number.POSITIVE_INFINITY;
  readonly fault = (): void => {
    this.left--;
    if (this.left < 0) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC', errno: -28 });
  };
}

/** Appends with so much space left until the disk is full, then reopens the log with space again. */
async function fill(left: number) {
  const base = join(folder.path, `${logs++}`);
  const disk = new Disk();
  const store = await openStore(await emptyDatabase(`${base}-db`, { fault: disk.fault }));
  const parts = (chainStore: ChainParts['store']): ChainParts => ({
    store: chainStore,
    signers: [signer],
    resolver: testResolver([signer]),
    mark: markFile(`${base}-mark.json`),
    clock: Date,
    limits: { settleTimeoutMs: 1 },
  });
  const chain = await Chain.open(parts(await store.create('example.com/log')));
  const acknowledged = new Map<string, number>();
  const errors: unknown[] = [];
  disk.left = left;
  for (let round = 0; round < 20 && errors.length === 0; round++) {
    const text = 'x'.repeat(round * 1500);
    for (const result of await Promise.allSettled([1, 2, 3].map((n) => chain.append(event(n, { payload: { text } }))))) {
      if (result.status === 'fulfilled') acknowledged.set(result.value.id, result.value.seq);
      else errors.push(result.reason);
    }
  }
  return { base, disk, chain, store, parts, acknowledged, errors };
}

describe.each([0, 12])('a disk that is full after %i writes', (left) => {
  test('is a coded error, nothing more is acknowledged, and everything acknowledged is there afterwards', async () => {
    const { base, disk, chain, store, parts, acknowledged, errors } = await fill(left);
    expect(errors.length).toBeGreaterThan(0);
    for (const error of errors) expect(error).toMatchObject({ code: 'ERR_DISK_FULL' });
    await expect(chain.append(event(9))).rejects.toMatchObject({ code: 'ERR_DISK_FULL' });
    await chain.close();
    await store.close();
    expect(existsSync(`${base}-db.lock`)).toBe(false);

    // Still full: that is said at opening too.
    if (left === 0) {
      await expect(openPglite(`${base}-db`, { fault: disk.fault })).rejects.toMatchObject({ code: 'ERR_DISK_FULL' });
      expect(existsSync(`${base}-db.lock`)).toBe(false);
    }

    const again = await openStore(await openPglite(`${base}-db`));
    const reopened = await Chain.open(parts(await again.open('example.com/log')));
    expect(reopened.settledSize).toBe(reopened.size);
    for (const [id, seq] of acknowledged) expect((await reopened.receipt(seq)).id).toBe(id);
    expect((await reopened.append(event(9))).seq).toBe(reopened.size - 1);
    await again.close();
  });
});

test('an fsync that fails ends the database like a full disk: what it may not have written is never called durable', async () => {
  const base = join(folder.path, `${logs++}`);
  const client = await emptyDatabase(base);
  await client.execute('create table t (n integer)');
  await client.query('insert into t values (1)');
  const nodefs = (client.database as unknown as { mod: { NODEFS: Filesystem } }).mod.NODEFS;
  const { fsync } = nodefs.stream_ops;
  nodefs.stream_ops.fsync = () => {
    nodefs.tryFSOperation(() => {
      throw Object.assign(new Error('i/o error'), { code: 'EIO', errno: -5 });
    });
  };
  await expect(client.query('insert into t values (2)')).rejects.toMatchObject({ code: 'ERR_STORE' });
  nodefs.stream_ops.fsync = fsync;
  await expect(client.query('select 1')).rejects.toMatchObject({ code: 'ERR_STORE' });
  await client.close();
  const again = await openPglite(base);
  expect(await again.query('select n from t where n = 1')).toEqual([{ n: 1 }]);
  await again.close();
});

interface Filesystem {
  readonly stream_ops: { fsync: unknown };
  tryFSOperation(operation: () => void): void;
}
