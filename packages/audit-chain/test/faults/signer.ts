import { setImmediate, setTimeout } from 'node:timers/promises';
import { verifyReceipt } from '@countersign/proof-core/receipt/verify';
import type { SignRequest } from '@countersign/proof-core/ports';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Chain, type ChainParts } from '../../src/append/chain.ts';
import type { AppendReceipt } from '../../src/append/receipt.ts';
import { event } from '../support/chain.ts';
import { testResolver, testSigner } from '../support/keys.ts';
import { memoryMark } from '../support/mark.ts';
import { newParts, noted } from '../support/sealed.ts';
import type { OpenDatabase } from '../support/stores.ts';

/** The time of a server goes on while `Date` is moved by a test; that of an embedded database is `Date`. */
const serverClock = { now: () => Math.round(performance.timeOrigin + performance.now()) };

async function openWith(database: OpenDatabase, changes: Partial<ChainParts> = {}) {
  const signer = testSigner(1);
  const clock = database.client.kind === 'pglite' ? { now: () => Date.now() } : serverClock;
  const parts = await newParts(database.store, { signers: [signer], resolver: testResolver([signer]), clock, ...changes });
  return { signer, parts, chain: await Chain.open(parts) };
}

/** Waits for the database, whose time is real; pauses between attempts are of the moved time, which creeps on meanwhile. */
async function until(holds: () => boolean): Promise<void> {
  for (let turn = 1; !holds(); turn++) {
    await setImmediate();
    if (turn % 100 === 0) await vi.advanceTimersByTimeAsync(1);
  }
}

/** What a signer returns in place of a signature over what it was asked for. */
const WRONG: readonly [name: string, sign: (request: SignRequest) => Promise<Uint8Array>][] = [
  ['another key’s signature', (request) => testSigner(2).sign(request)],
  [
    'a signature over somebody else’s root',
    ({ purpose, bytes }) => {
      const [origin, size] = new TextDecoder().decode(bytes).split('\n');
      const text = `${origin}\n${size}\n${Buffer.alloc(32, 7).toString('base64')}\n`;
      return testSigner(1).sign({ purpose, bytes: new TextEncoder().encode(text) });
    },
  ],
  [
    'a signature with one bit changed',
    async (request) => (await testSigner(1).sign(request)).map((byte, i) => (i === 40 ? byte ^ 1 : byte)),
  ],
  ['zeros', () => Promise.resolve(new Uint8Array(64))],
  ['nothing', () => Promise.resolve(new Uint8Array(0))],
  ['a signature and a byte', async (request) => Buffer.concat([await testSigner(1).sign(request), Buffer.of(0)])],
];

export function describeSignerFaults(database: () => OpenDatabase): void {
  describe('a signer at fault', () => {
    afterEach(() => void vi.useRealTimers());

    test('down for a minute under load: callers learn it at their deadline, nothing unsigned is settled, one checkpoint covers the backlog', async () => {
      const { signer, parts, chain } = await openWith(database());
      signer.fault = () => Promise.reject(new Error('no connection'));
      vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
      const results: Promise<PromiseSettledResult<AppendReceipt>>[] = [];
      for (let second = 0; second < 60; second += 5) {
        for (let n = 0; n < 20; n++) results.push(Promise.allSettled([chain.append(event(n))]).then(([result]) => result));
        await until(() => chain.size === 1 + results.length);
        await vi.advanceTimersByTimeAsync(5000);
      }
      expect(chain.settledSize).toBe(1);
      expect((await parts.store.note())!.size).toBe(1);
      // All but those of the last ten seconds have been told.
      for (const result of await Promise.all(results.slice(0, 180))) {
        expect(result).toMatchObject({ status: 'rejected', reason: { code: 'ERR_SIGNER_UNAVAILABLE' } });
      }
      signer.calls.length = 0;
      signer.fault = undefined;
      await vi.advanceTimersByTimeAsync(1000);
      await until(() => chain.settledSize === chain.size);
      // Perhaps the attempt that was under way, and one for everything.
      const sizes = signer.calls.map(({ bytes }) => Number(new TextDecoder().decode(bytes).split('\n')[1]));
      expect(sizes.at(-1)).toBe(241);
      expect(sizes.length).toBeLessThanOrEqual(2);
      const last = (await Promise.all(results)).at(-1)!;
      if (last.status === 'rejected') throw last.reason;
      const { link } = await verifyReceipt(await last.value.bytes(), { resolver: parts.resolver, origin: chain.id });
      expect(link.seq).toBe(240);
      vi.useRealTimers();
      await chain.close();
    });

    test('slow beyond its time: asked again; the signature that comes late is not kept', async () => {
      const { signer, parts, chain } = await openWith(database(), { limits: { signTimeoutMs: 20 } });
      let release = (): void => {};
      const late = new Promise<void>((resolve) => (release = resolve));
      signer.fault = () => {
        signer.fault = undefined;
        return late;
      };
      const { seq } = await chain.append(event(1));
      expect(signer.calls.length).toBeGreaterThan(2);
      release();
      expect((await chain.append(event(2))).seq).toBe(seq + 1);
      await noted(chain, parts.store);
      const sizes: number[] = [];
      for await (const { size } of parts.store.notes()) sizes.push(size);
      expect(sizes).toEqual([1, 2, 3]);
      await chain.close();
    });

    test('the time that the high-water mark takes is none of the signer’s: it is asked, and in time, however slow the mark is', async () => {
      const right = testSigner(1);
      const signer = { ...right, sign: (request: SignRequest) => (request.signal!.throwIfAborted(), right.sign(request)) };
      const mark = memoryMark();
      const slow = { ...mark, read: (origin: string) => setTimeout(60).then(() => mark.read(origin)) };
      const { chain } = await openWith(database(), { signers: [signer], mark: slow, limits: { signTimeoutMs: 50 } });
      expect((await chain.append(event(1))).seq).toBe(1);
      await chain.close();
    });

    test.each(WRONG)('%s in place of a signature settles nothing; the right one later covers it', async (_name, wrong) => {
      const { signer, parts, chain } = await openWith(database());
      const right = testSigner(1);
      signer.sign = wrong;
      await expect(chain.append(event(1))).rejects.toMatchObject({ code: 'ERR_SIGNER_WRONG' });
      expect(chain.size).toBe(2);
      expect(chain.settledSize).toBe(1);
      expect((await parts.store.note())!.size).toBe(1);
      signer.sign = (request) => right.sign(request);
      const receipt = await chain.append(event(2));
      expect(receipt.seq).toBe(2);
      await verifyReceipt(await receipt.bytes(), { resolver: parts.resolver, origin: chain.id });
      await chain.close();
    });
  });
}
