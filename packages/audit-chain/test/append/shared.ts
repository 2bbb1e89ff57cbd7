import { randomUUID } from 'node:crypto';
import { verifyReceipt } from '@countersign/proof-core/receipt/verify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Chain, type ChainParts } from '../../src/append/chain.ts';
import { collect } from '../../src/append/stored-tree.ts';
import type { TransactionLike } from '../../src/append/leave.ts';
import { openStore } from '../../src/store/sql-store.ts';
import type { SqlClient } from '../../src/store/sql.ts';
import type { AuditStore } from '../../src/store/store.ts';
import { event, signer } from '../support/chain.ts';
import { testResolver, testSigner } from '../support/keys.ts';
import { memoryMark } from '../support/mark.ts';
import { describeLists } from './lists.ts';

/** A database as the suite needs it. */
export interface Database {
  readonly client: SqlClient;
  /** Runs work in a caller's own transaction; throws what it throws, after a rollback. */
  transaction<T>(work: (transaction: TransactionLike) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** What every store must do; run on each of them. */
export function describeAppend(name: string, open: () => Promise<Database>): void {
  describe(name, () => {
    let database: Database;
    let store: AuditStore;
    let chains = 0;
    beforeAll(async () => {
      database = await open();
      store = await openStore(database.client);
      await database.client.execute('create table orders (id integer primary key)');
    });
    afterAll(async () => {
      await store.close();
      await database.close();
    });

    async function newParts(changes: Partial<ChainParts> = {}): Promise<ChainParts> {
      const chain = await store.create(`example.com/shared-${++chains}`);
      return { store: chain, signers: [signer], resolver: testResolver([signer]), mark: memoryMark(), clock: Date, ...changes };
    }

    async function records(
      chain: Chain,
      parts: ChainParts,
    ): Promise<{ event: { id: string; payload: { n?: number } }; link: { seq: number } }[]> {
      const text = new TextDecoder().decode(await collect(parts.store.records(0, chain.size)));
      return text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as never);
    }

    describeLists(() => database, newParts);

    test('an event in a caller’s transaction is appended with the commit, and only then', async () => {
      const parts = await newParts();
      const chain = await Chain.open(parts);
      const pending = await database.transaction(async (transaction) => {
        await transaction.query('insert into orders values (1)');
        const left = await chain.append(event(1), { transaction });
        await expect(left.settled()).rejects.toMatchObject({ code: 'ERR_TRANSACTION_OPEN' });
        return left;
      });
      const receipt = await pending.settled();
      expect(receipt.seq).toBe(1);
      await verifyReceipt(await receipt.bytes(), { resolver: parts.resolver, origin: chain.id });
      expect((await pending.settled()).seq).toBe(1);
      await chain.close();
    });

    test('an event in a transaction that is rolled back is never appended', async () => {
      const parts = await newParts();
      const chain = await Chain.open(parts);
      const lost: { settled(): Promise<unknown> }[] = [];
      const rollback = database.transaction(async (transaction) => {
        lost.push(await chain.append(event(1), { transaction }));
        throw new RangeError('no order');
      });
      await expect(rollback).rejects.toThrow('no order');
      await expect(lost[0]!.settled()).rejects.toMatchObject({ code: 'ERR_TRANSACTION_ABORTED' });
      expect((await chain.append(event(2))).seq).toBe(1);
      await chain.close();
    });

    test('what can be refused is refused inside the transaction, which stays usable', async () => {
      const parts = await newParts();
      const chain = await Chain.open(parts);
      const id = randomUUID();
      await chain.append(event(1, { id }));
      const pending = await database.transaction(async (transaction) => {
        await expect(chain.append(event(2, { id }), { transaction })).rejects.toMatchObject({ code: 'ERR_ID_CONFLICT' });
        await expect(chain.append(event(2, { type: 'chain.created' }), { transaction })).rejects.toMatchObject({
          code: 'ERR_EVENT_RESERVED',
        });
        return [await chain.append(event(1, { id }), { transaction }), await chain.append(event(3), { transaction })];
      });
      expect((await pending[0]!.settled()).seq).toBe(1);
      expect((await pending[1]!.settled()).seq).toBe(2);
      await chain.close();
    });

    test('events of transactions and of callers, mixed and with private values, each get one place', async () => {
      const parts = await newParts();
      const chain = await Chain.open(parts);
      const secret = { private: { email: 'a@example.com' } };
      const receipts = await Promise.all(
        Array.from({ length: 60 }, async (_, n) => {
          if (n % 3 > 0) return await chain.append(event(n, n % 2 === 0 ? secret : {}));
          const pending = await database.transaction((transaction) => chain.append(event(n, secret), { transaction }));
          return await pending.settled();
        }),
      );
      expect(new Set(receipts.map(({ seq }) => seq)).size).toBe(60);
      for (const receipt of receipts.slice(0, 6))
        await verifyReceipt(await receipt.bytes(), { resolver: parts.resolver, origin: chain.id });
      const found = await records(chain, parts);
      for (const [n, receipt] of receipts.entries()) expect(found[receipt.seq]!.event.payload.n).toBe(n);
      await chain.close();
    });

    test('a forged waiting row is put aside with its reason and never blocks the chain', async () => {
      const parts = await newParts();
      const chain = await Chain.open(parts);
      const [row] = await database.client.query('select id from countersign.chain where name = $1', [chain.id]);
      const id = '00000000-0000-7000-8000-00000000000a';
      const forgeries = [
        `{"actor":"x","id":"${id}","payload":{},"type":"chain.pruned"}`,
        `{"actor":"x","id":"${id}","payload":{ },"type":"a.b"}`,
        `{"actor":"x","id":"${randomUUID()}","payload":{},"type":"a.b"}`,
        `{"actor":"x","id":"${id}","payload":{},"private":{"n":{"digest":"${'0'.repeat(64)}"}},"type":"a.b"}`,
        'no json',
      ];
      for (const forged of forgeries) {
        await database.client.query('insert into countersign.waiting (chain, id, event) values ($1, $2, $3)', [row!['id'], id, forged]);
      }
      expect((await chain.append(event(1))).seq).toBe(1);
      const aside = await database.client.query('select reason from countersign.quarantine where chain = $1 order by n', [row!['id']]);
      expect(aside.map(({ reason }) => reason)).toEqual([
        'ERR_EVENT_RESERVED type',
        'ERR_EVENT_MEMBER event',
        'ERR_EVENT_MEMBER id',
        'ERR_EVENT_MEMBER private',
        expect.stringMatching(/^ERR_JSON_/),
      ]);
      expect(await database.client.query('select n from countersign.waiting where chain = $1', [row!['id']])).toEqual([]);
      await chain.close();
    });

    test('a waiting row that is well-formed but whose id is not held for it is put aside, and so is a second one of an id', async () => {
      const parts = await newParts();
      const chain = await Chain.open(parts);
      const [row] = await database.client.query('select id from countersign.chain where name = $1', [chain.id]);
      const { id: placed } = await chain.append(event(1));
      const forge = async (id: string): Promise<unknown> =>
        await database.client.query('insert into countersign.waiting (chain, id, event) values ($1, $2, $3)', [
          row!['id'],
          id,
          `{"actor":"x","id":"${id}","payload":{},"type":"a.b"}`,
        ]);
      const left = await database.transaction(async (transaction) => {
        const pending = await chain.append(event(2), { transaction });
        await transaction.query(
          'insert into countersign.waiting (chain, id, event) select chain, id, event from countersign.waiting where id = $1',
          [pending.id],
        );
        return pending;
      });
      await forge(placed);
      await forge(randomUUID());
      expect((await left.settled()).seq).toBe(2);
      expect((await chain.append(event(3))).seq).toBe(3);
      const aside = await database.client.query('select reason from countersign.quarantine where chain = $1', [row!['id']]);
      expect(aside).toEqual(Array.from({ length: 3 }, () => ({ reason: 'ERR_ID_CONFLICT id' })));
      await chain.close();
    });

    test('an id whose waiting event was put aside is refused at once, to callers and in transactions', async () => {
      const parts = await newParts();
      const chain = await Chain.open(parts);
      const [row] = await database.client.query('select id from countersign.chain where name = $1', [chain.id]);
      const id = randomUUID();
      const forged = `{"actor":"x","id":"${id}","payload":{},"type":"chain.pruned"}`;
      await database.client.query('select countersign.add_waiting($1, $2, $3, $4, null)', [row!['id'], id, '0'.repeat(64), forged]);
      expect((await chain.append(event(1))).seq).toBe(1);
      await expect(chain.append(event(2, { id }))).rejects.toMatchObject({ code: 'ERR_ID_CONFLICT' });
      const inside = database.transaction((transaction) => chain.append(event(2, { id }), { transaction }));
      await expect(inside).rejects.toMatchObject({ code: 'ERR_ID_CONFLICT' });
      expect((await chain.append(event(3))).seq).toBe(2);
      await chain.close();
    });

    test('several openers of one chain never fork it and never sign two roots for one size', async () => {
      const mark = memoryMark();
      const parts = await newParts({ mark });
      const signers = [testSigner(1), testSigner(1)];
      const first = await Chain.open({ ...parts, signers: [signers[0]!] });
      const second = await Chain.open({ ...parts, signers: [signers[1]!] });
      const receipts = await Promise.all(Array.from({ length: 400 }, (_, n) => (n % 2 === 0 ? first : second).append(event(n))));
      expect(receipts.map(({ seq }) => seq).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 400 }, (_, n) => n + 1));
      const roots = new Map<string, string>();
      for (const { bytes } of signers.flatMap(({ calls }) => calls)) {
        const [, size, root] = new TextDecoder().decode(bytes).split('\n');
        expect(roots.get(size!) ?? root).toBe(root);
        roots.set(size!, root!);
      }
      for (const receipt of receipts.slice(-5)) await verifyReceipt(await receipt.bytes(), { resolver: parts.resolver, origin: first.id });
      await Promise.all([first.close(), second.close()]);
      expect(new Set((await records(first, parts)).map(({ event: { id } }) => id)).size).toBe(first.size);
    });

    test('an id that two openers append at once is one record', async () => {
      const parts = await newParts();
      const [first, second] = [await Chain.open(parts), await Chain.open(parts)];
      const id = randomUUID();
      const [a, b] = await Promise.all([first.append(event(1, { id })), second.append(event(1, { id }))]);
      expect(a.seq).toBe(b.seq);
      await Promise.all([first.close(), second.close()]);
    });
  });
}
