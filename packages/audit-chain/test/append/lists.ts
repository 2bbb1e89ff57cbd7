import { randomUUID } from 'node:crypto';
import { verifyReceipt } from '@countersign/proof-core/receipt/verify';
import { expect, test } from 'vitest';
import { Chain, type ChainParts } from '../../src/append/chain.ts';
import { MAX_LEFT } from '../../src/append/leave.ts';
import type { PendingReceipts } from '../../src/append/pending-receipt.ts';
import { prepareEvent } from '../../src/record/event.ts';
import type { SqlQueries } from '../../src/store/sql.ts';
import { event } from '../support/chain.ts';
import type { Database } from './shared.ts';

/** What every store must do with lists of events that a transaction leaves; `newParts` gives a new chain each time. */
export function describeLists(database: () => Database, newParts: () => Promise<ChainParts>): void {
  const seqs = async (pending: PendingReceipts): Promise<number[]> => (await pending.settled()).map(({ seq }) => seq);

  test('a list left in a transaction is appended with its commit, in order, with private values and receipts', async () => {
    const parts = await newParts();
    const chain = await Chain.open(parts);
    const list = [event(1), event(2, { private: { email: 'a@example.com' } }), event(3)];
    const pending = await database().transaction(async (transaction) => {
      const left = await chain.appendAll(list, { transaction });
      await expect(left.settled()).rejects.toMatchObject({ code: 'ERR_TRANSACTION_OPEN' });
      return left;
    });
    const receipts = await pending.settled();
    expect(receipts.map(({ seq, id }) => [seq, id])).toEqual(pending.ids.map((id, i) => [i + 1, id]));
    for (const receipt of receipts) await verifyReceipt(await receipt.bytes(), { resolver: parts.resolver, origin: chain.id });
    expect(await parts.store.privateValues(pending.ids[1]!)).toMatchObject([{ name: 'email', value: '"a@example.com"' }]);
    await chain.close();
  });

  test('a list in a transaction that is rolled back is never appended', async () => {
    const chain = await Chain.open(await newParts());
    const lost: PendingReceipts[] = [];
    const rollback = database().transaction(async (transaction) => {
      lost.push(await chain.appendAll([event(1), event(2)], { transaction }));
      throw new RangeError('no order');
    });
    await expect(rollback).rejects.toThrow('no order');
    await expect(lost[0]!.settled()).rejects.toMatchObject({ code: 'ERR_TRANSACTION_ABORTED' });
    expect((await chain.append(event(3))).seq).toBe(1);
    await chain.close();
  });

  test('one refused event refuses the list, of which nothing stays; the transaction goes on', async () => {
    const chain = await Chain.open(await newParts());
    const [taken, other] = [randomUUID(), randomUUID()];
    await chain.append(event(1, { id: taken }));
    const pending = await database().transaction(async (transaction) => {
      const refused = (list: Parameters<Chain['appendAll']>[0]): Promise<unknown> =>
        chain.appendAll(list, { transaction }).then(
          () => undefined,
          ({ code }: { code: string }) => code,
        );
      expect(await refused([event(2, { id: other }), event(9, { id: taken })])).toBe('ERR_ID_CONFLICT');
      expect(await refused([event(2, { id: other }), event(2, { id: other })])).toBe('ERR_ID_CONFLICT');
      expect(await refused([event(2, { id: other }), event(3, { type: 'chain.created' })])).toBe('ERR_EVENT_RESERVED');
      expect(await refused([])).toBe('ERR_EVENTS_SIZE');
      expect(await refused(Array.from({ length: MAX_LEFT + 1 }, (_, n) => event(n)))).toBe('ERR_EVENTS_SIZE');
      const large = event(1, { payload: { text: 'x'.repeat(64_000) } });
      expect(await refused(Array.from({ length: 265 }, () => large))).toBe('ERR_EVENTS_SIZE');
      // Under the same id another event: it is free, and stays so for whoever comes first.
      return await chain.appendAll([event(4, { id: other })], { transaction });
    });
    expect(await seqs(pending)).toEqual([2]);
    expect(chain.size).toBe(3);
    await chain.close();
    const late = database().transaction((transaction) => chain.appendAll([event(5)], { transaction }));
    await expect(late).rejects.toMatchObject({ code: 'ERR_CLOSED' });
  });

  test('of a list left again, with records and waiting events among it, only what is new is added', async () => {
    const chain = await Chain.open(await newParts());
    const list = Array.from({ length: 6 }, (_, n) => event(n, { id: randomUUID() }));
    await chain.append(list[4]!);
    const [first, again, whole] = await database().transaction(async (transaction) => [
      await chain.appendAll(list.slice(0, 2), { transaction }),
      await chain.appendAll(list, { transaction }),
      await chain.appendAll(list, { transaction }),
    ]);
    expect([await seqs(first), await seqs(again), await seqs(whole)]).toEqual([
      [2, 3],
      [2, 3, 4, 5, 1, 6],
      [2, 3, 4, 5, 1, 6],
    ]);
    expect(chain.size).toBe(7);
    await chain.close();
  });

  test('a process of an older version leaves events by the function that it knows', async () => {
    const parts = await newParts();
    const chain = await Chain.open(parts);
    const [row] = await database().client.query('select id from countersign.chain where name = $1', [chain.id]);
    const { id, digest, bytes } = prepareEvent(event(1), { chain: chain.id, now: Date.now() });
    const pending = await database().transaction(async (transaction) => {
      const text = 'select xid, fresh from countersign.add_waiting($1, $2, $3, $4, $5)';
      const { rows } = await transaction.query(text, [row!['id'], id, digest, new TextDecoder().decode(bytes), null]);
      expect(rows).toMatchObject([{ fresh: true }]);
      return await chain.appendAll([event(2)], { transaction });
    });
    expect(await seqs(pending)).toEqual([2]);
    expect(await parts.store.takenIds([id])).toMatchObject([{ seq: 1 }]);
    await chain.close();
  });

  test('waiting events are placed without reading the ids that the chain has, with statistics or without', async () => {
    const parts = await newParts();
    const chain = await Chain.open(parts);
    await Promise.all(Array.from({ length: 2000 }, (_, n) => chain.append(event(n))));
    await chain.close();
    const [row] = await database().client.query('select id from countersign.chain where name = $1', [chain.id]);
    let read: number | undefined;
    // Not to be kept: the places that are given here are none.
    const undone = database().client.transaction(async (queries) => {
      const { id, digest, bytes } = prepareEvent(event(1), { chain: chain.id, now: Date.now() });
      const left = [row!['id'], `${id} ${digest}`, new TextDecoder().decode(bytes)];
      await queries.query('select countersign.leave_events($1, $2, $3, null)', left);
      await queries.query('set local role countersign_owner');
      const before = await idsRead(queries);
      const text = 'select countersign.take_waiting($1, 5000, (select array_agg(n) from countersign.waiting where chain = $1)) as done';
      expect(await queries.query(text, [row!['id']])).toEqual([{ done: 1 }]);
      read = (await idsRead(queries)) - before;
      throw new RangeError('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    expect(read).toBe(1);
  });
}

/** How many ids this transaction has read, from the table or through its index. */
async function idsRead(queries: SqlQueries): Promise<number> {
  const [row] = await queries.query(`
    select pg_stat_get_xact_tuples_returned('countersign.event_id'::regclass)
      + pg_stat_get_xact_tuples_returned('countersign.event_id_pkey'::regclass) as n`);
  return Number(row!['n']);
}
