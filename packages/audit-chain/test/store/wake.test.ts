import { EventEmitter } from 'node:events';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type PgPoolLike, fromPool } from '../../src/adapters/pg.ts';
import type { SqlClient } from '../../src/store/sql.ts';
import { Waker } from '../../src/store/wake.ts';

/** Lets everything run that waits for nothing but promises. */
const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

test('a store that is closed before its listener is there stops listening all the same', async () => {
  let begin: (stop: () => Promise<void>) => void;
  const begun = new Promise<() => Promise<void>>((resolve) => (begin = resolve));
  let stops = 0;
  const client = { query: () => Promise.resolve([]), listen: () => begun } as unknown as SqlClient;
  const waker = new Waker(client);
  waker.subscribe(1, () => undefined);
  await waker.close();
  begin!(() => Promise.resolve(void stops++));
  await settled();
  expect(stops).toBe(1);
});

/** A pool that gives connections when it is told to, and counts those that are out. */
function slowPool(query: () => Promise<{ rows: unknown[] }>) {
  const waiting: (() => void)[] = [];
  const out = new Set<object>();
  const pool = {
    on: () => pool,
    connect: () =>
      new Promise((resolve) => {
        const client = Object.assign(new EventEmitter(), { query, release: () => void out.delete(client) });
        waiting.push(() => resolve((out.add(client), client)));
      }),
  } as unknown as PgPoolLike;
  return { pool, out, give: (): void => waiting.shift()!() };
}

test('a listener whose statement fails gives its connection back', async () => {
  const { pool, out, give } = slowPool(() => Promise.reject(new Error('no')));
  const listening = fromPool(pool).listen('countersign', () => undefined);
  give();
  await expect(listening).rejects.toThrow();
  expect(out.size).toBe(0);
});

test('a listener that is stopped holds no connection', async () => {
  const { pool, out, give } = slowPool(() => Promise.resolve({ rows: [] }));
  const listening = fromPool(pool).listen('countersign', () => undefined);
  give();
  const stop = await listening;
  expect(out.size).toBe(1);
  await stop();
  expect(out.size).toBe(0);
});

describe('looking for events that wait', () => {
  afterEach(() => void vi.useRealTimers());

  /** A waker on a database that tells when it was asked, in milliseconds, and in which the same events wait until they are changed. */
  async function looking() {
    vi.useFakeTimers();
    const start = Date.now();
    const asked: number[] = [];
    const database = { rows: [] as { chain: number; n: number }[], notify: undefined as ((payload: string) => void) | undefined };
    const client = {
      query: () => (asked.push(Date.now() - start), Promise.resolve(database.rows)),
      listen: (_: string, notify: (payload: string) => void) => ((database.notify = notify), Promise.resolve(() => Promise.resolve())),
    } as unknown as SqlClient;
    const waker = new Waker(client);
    const woken: number[] = [];
    waker.subscribe(1, () => woken.push(Date.now() - start));
    await vi.advanceTimersByTimeAsync(0);
    return { waker, database, asked, woken };
  }

  test('is done every second, soon after there was something new, and then ever later', async () => {
    const { waker, database, asked, woken } = await looking();
    await vi.advanceTimersByTimeAsync(2000);
    expect(asked).toEqual([1000, 2000]);
    database.rows = [{ chain: 1, n: 7 }];
    await vi.advanceTimersByTimeAsync(1050);
    expect([asked.slice(2), woken]).toEqual([
      [3000, 3050],
      [3000, 3050],
    ]);
    // What cannot be placed is tried again, ever later.
    await vi.advanceTimersByTimeAsync(4000);
    expect(asked.slice(4)).toEqual([3150, 3350, 3750, 4550, 5550, 6550]);
    expect(woken).toEqual(asked.slice(2));
    await waker.close();
    await vi.advanceTimersByTimeAsync(5000);
    expect(asked).toHaveLength(10);
  });

  test('is done soon after a notification, and no number of them for other chains puts it off', async () => {
    const { waker, database, asked, woken } = await looking();
    database.rows = [{ chain: 1, n: 7 }];
    for (let i = 0; i < 10; i++) {
      database.notify!('2');
      await vi.advanceTimersByTimeAsync(20);
    }
    expect(asked[0]).toBe(50);
    expect(woken[0]).toBe(50);
    await waker.close();
  });
});
