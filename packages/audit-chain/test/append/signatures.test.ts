import { utf8Decode } from '@countersign/proof-core/bytes/utf8';
import { parseCheckpoint } from '@countersign/proof-core/note/checkpoint';
import type { Signer, SignRequest } from '@countersign/proof-core/ports';
import { verifyReceipt } from '@countersign/proof-core/receipt/verify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Chain } from '../../src/append/chain.ts';
import type { AppendReceipt } from '../../src/append/receipt.ts';
import { type TestBed, event, signer, testBed } from '../support/chain.ts';

let bed: TestBed;
beforeAll(async () => {
  bed = await testBed();
});
afterAll(() => bed.close());

interface Call {
  readonly size: number;
  answer(): Promise<void>;
  fail(): Promise<void>;
}

/** A signer whose calls are answered by the test, in any order; slow once, so that it is known to be. */
function heldSigner() {
  const calls: Call[] = [];
  let isSlow = false;
  const held: Signer = {
    ...signer,
    sign: async (request: SignRequest) => {
      const signature = await signer.sign(request);
      if (!isSlow) return await new Promise((resolve) => void setTimeout(() => resolve(signature), 15));
      return await new Promise((resolve, reject) => {
        const settle = async (end: () => void): Promise<void> => {
          end();
          await new Promise((next) => void setTimeout(next, 0));
        };
        const { size } = parseCheckpoint(request.bytes);
        calls.push({ size, answer: () => settle(() => resolve(signature)), fail: () => settle(() => reject(new Error('down'))) });
      });
    },
  };
  return { held, calls, hold: () => (isSlow = true) };
}

async function openSlow(hooks: object = {}, limits: object = { signatures: 3 }) {
  const { held, calls, hold } = heldSigner();
  const parts = await bed.parts({ signers: [held], hooks, limits });
  const chain = await Chain.open(parts);
  await chain.append(event(0));
  hold();
  let n = 0;
  /** Appends one event and waits until it is durable. */
  const appendOne = async (): Promise<Promise<AppendReceipt>[]> => {
    const size = chain.size + 1;
    const receipt = chain.append(event(++n));
    receipt.catch(() => {});
    await expect.poll(() => chain.size).toBe(size);
    return [receipt];
  };
  /** Appends so many events, one when a checkpoint over the one before has been asked for. */
  const askFor = async (count: number): Promise<Promise<AppendReceipt>[]> => {
    const receipts: Promise<AppendReceipt>[] = [];
    while (receipts.length < count) {
      receipts.push(...(await appendOne()));
      await expect.poll(() => calls.length).toBe(receipts.length);
    }
    return receipts;
  };
  const verified = async (receipt: Promise<AppendReceipt>): Promise<number> => {
    const bytes = await (await receipt).bytes();
    await verifyReceipt(bytes, { resolver: parts.resolver, origin: chain.id });
    return Number(/\n([0-9]+)\n[^\n]+\n\n— /.exec(utf8Decode(bytes))![1]);
  };
  return { chain, parts, calls, appendOne, askFor, verified };
}

const sizes = (calls: readonly Call[]): number[] => calls.map(({ size }) => size);

test('a slow signer is asked for the next checkpoint while it signs one, for so many at most, in rising size', async () => {
  const { chain, calls, appendOne, askFor, verified } = await openSlow();
  const receipts = await askFor(3);
  for (let i = 0; i < 3; i++) receipts.push(...(await appendOne()));
  expect(sizes(calls)).toEqual([3, 4, 5]);
  await calls[0]!.answer();
  await expect.poll(() => sizes(calls)).toEqual([3, 4, 5, 8]);
  for (const call of calls.slice(1)) await call.answer();
  expect(await Promise.all(receipts.map(verified))).toEqual([3, 4, 5, 8, 8, 8]);
  await chain.close();
});

test('a checkpoint that a larger one overtakes is dropped: its events are covered by the larger, and notes rise', async () => {
  const { chain, parts, calls, appendOne, askFor, verified } = await openSlow();
  const [first, second] = await askFor(2);
  await calls[1]!.answer();
  expect(await Promise.all([verified(first!), verified(second!)])).toEqual([4, 4]);
  await calls[0]!.answer();
  const [third] = await appendOne();
  await expect.poll(() => sizes(calls)).toEqual([3, 4, 5]);
  await calls[2]!.answer();
  expect(await verified(third!)).toBe(5);
  await chain.close();
  const notes: number[] = [];
  for (let size = 5; size > 0;) {
    const note = await parts.store.note(size);
    notes.unshift(note!.size);
    size = note!.size - 1;
  }
  expect(notes).not.toContain(3);
  expect(notes.slice(-2)).toEqual([4, 5]);
});

test('the failure of a checkpoint that a larger one covers, or is about to, is nobody’s concern', async () => {
  const counts: string[] = [];
  const { chain, calls, askFor, verified } = await openSlow({ onCount: (name: string) => void counts.push(name) });
  const [first, second] = await askFor(2);
  await calls[0]!.fail();
  await calls[1]!.answer();
  expect(await Promise.all([verified(first!), verified(second!)])).toEqual([4, 4]);
  expect(counts).not.toContain('countersign_signer_errors_total');
  expect(sizes(calls)).toEqual([3, 4]);
  await chain.close();
});

test('when the larger of two fails it is asked for again, and the smaller counts meanwhile', async () => {
  const { chain, calls, askFor, verified } = await openSlow();
  const [first, second] = await askFor(2);
  await calls[1]!.fail();
  await calls[0]!.answer();
  expect(await verified(first!)).toBe(3);
  await expect.poll(() => sizes(calls)).toEqual([3, 4, 4]);
  await calls[2]!.answer();
  expect(await verified(second!)).toBe(4);
  await chain.close();
});

test('closing waits for every signature that is under way', async () => {
  const { chain, calls, askFor, verified } = await openSlow();
  const receipts = await askFor(2);
  let isClosed = false;
  const closed = chain.close().then(() => (isClosed = true));
  await calls[1]!.answer();
  expect(await Promise.all(receipts.map(verified))).toEqual([4, 4]);
  expect(isClosed).toBe(false);
  await calls[0]!.answer();
  await closed;
  expect(chain.settledSize).toBe(4);
});

test('a slow signer is asked again only when it has answered, where that is the limit', async () => {
  const { chain, calls, appendOne, askFor, verified } = await openSlow({}, { signatures: 1 });
  const receipts = [...(await askFor(1)), ...(await appendOne()), ...(await appendOne())];
  expect(sizes(calls)).toEqual([3]);
  await calls[0]!.answer();
  await expect.poll(() => sizes(calls)).toEqual([3, 5]);
  await calls[1]!.answer();
  expect(await Promise.all(receipts.map(verified))).toEqual([3, 5, 5]);
  await chain.close();
});
