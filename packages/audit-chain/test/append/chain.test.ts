import { createHash, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { parseCheckpoint } from '@countersign/proof-core/note/checkpoint';
import { noteKey } from '@countersign/proof-core/note/key';
import { verifyNote } from '@countersign/proof-core/note/verify';
import { readLink } from '@countersign/proof-core/record/link';
import { verifyReceipt } from '@countersign/proof-core/receipt/verify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Chain } from '../../src/append/chain.ts';
import { collect } from '../../src/append/stored-tree.ts';
import { markFile } from '../../src/node/log/mark-file.ts';
import { type TestBed, event, openNew, signer, testBed } from '../support/chain.ts';
import { asOwner } from '../support/intruder.ts';
import { testResolver, testSigner } from '../support/keys.ts';
import { storeWith } from '../support/store-with.ts';

let bed: TestBed;
beforeAll(async () => {
  bed = await testBed();
});
afterAll(() => bed.close());

/** RFC 6962 §2.1, word for word. */
function mth(leaves: readonly Buffer[]): Buffer {
  const sha = (...parts: readonly Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest();
  if (leaves.length === 1) return sha(Buffer.of(0), leaves[0]!);
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return sha(Buffer.of(1), mth(leaves.slice(0, k)), mth(leaves.slice(k)));
}

async function storedLines(store: { records(from: number, to: number): AsyncIterable<Uint8Array> }, to: number): Promise<string[]> {
  return new TextDecoder()
    .decode(await collect(store.records(0, to)))
    .trimEnd()
    .split('\n');
}

describe('append', () => {
  test('many callers at once never fork the chain: consecutive places, each naming the one before', async () => {
    const { chain, parts } = await openNew(bed);
    const receipts = await Promise.all(Array.from({ length: 1500 }, (_, i) => chain.append(event(i))));
    expect(receipts.map(({ seq }) => seq)).toEqual(Array.from({ length: 1500 }, (_, i) => i + 1));
    const lines = await storedLines(parts.store, 1501);
    let prev = '0'.repeat(64);
    for (const [seq, line] of lines.entries()) {
      const bytes = Buffer.from(line);
      expect(readLink(bytes, 0, bytes.length)).toMatchObject({ chain: chain.id, prev, seq });
      prev = createHash('sha256').update('\0').update(bytes).digest('hex');
    }
    expect(receipts.at(-1)!.hash).toBe(prev);
  });

  test('the newest note has the root that RFC 6962 gives for the stored records', async () => {
    const { chain, parts } = await openNew(bed, 600);
    await chain.close();
    const note = (await parts.store.note())!;
    const { text, textBytes } = await verifyNote(Buffer.from(note.note), [noteKey(chain.id, signer.publicKey)]);
    expect(text.split('\n')[0]).toBe(chain.id);
    const { size, root } = parseCheckpoint(textBytes);
    expect(size).toBe(601);
    expect(Buffer.from(root)).toEqual(mth((await storedLines(parts.store, size)).map((line) => Buffer.from(line))));
  });

  test('receipts verify offline, those of append and those made later from tiles', async () => {
    const { chain } = await openNew(bed, 700);
    const resolver = testResolver([signer]);
    const fresh = await Promise.all([chain.append(event(1)), chain.append(event(2))]);
    for (const receipt of [
      ...fresh,
      await chain.receipt(0),
      await chain.receipt(255),
      await chain.receipt(256),
      await chain.receipt(702),
    ]) {
      const verified = await verifyReceipt(await receipt.bytes(), { resolver, origin: chain.id });
      expect(verified.link.seq).toBe(receipt.seq);
    }
    await expect(verifyReceipt(await fresh[0].bytes(), { resolver: testResolver([testSigner(9)]), origin: chain.id })).rejects.toThrow();
    await expect(chain.receipt(703)).rejects.toMatchObject({ code: 'ERR_SEQ_UNKNOWN' });
  });

  test('the same id with the same event is one record, with another event it is refused', async () => {
    const { chain } = await openNew(bed);
    const id = randomUUID();
    const [first, second] = await Promise.all([chain.append(event(1, { id })), chain.append(event(1, { id, trace: 'a1b2' }))]);
    expect(second.seq).toBe(first.seq);
    await expect(chain.append(event(2, { id }))).rejects.toMatchObject({ code: 'ERR_ID_CONFLICT' });
    const others = await Promise.allSettled([chain.append(event(3)), chain.append(event(2, { id })), chain.append(event(4))]);
    expect(others.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(chain.size).toBe(4);
  });

  test('private values are compared with their stored salts; once erased the id is refused', async () => {
    const { chain, parts } = await openNew(bed);
    const id = randomUUID();
    const secret = event(1, { id, private: { email: 'a@example.com', phone: 5 } });
    const first = await chain.append(secret);
    expect((await chain.append(secret)).seq).toBe(first.seq);
    await expect(chain.append(event(1, { id, private: { email: 'b@example.com', phone: 5 } }))).rejects.toMatchObject({
      code: 'ERR_ID_CONFLICT',
    });
    await expect(chain.append(event(1, { id }))).rejects.toMatchObject({ code: 'ERR_ID_CONFLICT' });
    const stored = (await storedLines(parts.store, chain.size)).at(-1)!;
    expect(stored).not.toContain('a@example.com');
    await asOwner(bed.client, "delete from countersign.private_value where id = $1 and name = 'email'", [id]);
    await expect(chain.append(secret)).rejects.toMatchObject({ code: 'ERR_ID_REDACTED' });
  });

  test('a chain continues where it was after it was closed', async () => {
    const { chain, parts } = await openNew(bed, 300);
    await chain.close();
    await expect(chain.append(event(1))).rejects.toMatchObject({ code: 'ERR_CLOSED' });
    const again = await Chain.open({ ...parts, mark: markFile(join(bed.folder, `mark-${chain.id.split('-')[1]}.json`)) });
    const receipt = await again.append(event(2));
    expect(receipt.seq).toBe(301);
    await verifyReceipt(await receipt.bytes(), { resolver: parts.resolver, origin: chain.id });
  });

  test('while the signer is down events are durable and waiting, nothing is reported as settled, and they are signed later', async () => {
    const down = testSigner(2);
    const { chain, parts } = await openNew(bed, 3, { signers: [down], resolver: testResolver([down]), limits: { settleTimeoutMs: 200 } });
    down.fault = () => Promise.reject(new Error('no connection'));
    await expect(chain.append(event(9))).rejects.toMatchObject({ code: 'ERR_SIGNER_UNAVAILABLE' });
    expect(chain.size).toBe(5);
    expect(chain.settledSize).toBe(4);
    expect((await parts.store.note())!.size).toBe(4);
    down.fault = undefined;
    expect((await chain.append(event(10))).seq).toBe(5);
    expect(chain.settledSize).toBe(6);
  });

  test('a signer that signs with another key settles nothing', async () => {
    const wrong = testSigner(3);
    const { chain } = await openNew(bed, 1, { signers: [wrong], resolver: testResolver([wrong]) });
    const other = testSigner(4);
    wrong.sign = (request) => other.sign(request);
    await expect(chain.append(event(1))).rejects.toMatchObject({ code: 'ERR_SIGNER_WRONG' });
    expect(chain.settledSize).toBe(2);
  });

  test('an event the rules refuse changes nothing, and its neighbours are appended', async () => {
    const { chain } = await openNew(bed);
    const bad: readonly [object, string][] = [
      [{ type: 'chain.created' }, 'ERR_EVENT_RESERVED'],
      [{ type: 'record.redacted' }, 'ERR_EVENT_RESERVED'],
      [{ type: 'Order' }, 'ERR_EVENT_MEMBER'],
      [{ actor: '' }, 'ERR_EVENT_MEMBER'],
      [{ actor: 'é'.repeat(101) }, 'ERR_EVENT_MEMBER'],
      [{ id: 'AAAAAAAA-0000-7000-8000-000000000000' }, 'ERR_EVENT_MEMBER'],
      [{ occurred_at: '2026-02-30T00:00:00.000Z' }, 'ERR_EVENT_MEMBER'],
      [{ occurred_at: '2026-11-21T03:12:00Z' }, 'ERR_EVENT_MEMBER'],
      [{ surprise: 1 }, 'ERR_EVENT_MEMBER'],
      [{ payload: [] }, 'ERR_EVENT_MEMBER'],
      [{ payload: { n: 2 ** 53 } }, 'ERR_JSON_NUMBER'],
      [{ payload: { s: '\ud800' } }, 'ERR_JSON_STRING'],
      [{ payload: { text: 'x'.repeat(65_000) } }, 'ERR_EVENT_SIZE'],
    ];
    const results = await Promise.allSettled(bad.flatMap(([changes]) => [chain.append(event(1, changes)), chain.append(event(1))]));
    for (const [i, [, code]] of bad.entries()) {
      expect(results[2 * i]).toMatchObject({ status: 'rejected', reason: { code } });
      expect(results[2 * i + 1]!.status).toBe('fulfilled');
    }
    expect(chain.size).toBe(1 + bad.length);
  });

  test('events that would take more memory than the chain may are refused, and taken again once others are settled', async () => {
    const { chain } = await openNew(bed, 0, { limits: { bytes: 500_000 } });
    const large = { private: { scan: 'x'.repeat(200_000) } };
    const results = await Promise.allSettled([1, 2, 3].map((n) => chain.append(event(n, large))));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    expect(results[2]).toMatchObject({ reason: { code: 'ERR_BUSY', field: 'queue' } });
    await chain.append(event(3, large));
    expect(chain.settledSize).toBe(4);
  });

  test('a call that waited for the disk says nothing about clocks: it is made again, and no record is dated ahead', async () => {
    const parts = await bed.parts();
    let waited = 0;
    // What was sent before the wait arrives after it.
    const store = storeWith(parts.store, { addBatch: (addition) => ((waited = 0), parts.store.addBatch(addition)) });
    const chain = await Chain.open({ ...parts, store, clock: { now: () => Date.now() - waited } });
    for (const milliseconds of [8000, 3000, 0]) {
      waited = milliseconds;
      await chain.append(event(milliseconds));
    }
    const [, ...times] = (await storedLines(store, 4)).map((line) => /"time":"([^"]+)"\}\}$/.exec(line)![1]!);
    const now = new Date().toISOString();
    expect([...times, now]).toEqual([...times, now].toSorted());
    await chain.close();
  });

  test('clocks that differ by more than five seconds sequence nothing', async () => {
    const { chain } = await openNew(bed, 1, { clock: { now: () => Date.now() } });
    const { parts } = await openNew(bed);
    await expect(
      Chain.open({ ...parts, clock: { now: () => Date.now() + 60_000 } }).then((late) => late.append(event(1))),
    ).rejects.toMatchObject({
      code: 'ERR_CLOCK',
    });
    expect(chain.size).toBe(2);
  });
});
