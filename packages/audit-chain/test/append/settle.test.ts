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

test('a mark that another process moves on between two looks at it is no rollback: its note covers the event', async () => {
  const mark = memoryMark();
  const parts = await bed.parts({ mark });
  let between: (() => Promise<unknown>) | undefined;
  const late: typeof mark.reserve = async (next, proof) => {
    const work = between;
    between = undefined;
    await work?.();
    await mark.reserve(next, proof);
  };
  const chain = await Chain.open({ ...parts, mark: { ...mark, reserve: late } });
  const other = await Chain.open(parts);
  between = () => other.append(event(2));
  const receipt = await chain.append(event(1));
  expect(between).toBeUndefined();
  expect(receipt.seq).toBe(1);
  await verifyReceipt(await receipt.bytes(), { resolver: parts.resolver, origin: chain.id });
  expect((await chain.append(event(3))).seq).toBe(3);
  await Promise.all([chain.close(), other.close()]);
});

test('a mark that another history was signed for is told as that, though it need not be read before each step', async () => {
  const mark = memoryMark();
  const parts = await bed.parts({ mark });
  const chain = await Chain.open(parts);
  expect((await chain.append(event(1))).seq).toBe(1);
  mark.now.set(chain.id, { origin: chain.id, size: 3, root: new Uint8Array(32) });
  await expect(chain.append(event(2))).rejects.toMatchObject({
    code: 'ERR_CHAIN_FORKED',
    actual: expect.stringContaining('size 3') as unknown,
  });
  mark.now.set(chain.id, { origin: chain.id, size: 1, root: new Uint8Array(32) });
  await expect(chain.append(event(3))).rejects.toMatchObject({ code: 'ERR_CHAIN_FORKED' });
  await chain.close();
});

test('a signer gets no longer than its time, and its signal says so', async () => {
  const parts = await bed.parts({ limits: { signTimeoutMs: 160, settleTimeoutMs: 240 } });
  const [signer] = parts.signers;
  const signals: (AbortSignal | undefined)[] = [];
  let isDown = false;
  const hanging: typeof signer = {
    ...signer!,
    sign: (request) => {
      signals.push(request.signal);
      return isDown ? new Promise(() => {}) : signer!.sign(request);
    },
  };
  const chain = await Chain.open({ ...parts, signers: [hanging] });
  isDown = true;
  const refused = chain.append(event(1));
  await expect(refused).rejects.toMatchObject({ code: 'ERR_SIGNER_UNAVAILABLE' });
  expect(signals.map((signal) => signal?.aborted)).toEqual([false, ...signals.slice(1).map(() => true)]);
  expect(signals.length).toBeGreaterThan(1);
  await chain.close();
  const { limits: _, ...unhurried } = parts;
  const again = await Chain.open(unhurried);
  expect([again.size, again.settledSize]).toEqual([2, 2]);
  await again.close();
});
