import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Pool } from 'pg';
import { afterEach, describe, expect, test } from 'vitest';
import { startPostgres } from '../../../../tools/postgres.mjs';
import { type PgPoolLike, fromPool } from '../../src/adapters/pg.ts';
import { Chain, type ChainParts } from '../../src/append/chain.ts';
import type { ChainLogEvent } from '../../src/hooks/hooks.ts';
import { readRecords } from '../../src/read/query.ts';
import { markFile } from '../../src/node/log/mark-file.ts';
import { openStore } from '../../src/store/sql-store.ts';
import { event } from '../support/chain.ts';
import { temporaryFolder } from '../support/database.ts';
import { testResolver, testSigner } from '../support/keys.ts';
import { postgresMissing } from '../support/postgres.ts';

const NOBODY = 65534;
const user = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
const BIN =
  process.env['COUNTERSIGN_POSTGRES_BIN'] ??
  ['/usr/lib/postgresql'].filter((path) => existsSync(path)).map((path) => join(path, readdirSync(path).sort().at(-1)!, 'bin'))[0] ??
  '';

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => void server.close(resolve));
  return port;
}

/** A primary, and a standby of it that can be started, stopped and promoted. */
async function pair() {
  const folder = temporaryFolder();
  const primary = await startPostgres();
  if (typeof primary === 'string') throw new Error(primary);
  const data = join(folder.path, 'standby');
  mkdirSync(data, { mode: 0o700 });
  if ('uid' in user) for (const path of [folder.path, data]) chownSync(path, NOBODY, NOBODY);
  execFileSync(join(BIN, 'pg_basebackup'), ['-D', data, '-R', '-d', primary.url, '--checkpoint=fast'], { ...user, stdio: 'pipe' });
  const port = await freePort();
  let child: ChildProcess | undefined;
  const standby = {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    async start() {
      // A standby must take as many connections as its primary.
      const settings = [`port=${port}`, 'listen_addresses=127.0.0.1', `unix_socket_directories=${folder.path}`, 'max_connections=200'];
      const started = spawn(join(BIN, 'postgres'), ['-D', data, ...settings.flatMap((setting) => ['-c', setting])], {
        ...user,
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      child = started;
      await new Promise<void>((resolve, reject) => {
        started.once('exit', (code) => reject(new Error(`the standby ended with ${code}`)));
        let said = '';
        started.stderr.on('data', (text: Buffer) => void ((said += String(text)).includes('ready to accept') && resolve()));
      });
    },
    async stop() {
      const stopping = child;
      child = undefined;
      if (stopping === undefined) return;
      const done = new Promise((resolve) => stopping.once('exit', resolve));
      stopping.kill('SIGINT');
      await done;
    },
    async promote() {
      const pool = quietPool(standby.url, 1);
      await pool.query('select pg_promote()');
      await pool.end();
    },
  };
  const close = async (): Promise<void> => {
    await standby.stop();
    primary.stop();
    folder.remove();
  };
  return { folder: folder.path, primary, standby, close };
}

/** A pool on a server that may end at any moment, also while its connections are being closed. */
function quietPool(url: string, max: number): Pool {
  const pool = new Pool({ connectionString: url, max });
  pool.on('error', () => {});
  pool.on('connect', (client) => void client.on('error', () => {}));
  return pool;
}

/** A pool that moves to another server, as a proxy in front of both would. */
function movingPool(url: string): PgPoolLike & { move(to: string): void } {
  let pool = quietPool(url, 4);
  return {
    query: (text, values) => pool.query(text, values),
    connect: () => pool.connect(),
    end: () => pool.end(),
    on: () => {},
    move(to) {
      void pool.end().catch(() => {});
      pool = quietPool(to, 4);
    },
  };
}

describe.skipIf(postgresMissing() !== undefined)('failover', () => {
  let close = async (): Promise<void> => {};
  afterEach(() => close());

  async function onPair() {
    const made = await pair();
    ({ close } = made);
    const pool = movingPool(made.primary.url);
    const store = await openStore(fromPool(pool));
    const signer = testSigner(1);
    const events: ChainLogEvent[] = [];
    const parts: ChainParts = {
      store: await store.create('example.com/failover'),
      signers: [signer],
      resolver: testResolver([signer]),
      mark: markFile(join(made.folder, 'mark.json')),
      clock: Date,
      limits: { settleTimeoutMs: 60_000 },
      hooks: { onEvent: (entry) => void events.push(entry) },
    };
    const replayed = async (): Promise<void> => {
      const [there, here] = [made.primary.url, made.standby.url].map((url) => quietPool(url, 1));
      const { rows } = await there!.query<{ lsn: string }>('select pg_current_wal_insert_lsn() as lsn');
      for (;;) {
        const answer = await here!.query<{ done: boolean }>('select pg_last_wal_replay_lsn() >= $1::pg_lsn as done', [rows[0]!.lsn]);
        if (answer.rows[0]!.done) break;
      }
      await Promise.all([there!.end(), here!.end()]);
    };
    return { ...made, pool, parts, signer, events, replayed };
  }

  test('to a standby that has everything: the chain is checked there and goes on, on another timeline', async () => {
    const { primary, standby, pool, parts, events, replayed } = await onPair();
    await standby.start();
    const chain = await Chain.open(parts);
    await Promise.all([1, 2, 3].map((n) => chain.append(event(n))));
    // Its note is published, though perhaps not flushed.
    await chain.receipt(3);
    await replayed();
    const replica = await openStore(fromPool(quietPool(standby.url, 2)));
    const seqs: number[] = [];
    for await (const { seq } of readRecords(await replica.open(chain.id), { type: 'order.created', receipts: true })) seqs.push(seq);
    expect(seqs).toEqual([1, 2, 3]);
    await replica.close();
    const { identity } = await parts.store.server();
    primary.stop();
    await standby.promote();
    pool.move(standby.url);
    expect((await chain.append(event(4))).seq).toBe(4);
    const change = events.find((entry) => entry.event === 'server.changed')!;
    expect(change.fields).toEqual({ from: identity, to: identity.replace(/\/1$/, '/2') });
    await chain.close();
    const again = await Chain.open(parts);
    expect((await again.append(event(5))).seq).toBe(5);
    await again.close();
  });

  test('to a standby that lags behind what was signed: nothing more is signed, neither here nor by who opens the chain again', async () => {
    const { primary, standby, pool, parts, signer, replayed } = await onPair();
    await standby.start();
    const chain = await Chain.open(parts);
    await Promise.all([1, 2, 3].map((n) => chain.append(event(n))));
    await replayed();
    await standby.stop();
    await chain.append(event(4));
    primary.stop();
    await standby.start();
    await standby.promote();
    pool.move(standby.url);
    signer.calls.length = 0;
    await expect(chain.append(event(5))).rejects.toMatchObject({ code: 'ERR_CHAIN_ROLLED_BACK' });
    await chain.close();
    await expect(Chain.open(parts)).rejects.toMatchObject({ code: 'ERR_CHAIN_ROLLED_BACK' });
    expect(signer.calls).toEqual([]);
  });
});
