import { expect, test } from 'vitest';
import { ahead } from '../../src/verify/records/ahead.ts';

/** Counts up; fails where it is told to. */
async function* numbers(log: string[], count: number, failAt = Infinity): AsyncGenerator<number> {
  try {
    for (let n = 0; n < count; n++) {
      if (n === failAt) throw new Error('unreadable');
      log.push(`read ${n}`);
      yield n;
      await Promise.resolve();
    }
  } finally {
    log.push('closed');
  }
}

test('the next value is read while the one before it is worked on', async () => {
  const log: string[] = [];
  for await (const n of ahead(numbers(log, 3), () => log.push('dropped'))) {
    await new Promise((resolve) => void setTimeout(resolve, 1));
    log.push(`done ${n}`);
  }
  expect(log).toEqual(['read 0', 'read 1', 'done 0', 'read 2', 'done 1', 'closed', 'done 2']);
});

test('an error comes behind the values before it', async () => {
  const [log, seen]: [string[], number[]] = [[], []];
  const all = async (): Promise<void> => {
    for await (const n of ahead(numbers(log, 5, 2), () => log.push('dropped'))) {
      await new Promise((resolve) => void setTimeout(resolve, 1));
      seen.push(n);
    }
  };
  await expect(all()).rejects.toThrow('unreadable');
  expect([seen, log.filter((line) => !line.startsWith('read'))]).toEqual([[0, 1], ['closed']]);
});

test('who stops early gives back what was read for nobody, and closes the source', async () => {
  const [log, dropped]: [string[], number[]] = [[], []];
  for await (const n of ahead(numbers(log, 9), (value) => void dropped.push(value))) if (n === 3) break;
  expect([dropped, log.at(-1)]).toEqual([[4], 'closed']);
});
