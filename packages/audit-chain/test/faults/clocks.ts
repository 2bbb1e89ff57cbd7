import { describe, expect, test } from 'vitest';
import { Chain } from '../../src/append/chain.ts';
import { collect } from '../../src/append/stored-tree.ts';
import { openStore } from '../../src/store/sql-store.ts';
import type { SqlClient, SqlQueries } from '../../src/store/sql.ts';
import type { ChainStore } from '../../src/store/store.ts';
import { event } from '../support/chain.ts';
import { newParts } from '../support/sealed.ts';
import type { OpenDatabase } from '../support/stores.ts';

async function timesOf(store: ChainStore, size: number): Promise<string[]> {
  const lines = new TextDecoder().decode(await collect(store.records(0, size))).trimEnd();
  return lines.split('\n').map((line) => (JSON.parse(line) as { link: { time: string } }).link.time);
}

/** A database whose clock can be set: what it says of the time is moved by `shift` milliseconds. */
function movedClock(client: SqlClient, shift: () => number): SqlClient {
  const wrap = (queries: SqlQueries): SqlQueries => ({
    async query(text, parameters) {
      const rows = await queries.query(text, parameters);
      return rows.map((row) => ('now' in row ? { ...row, now: Number(row['now']) + shift() } : row));
    },
  });
  return {
    ...client,
    ...wrap(client),
    transaction: (work) => client.transaction((queries) => work(wrap(queries))),
    close: () => Promise.resolve(),
  };
}

export function describeClocks(database: () => OpenDatabase): void {
  describe('clocks', () => {
    test('a process’s clock that steps back: by seconds, times go on; by an hour, nothing is sequenced until it is right again', async () => {
      let step = 0;
      const parts = await newParts(database().store, { clock: { now: () => Date.now() + step } });
      const chain = await Chain.open(parts);
      await chain.append(event(1));
      // Some way off the limit of five seconds: what the call takes is added to it.
      step = -2000;
      await chain.append(event(2));
      await chain.append(event(3));
      step = -3_600_000;
      await expect(chain.append(event(4))).rejects.toMatchObject({ code: 'ERR_CLOCK' });
      expect(chain.size).toBe(4);
      step = 0;
      const before = new Date((await parts.store.now()) - 2000).toISOString();
      await chain.append(event(5));
      const times = await timesOf(parts.store, 5);
      expect(times).toEqual(times.toSorted());
      const after = new Date((await parts.store.now()) + 2000).toISOString();
      expect([before, times.at(-1)!, after]).toEqual([before, times.at(-1)!, after].toSorted());
      await chain.close();
    });

    test('a database’s clock that steps back: a record is never older than the one before it', async () => {
      let shift = 0;
      const { client, store: whole } = database();
      const parts = await newParts(whole);
      const moved = await openStore(
        movedClock(client, () => shift),
        { migrate: false },
      );
      const chain = await Chain.open({ ...parts, store: await moved.open(parts.store.chain) });
      await chain.append(event(1));
      shift = -4000;
      await chain.append(event(2));
      await chain.append(event(3));
      const times = await timesOf(parts.store, 4);
      expect(times).toEqual(times.toSorted());
      expect(times[3]).toBe(times[2]);
      await chain.close();
      await moved.close();
    });

    test('two processes whose clocks disagree: the one that is wrong by more than five seconds appends nothing', async () => {
      const parts = await newParts(database().store);
      const right = await Chain.open(parts);
      const wrong = await Chain.open({ ...parts, clock: { now: () => Date.now() + 60_000 } });
      const near = await Chain.open({ ...parts, clock: { now: () => Date.now() + 4000 } });
      for (let n = 0; n < 3; n++) {
        await right.append(event(n));
        await expect(wrong.append(event(n))).rejects.toMatchObject({ code: 'ERR_CLOCK', field: 'clock' });
        await near.append(event(n));
      }
      const times = await timesOf(parts.store, near.size);
      expect(times).toHaveLength(7);
      expect(times).toEqual(times.toSorted());
      for (const chain of [right, wrong, near]) await chain.close();
    });
  });
}
