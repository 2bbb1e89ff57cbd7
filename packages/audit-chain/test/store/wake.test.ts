import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
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
