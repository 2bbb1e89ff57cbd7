import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { keepConnection } from '../../src/adapters/kept-connection.ts';
import type { PgPoolLike } from '../../src/adapters/pg.ts';

/** A pool of numbered connections that hands them out a turn later; `log` says what happened. */
function pooled(query: (text: string) => Promise<{ rows: unknown[] }> = () => Promise.resolve({ rows: [] })) {
  const log: string[] = [];
  const idle: Connection[] = [];
  let made = 0;
  class Connection extends EventEmitter {
    readonly number = ++made;
    query(text: string): Promise<{ rows: unknown[] }> {
      log.push(`${this.number} ${text}`);
      return query(text);
    }
    release(broken?: boolean | Error): void {
      log.push(`${this.number} ${broken === true ? 'destroyed' : 'released'}`);
      if (broken !== true) idle.push(this);
    }
  }
  const out: Connection[] = [];
  const pool = {
    waitingCount: 0,
    connect: () =>
      new Promise<Connection>((resolve) => {
        process.nextTick(() => {
          const connection = idle.pop() ?? new Connection();
          out.push(connection);
          resolve(connection);
        });
      }),
  };
  return { queries: keepConnection(pool as unknown as PgPoolLike), pool, log, out };
}

test('a statement that follows another at once is on its way before anything else that is due', async () => {
  const { queries, log } = pooled();
  await queries.query('first');
  const second = queries.query('second');
  expect(log).toEqual(['1 first', '1 second']);
  await second;
});

test('statements at once have a connection each, and one of them is kept', async () => {
  const { queries, log } = pooled();
  await Promise.all([queries.query('a'), queries.query('b')]);
  expect(log.toSorted()).toEqual(['1 a', '2 b', '2 released']);
});

test('a connection that nothing follows goes back to the pool', async () => {
  const { queries, log } = pooled();
  await queries.query('only');
  await expect.poll(() => log).toEqual(['1 only', '1 released']);
});

test('a connection is not kept from those who wait for one', async () => {
  const { queries, pool, log } = pooled();
  pool.waitingCount = 1;
  await queries.query('only');
  expect(log).toEqual(['1 only', '1 released']);
});

test('a connection on which a statement failed is not used again', async () => {
  const { queries, log } = pooled((text) => (text === 'bad' ? Promise.reject(new Error('no')) : Promise.resolve({ rows: [] })));
  await queries.query('good');
  await expect(queries.query('bad')).rejects.toThrow('no');
  await queries.query('good');
  expect(log).toEqual(['1 good', '1 bad', '1 destroyed', '2 good']);
});

test('a kept connection that breaks ends neither the process nor the next statement', async () => {
  const { queries, log, out } = pooled();
  await queries.query('first');
  out[0]!.emit('error', new Error('terminated'));
  await queries.query('second');
  expect(log).toEqual(['1 first', '1 destroyed', '2 second']);
});
