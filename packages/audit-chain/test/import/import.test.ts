import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { parseRecord } from '@countersign/proof-core/record/parse';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Chain } from '../../src/append/chain.ts';
import { checkImport, importFile, lineId } from '../../src/node/import/import.ts';
import { type TestBed, openNew, signer, testBed } from '../support/chain.ts';
import { testResolver, testSigner } from '../support/keys.ts';

let bed: TestBed;
beforeAll(async () => {
  bed = await testBed();
});
afterAll(() => bed.close());
let files = 0;

function file(content: string | Uint8Array): string {
  const path = join(bed.folder, `events-${files++}.jsonl`);
  writeFileSync(path, content);
  return path;
}

/** A signer that is down is given up at once. */
const IMPATIENT = { settleTimeoutMs: 1 };

const eventLine = (n: number, more = ''): string =>
  `{"type":"a.b","actor":"user:${n % 7}","payload":{"n":${n},"text":"Zürich ✓"}${more}}\n`;
const eventLines = (count: number): string => Array.from({ length: count }, (_, n) => eventLine(n)).join('');

/** Files are read again, as large ones are. */
const AGAIN = { keepBytes: 0 };

async function run(chain: Chain, path: string, options = AGAIN) {
  const check = await checkImport(path, chain.id, options);
  const seen: { seq: number; id: string }[] = [];
  const result = await importFile(chain, path, check, ({ seq, id }) => seen.push({ seq, id }));
  return { check, result, seen };
}

async function eventsOf(chain: Chain, store: { recordsAt(seqs: readonly number[]): Promise<ReadonlyMap<number, Uint8Array>> }) {
  const records = await store.recordsAt(Array.from({ length: chain.size }, (_, seq) => seq));
  return [...records.entries()].sort(([a], [b]) => a - b).map(([, bytes]) => parseRecord(bytes).event);
}

test('every event is there in the order of the file, each at the place that was acknowledged', async () => {
  const { chain, parts } = await openNew(bed);
  const { result, seen } = await run(chain, file(gzipSync(eventLines(1200))));
  expect(result).toEqual({ settled: 1200, appended: 1200, lastSeq: 1200 });
  expect(chain.settledSize).toBe(1201);
  const events = await eventsOf(chain, parts.store);
  expect(events.slice(1).map(({ payload }) => payload)).toEqual(Array.from({ length: 1200 }, (_, n) => ({ n, text: 'Zürich ✓' })));
  expect(seen.map(({ seq }) => seq)).toEqual(Array.from({ length: 1200 }, (_, n) => n + 1));
  expect(seen.map(({ id }) => id)).toEqual(events.slice(1).map(({ id }) => id));
});

test('the id of a line is a UUID v8 of the file’s digest and the line’s number (docs/spec/import.md)', () => {
  const digest = new Uint8Array(createHash('sha256').update(eventLine(1)).digest());
  const byHand = createHash('sha256').update('countersign/import@1\0').update(digest).update('\0').update('17').digest();
  byHand[6] = (byHand[6]! & 15) | 0x80;
  byHand[8] = (byHand[8]! & 63) | 0x80;
  expect(lineId(digest, 17).replaceAll('-', '')).toBe(byHand.subarray(0, 16).toString('hex'));
});

test('a file imported again, also compressed, adds nothing', async () => {
  const { chain } = await openNew(bed);
  const content = eventLines(300);
  const first = await run(chain, file(content));
  for (const again of [content, gzipSync(content), Buffer.concat([gzipSync(content.slice(0, 777)), gzipSync(content.slice(777))])]) {
    const second = await run(chain, file(again));
    expect(second.result).toEqual({ settled: 300, appended: 0, lastSeq: 300 });
    expect(second.seen).toEqual(first.seen);
  }
  expect(chain.size).toBe(301);
});

test('an import that broke off is completed by the next: what is there stays, the rest is added', async () => {
  const breaking = testSigner(8);
  const { chain, parts } = await openNew(bed, 0, { signers: [breaking], resolver: testResolver([breaking]), limits: IMPATIENT });
  const path = file(eventLines(2500));
  breaking.fault = async () => {
    if (breaking.calls.length > 2) throw new Error('down');
  };
  await expect(run(chain, path)).rejects.toMatchObject({ code: 'ERR_SIGNER_UNAVAILABLE' });
  breaking.fault = undefined;
  const { result } = await run(chain, path);
  expect(result.settled).toBe(2500);
  expect(chain.settledSize).toBe(2501);
  const events = await eventsOf(chain, parts.store);
  expect(events.slice(1).map(({ payload }) => payload['n'])).toEqual(Array.from({ length: 2500 }, (_, n) => n));
});

test('the same line in another file, or at another place of the file, is another event', async () => {
  const { chain } = await openNew(bed);
  expect((await run(chain, file(eventLine(1) + eventLine(1)))).result.appended).toBe(2);
  expect((await run(chain, file(`${eventLine(1)}\n`))).result.appended).toBe(1);
  expect((await run(chain, file(eventLine(1) + eventLine(1) + eventLine(1)))).result.appended).toBe(3);
});

test('lines with ids of their own keep them, and are found again in another file', async () => {
  const { chain, parts } = await openNew(bed);
  const ids = Array.from({ length: 5 }, (_, n) => `0193b3a4-0000-7000-8000-00000000000${n}`);
  const lines = ids.map((id, n) => eventLine(n, `,"id":"${id}"`));
  expect((await run(chain, file(lines.join('')))).result).toEqual({ settled: 5, appended: 5, lastSeq: 5 });
  expect((await run(chain, file(lines.toReversed().join('')))).result).toEqual({ settled: 5, appended: 0, lastSeq: 5 });
  expect((await eventsOf(chain, parts.store)).slice(1).map(({ id }) => id)).toEqual(ids);
});

test('private values and trace of a line reach the chain', async () => {
  const { chain, parts } = await openNew(bed);
  const id = '0193b3a4-0000-7000-8000-000000000009';
  await run(chain, file(eventLine(1, `,"id":"${id}","trace":"a1b2","private":{"email":"a@example.com"}`)));
  const [, event] = await eventsOf(chain, parts.store);
  expect(event).toMatchObject({ trace: 'a1b2', private: { email: { digest: expect.stringMatching(/^[0-9a-f]{64}$/) as string } } });
  expect((await parts.store.privateValues(id)).map(({ name, value }) => [name, value])).toEqual([['email', '"a@example.com"']]);
});

test('lines that were found invalid are left out, and the numbers of the others do not move', async () => {
  const { chain } = await openNew(bed);
  const content = `no event\n${eventLine(1)}\n{"type":"chain.created","actor":"u","payload":{}}\n${eventLine(2)}`;
  const { check, result, seen } = await run(chain, file(content));
  expect([...check.skip]).toEqual([1, 4]);
  expect(result.settled).toBe(2);
  expect(seen.map(({ id }) => id)).toEqual([2, 5].map((number) => lineId(check.digest, number)));
});

describe('an event that the chain refuses', () => {
  const conflict = eventLine(1, ',"id":"0193b3a4-0000-7000-8000-00000000000a"');
  const other = eventLine(2, ',"id":"0193b3a4-0000-7000-8000-00000000000a"');

  test.each([
    ['at the start of a long file', other + eventLines(1500)],
    ['at its end', eventLines(1500) + other],
    ['twice', eventLines(10) + other + eventLines(10) + other],
  ])('%s ends the import with its code, and nothing escapes as an unhandled rejection', async (_name, content) => {
    const { chain } = await openNew(bed);
    await run(chain, file(conflict));
    await expect(run(chain, file(content))).rejects.toMatchObject({ code: 'ERR_ID_CONFLICT' });
    await chain.close();
  });

  test('one id with two events in one file', async () => {
    const { chain } = await openNew(bed);
    await expect(run(chain, file(conflict + eventLines(1500) + other))).rejects.toMatchObject({ code: 'ERR_ID_CONFLICT' });
    await chain.close();
  });
});

test('a chain that does not settle ends the import with its code', async () => {
  const down = testSigner(9);
  const { chain } = await openNew(bed, 0, { signers: [down], resolver: testResolver([down]), limits: IMPATIENT });
  down.fault = () => Promise.reject(new Error('down'));
  await expect(run(chain, file(eventLines(1500)))).rejects.toMatchObject({ code: 'ERR_SIGNER_UNAVAILABLE' });
});

test('a file that is cut short after it was checked is an error, not a short import', async () => {
  const { chain } = await openNew(bed, 0, { signers: [signer] });
  const path = file(gzipSync(eventLines(500)));
  const check = await checkImport(path, chain.id, AGAIN);
  writeFileSync(path, gzipSync(eventLines(500)).subarray(0, 1000));
  await expect(importFile(chain, path, check)).rejects.toMatchObject({ code: 'ERR_IMPORT_SOURCE' });
});

test.each([
  ['has grown', eventLines(20) + eventLine(20), 1],
  ['has grown by a line that is no event', `${eventLines(20)}no event\n`, 1],
  ['says something else', eventLines(19) + eventLine(99), 21],
])('a file that %s since it was checked is an error, and no unchecked line more is imported', async (_name, content, size) => {
  const { chain } = await openNew(bed);
  const path = file(eventLines(20));
  const check = await checkImport(path, chain.id, AGAIN);
  writeFileSync(path, content);
  await expect(importFile(chain, path, check)).rejects.toMatchObject({ code: 'ERR_IMPORT_SOURCE' });
  await chain.close();
  expect(chain.size).toBe(size);
});

test.each([true, false])('no more than a few thousand events are on their way, kept (%s) or read', async (kept) => {
  const content = eventLines(9000);
  const path = file(gzipSync(content));
  const check = await checkImport(path, 'example.com/log', kept ? {} : AGAIN);
  let waiting = 0;
  let most = 0;
  const chain = {
    id: 'example.com/log',
    size: 0,
    appendPrepared: async (events: readonly unknown[]) => {
      most = Math.max(most, (waiting += events.length));
      await new Promise((resolve) => setImmediate(resolve));
      waiting -= events.length;
      return events.map(() => ({ seq: 0, id: '' }));
    },
  };
  await importFile(chain as unknown as Chain, path, check);
  expect(most).toBeLessThanOrEqual(4000);
});

test('what the check of a small file has kept is imported under the ids that reading it again gives, whatever became of it', async () => {
  const { chain, parts } = await openNew(bed);
  const id = '0193a5b0-0000-7000-8000-000000000001';
  const path = file(gzipSync(`${eventLines(1100)}${eventLine(1, `,"id":"${id}","trace":"t"`)}no event\n${eventLine(2)}`));
  const check = await checkImport(path, 'localhost');
  expect(check.events).toHaveLength(1102);
  const seen: string[] = [];
  const other = file('no event\n');
  const result = await importFile(chain, other, check, (receipt) => seen.push(receipt.id));
  expect(result).toEqual({ settled: 1102, appended: 1102, lastSeq: 1102 });
  expect(seen).toEqual([...Array.from({ length: 1100 }, (_, n) => lineId(check.digest, n + 1)), id, lineId(check.digest, 1103)]);
  expect((await run(chain, path)).result).toEqual({ settled: 1102, appended: 0, lastSeq: 1102 });
  expect((await eventsOf(chain, parts.store)).at(-2)).toMatchObject({ id, trace: 't' });
});

test.each([
  ['with private values', `${eventLines(3)}${eventLine(3, ',"private":{"email":"a@example.com"}')}`, undefined],
  ['that is larger than asked for', eventLines(10), 100],
  ['whose events are', gzipSync(eventLines(1000)), 20_000],
])('of a file %s nothing is kept: it is read again', async (_name, content, keepBytes) => {
  const { chain } = await openNew(bed);
  const path = file(content);
  const check = await checkImport(path, chain.id, keepBytes === undefined ? {} : { keepBytes });
  expect(check.events).toBeUndefined();
  expect(await importFile(chain, path, check)).toMatchObject({ settled: check.valid });
});
