import { verifyReceipt } from '@countersign/proof-core/receipt/verify';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { Chain } from '../../src/append/chain.ts';
import type { AppendReceipt } from '../../src/append/receipt.ts';
import { type TestBed, event, testBed } from '../support/chain.ts';
import { memoryMark } from '../support/mark.ts';
import { storeWith } from '../support/store-with.ts';

let bed: TestBed;
beforeAll(async () => {
  bed = await testBed();
});
afterEach(() => vi.useRealTimers());
afterAll(() => bed.close());

test('what becomes durable while it is asked whether signing was stopped is signed once, not counted twice', async () => {
  const mark = memoryMark();
  const parts = await bed.parts({ mark });
  let asked: (() => Promise<unknown>) | undefined;
  const attestations: typeof parts.store.attestations = () => {
    const own = parts.store.attestations();
    return Object.assign(Object.create(own) as typeof own, {
      stopped: async () => {
        const work = asked;
        asked = undefined;
        await work?.();
        return await own.stopped();
      },
    });
  };
  const chain = await Chain.open({ ...parts, store: storeWith(parts.store, { attestations }) });
  // The answer counts for a second.
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 1500 });
  const receipts: Promise<AppendReceipt>[] = [];
  asked = async () => {
    receipts.push(chain.append(event(2)));
    await expect.poll(() => chain.size).toBe(3);
  };
  receipts.push(chain.append(event(1)));
  await receipts[0];
  expect(asked).toBeUndefined();
  receipts.push(chain.append(event(3)));
  for (const receipt of await Promise.all(receipts)) {
    await verifyReceipt(await receipt.bytes(), { resolver: parts.resolver, origin: chain.id });
  }
  expect([chain.size, chain.settledSize]).toEqual([4, 4]);
  expect(await parts.store.checkpoint()).toMatchObject({ size: 4, root: mark.now.get(chain.id)!.root });
  await chain.close();
});
