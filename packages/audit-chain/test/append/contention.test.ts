import { randomUUID } from 'node:crypto';
import { Pool, type PoolClient } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type PgPoolLike, fromPool } from '../../src/adapters/pg.ts';
import { Chain, type ChainParts } from '../../src/append/chain.ts';
import { openStore } from '../../src/store/sql-store.ts';
import type { AuditStore } from '../../src/store/store.ts';
import { event, signer } from '../support/chain.ts';
import { testResolver } from '../support/keys.ts';
import { memoryMark } from '../support/mark.ts';
import { newDatabase, postgresMissing } from '../support/postgres.ts';

describe.skipIf(postgresMissing() !== undefined)('beside others on a server', () => {
  let url: string;
  let pool: Pool;
  let chains = 0;
  const closing: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    url = await newDatabase();
    pool = new Pool({ connectionString: url, max: 8 });
  });
  afterAll(async () => {
    for (const close of closing.toReversed()) await close();
    await pool.end();
  });

  /** A store whose sessions have settings of their own, and the SQLSTATEs that the server answered with. */
  async function storeWith(options: string): Promise<{ store: AuditStore; refusals: string[] }> {
    const own = new Pool({ connectionString: url, max: 6, ...(options === '' ? {} : { options }) });
    const refusals: string[] = [];
    const noted = async <T>(statement: Promise<T>): Promise<T> => {
      try {
        return await statement;
      } catch (error) {
        refusals.push((error as { code: string }).code);
        throw error;
      }
    };
    const noting: PgPoolLike = {
      async connect() {
        const client = await own.connect();
        return {
          query: (text, values) => noted(client.query(text, values)),
          release: (destroy) => client.release(destroy),
          on: client.on.bind(client),
        };
      },
      end: () => own.end(),
      on: (name, listener) => own.on(name, listener),
      query: (text, values) => noted(own.query(text, values)),
    };
    const store = await openStore(fromPool(noting));
    closing.push(() => store.close());
    return { store, refusals };
  }

  interface Opened {
    readonly chain: Chain;
    readonly parts: ChainParts;
    readonly refusals: readonly string[];
  }

  async function openOn(
    { store, refusals }: { store: AuditStore; refusals: string[] },
    name?: string,
    shared: Partial<ChainParts> = {},
  ): Promise<Opened> {
    const id = name ?? `example.com/contention-${++chains}`;
    const opened = name === undefined ? await store.create(id) : await store.open(id);
    const parts = { signers: [signer], resolver: testResolver([signer]), mark: memoryMark(), clock: Date, ...shared, store: opened };
    const chain = await Chain.open(parts);
    closing.push(() => chain.close());
    return { chain, parts, refusals };
  }

  async function inOpenTransaction<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = await pool.connect();
    try {
      await client.query('begin');
      return await work(client);
    } finally {
      await client.query('rollback');
      client.release();
    }
  }

  test('an id that an open transaction holds is refused at once; events beside it, and the chain, go on', async () => {
    const { chain, parts } = await openOn(await storeWith(''));
    const id = randomUUID();
    await inOpenTransaction(async (transaction) => {
      await chain.append(event(1, { id }), { transaction });
      const results = await Promise.allSettled([chain.append(event(2)), chain.append(event(1, { id })), chain.append(event(3))]);
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      expect(results[1]).toMatchObject({ reason: { code: 'ERR_ID_HELD', actual: id } });
      expect((await chain.append(event(4))).seq).toBe(3);
    });
    expect((await chain.append(event(1, { id }))).seq).toBe(4);
    const [row] = (
      await pool.query(
        'select count(*)::int as n from countersign.event_id where chain = (select id from countersign.chain where name = $1)',
        [parts.store.chain],
      )
    ).rows as { n: number }[];
    // The trial that found the holder left nothing behind.
    expect(row!.n).toBe(chain.size);
  });

  test('a table that somebody has locked by hand holds up the events only until their deadline, and keeps no lock on the chain', async () => {
    const { chain } = await openOn(await storeWith(''), undefined, { limits: { settleTimeoutMs: 300 } });
    await inOpenTransaction(async (client) => {
      await client.query('lock table countersign.record in share mode');
      await expect(chain.append(event(1))).rejects.toMatchObject({ code: 'ERR_STORE', actual: '55P03' });
    });
    expect((await chain.append(event(2))).seq).toBe(1);
  });

  test('a deadlock that the server ends (40P01) is run again', async () => {
    // The server ends the session that waits last and asks first: here the chain's.
    const { chain, parts, refusals } = await openOn(await storeWith('-c deadlock_timeout=1ms'));
    const chainRow = await idOf(parts);
    const appended = await inOpenTransaction(async (other) => {
      await other.query("set local deadlock_timeout = '10s'");
      await other.query('lock table countersign.checkpoint in share mode');
      const crossed = await inOpenTransaction(async (gate) => {
        await gate.query('lock table countersign.waiting in access exclusive mode');
        const receipt = chain.append(event(1));
        await until(waits("relation = 'countersign.waiting'::regclass"));
        const locked = other.query('select countersign.lock_chain($1)', [chainRow]);
        await until(waits("locktype = 'transactionid'"));
        return { receipt, locked };
      });
      await crossed.locked;
      return crossed;
    });
    expect((await appended.receipt).seq).toBe(1);
    expect(refusals).toContain('40P01');
  });

  test('a serialization failure (40001), in a database that is repeatable read by default, is run again', async () => {
    const { chain, parts, refusals } = await openOn(await storeWith('-c default_transaction_isolation=repeatable\\ read'));
    const chainRow = await idOf(parts);
    const client = await pool.connect();
    await client.query('begin');
    await client.query('set local role countersign_owner');
    await client.query('update countersign.chain set name = name where id = $1', [chainRow]);
    const receipt = chain.append(event(1));
    await until(waits("locktype = 'transactionid'"));
    await client.query('commit');
    client.release();
    expect((await receipt).seq).toBe(1);
    expect(refusals).toContain('40001');
  });

  test('several processes on one chain of a database that is serializable by default lose nothing', async () => {
    const options = '-c default_transaction_isolation=serializable';
    const first = await openOn(await storeWith(options));
    const second = await openOn(await storeWith(options), first.chain.id, { mark: first.parts.mark });
    const receipts = await Promise.all(Array.from({ length: 40 }, (_, n) => (n % 2 === 0 ? first : second).chain.append(event(n))));
    expect(receipts.map(({ seq }) => seq).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, n) => n + 1));
  });

  async function idOf({ store }: ChainParts): Promise<number> {
    const { rows } = await pool.query('select id from countersign.chain where name = $1', [store.chain]);
    return (rows[0] as { id: number }).id;
  }

  /** Whether a session of this database waits for such a lock: the server has other databases, with other tests in them. */
  function waits(condition: string): () => Promise<boolean> {
    const waiting = `select from pg_locks join pg_stat_activity using (pid) where datname = current_database() and not granted and ${condition}`;
    return async () => (await pool.query(waiting)).rowCount! > 0;
  }
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => void setImmediate(resolve));
}
