import { randomUUID } from 'node:crypto';
import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fromPool } from '../../src/adapters/pg.ts';
import { Chain } from '../../src/append/chain.ts';
import type { AppendReceipt } from '../../src/append/receipt.ts';
import { collect } from '../../src/append/stored-tree.ts';
import { openStore } from '../../src/store/sql-store.ts';
import type { AuditStore } from '../../src/store/store.ts';
import { event } from '../support/chain.ts';
import { newDatabase, postgresMissing } from '../support/postgres.ts';
import { newParts } from '../support/sealed.ts';
import { type Proxy, startProxy } from './cut.ts';

describe.skipIf(postgresMissing() !== undefined)('a connection to PostgreSQL that is cut', () => {
  let proxy: Proxy;
  let pool: Pool;
  let whole: AuditStore;
  let through: AuditStore;
  beforeAll(async () => {
    const url = new URL(await newDatabase());
    whole = await openStore(fromPool(new Pool({ connectionString: url.href })));
    proxy = await startProxy(Number(url.port));
    url.port = String(proxy.port);
    pool = new Pool({ connectionString: url.href });
    through = await openStore(fromPool(pool));
  });
  afterAll(async () => {
    await through.close();
    await whole.close();
    await proxy.close();
  });

  async function idsOf(chain: string): Promise<string[]> {
    const lines = new TextDecoder().decode(await collect((await whole.open(chain)).records(0, 1000))).trimEnd();
    return lines.split('\n').map((line) => (JSON.parse(line) as { event: { id: string } }).event.id);
  }

  const CUTS = [1, 2, 3].flatMap((n) => [[n, 'before'] as const, [n, 'after'] as const]);

  test.each(CUTS)('at the %i. commit of a batch, %s it took effect: every event is there once, and its caller is told', async (n, when) => {
    const parts = await newParts(whole);
    const chain = await Chain.open({ ...parts, store: await through.open(parts.store.chain) });
    proxy.cutAt(n, when);
    const receipts: AppendReceipt[] = [];
    for (let batch = 0; batch < 4; batch++) receipts.push(...(await Promise.all([0, 1, 2].map((i) => chain.append(event(i))))));
    expect(proxy.seen).toBeGreaterThan(n);
    await chain.close();
    const ids = await idsOf(chain.id);
    expect(ids).toHaveLength(13);
    expect(new Set(ids).size).toBe(13);
    for (const { id, seq } of receipts) expect(ids[seq]).toBe(id);
    await (await Chain.open(parts)).close();
  });

  test.each(['before', 'after'] as const)(
    'at the commit of a caller’s transaction, %s it took effect: the event is there with the business row, or neither is',
    async (when) => {
      const parts = await newParts(whole);
      const chain = await Chain.open(parts);
      await pool.query('create table if not exists orders (id uuid primary key)');
      const id = randomUUID();
      const client = await pool.connect();
      client.on('error', () => {});
      proxy.cutAt(1, when);
      await client.query('begin');
      await client.query('insert into orders values ($1)', [id]);
      const pending = await chain.append(event(1, { id }), { transaction: client });
      await expect(client.query('commit')).rejects.toThrow(/./);
      client.release(true);
      if (when === 'after') expect((await pending.settled()).seq).toBe(1);
      else {
        // The server learns of the cut when it reads on; then the transaction has ended.
        const ended = (): Promise<unknown> => pending.settled().catch(({ code }: { code: string }) => code);
        let answer = await ended();
        while (answer === 'ERR_TRANSACTION_OPEN') answer = await ended();
        expect(answer).toBe('ERR_TRANSACTION_ABORTED');
      }
      const orders = await pool.query('select id from orders where id = $1', [id]);
      expect((await idsOf(chain.id)).includes(id)).toBe(orders.rows.length === 1);
      expect(orders.rows.length).toBe(when === 'after' ? 1 : 0);
      await chain.close();
    },
  );
});
