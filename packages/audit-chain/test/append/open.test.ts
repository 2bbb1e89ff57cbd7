import { afterAll, beforeAll, expect, test } from 'vitest';
import { Chain } from '../../src/append/chain.ts';
import { type TestBed, event, testBed } from '../support/chain.ts';
import { memoryMark } from '../support/mark.ts';
import { storeWith } from '../support/store-with.ts';

let bed: TestBed;
beforeAll(async () => {
  bed = await testBed();
});
afterAll(() => bed.close());

type Read = 'note' | 'mark' | 'checkpoint';

test.each<[Read, number]>([
  ['note', 0],
  ['mark', 0],
  ['checkpoint', 0],
  ['note', 2],
  ['mark', 2],
  ['checkpoint', 2],
])(
  'another process that appends right behind the reading of the %s is no rollback and no lost mark (%i records before)',
  async (read, before) => {
    const mark = memoryMark();
    const parts = await bed.parts({ mark });
    let other: Chain | undefined;
    if (before > 0) {
      other = await Chain.open(parts);
      await other.append(event(1));
    }
    const seen: Read[] = [];
    const then = async <T>(name: Read, value: T): Promise<T> => {
      if (name === read && !seen.includes(name)) {
        seen.push(name);
        other ??= await Chain.open(parts);
        await other.append(event(2));
        await other.receipt(0);
      }
      return value;
    };
    const { store } = parts;
    const chain = await Chain.open({
      ...parts,
      mark: { ...mark, read: async (origin) => await then('mark', await mark.read(origin)) },
      store: storeWith(store, {
        note: async (size) => await then('note', await store.note(size)),
        checkpoint: async (size) => await then('checkpoint', await store.checkpoint(size)),
      }),
    });
    expect(seen).toEqual([read]);
    const { seq } = await chain.append(event(3));
    expect([seq, chain.settledSize]).toEqual([before === 0 ? 2 : 3, before === 0 ? 3 : 4]);
    await Promise.all([chain.close(), other!.close()]);
  },
);
