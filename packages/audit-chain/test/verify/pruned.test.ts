import { hexEncode } from '@countersign/proof-core/bytes/hex';
import { hashLeaf } from '@countersign/proof-core/merkle/hash';
import { describe, expect, it } from 'vitest';
import type { PrunedStart } from '../../src/retention/pruned-start.ts';
import { readWaitingOwn } from '../../src/retention/waiting-own.ts';
import type { ChainStore } from '../../src/store/store.ts';
import { inspectRecords } from '../../src/verify/records/inspect.ts';
import type { VerifyOptions } from '../../src/verify/context.ts';
import type { RecordSource } from '../../src/verify/ports.ts';
import type { Report } from '../../src/verify/report.ts';
import { testSigner } from '../support/keys.ts';
import { CHAIN, chainOf, eventOf, linesOf, noteOf, timeOf, treeOf } from './support/archive.ts';
import { resolver, short } from './support/source.ts';
import { streamOf } from './support/stream.ts';

const MANIFEST = 'ab'.repeat(32);
const prunedEvent = (seq: number, first: number, last: number): object =>
  eventOf(seq, { type: 'chain.pruned', subject: undefined, payload: { first, last, manifest: MANIFEST, older_than: timeOf(0) } });

/** A chain with `chain.pruned` records at the given places. */
function chainWith(count: number, pruned: Readonly<Record<number, readonly [first: number, last: number]>>): Uint8Array[] {
  return chainOf(count, {
    event: (seq) => {
      const range = pruned[seq];
      return JSON.parse(JSON.stringify(range === undefined ? eventOf(seq) : prunedEvent(seq, ...range))) as object;
    },
  });
}

const startAt = (records: readonly Uint8Array[], first: number): PrunedStart => ({
  first,
  frontier: treeOf(records.slice(0, first)),
  prev: hexEncode(hashLeaf(records[first - 1]!)),
});

async function inspectDatabase(
  records: readonly Uint8Array[],
  from: number,
  options: VerifyOptions &
    Pick<RecordSource, 'prunedRoot' | 'waitingPruning'> & { start?: PrunedStart; note?: string; kind?: 'log' | 'jsonl' } = {},
): Promise<Report> {
  const {
    start = startAt(records, 256),
    note = await noteOf(treeOf(records)),
    kind = 'log',
    prunedRoot,
    waitingPruning,
    ...rest
  } = options;
  const source = {
    ...streamOf(linesOf(records.slice(from)), { notes: [note], kind }),
    prunedStart: () => Promise.resolve(start),
    ...(prunedRoot === undefined ? {} : { prunedRoot }),
    ...(waitingPruning === undefined ? {} : { waitingPruning }),
  };
  return await inspectRecords(source, { resolver, ...rest });
}

describe('a database without its beginning', () => {
  const records = chainWith(300, { 270: [0, 255] });

  it('is verified from where a signed record says that it was pruned, and names the manifest', async () => {
    const report = await inspectDatabase(records, 256);
    expect(report).toMatchObject({
      exitCode: 0,
      range: { verified: { from: 256, to: 299, count: 44 } },
      pruned: { from: 0, to: 255, manifest: MANIFEST },
      head: { size: 300, root: hexEncode(treeOf(records).root()) },
    });
    expect(short(report)).toEqual(['HEAD_PRUNED/0.manifest']);
  });

  it('is verified when an earlier such record was pruned itself', async () => {
    const twice = chainWith(600, { 270: [0, 255], 530: [256, 511] });
    expect((await inspectDatabase(twice, 512, { start: startAt(twice, 512) })).exitCode).toBe(0);
    expect((await inspectDatabase(twice, 256)).exitCode).toBe(10);
  });

  it.each([
    ['no record says so', chainWith(300, {})],
    ['the record names other numbers', chainWith(300, { 270: [0, 254] })],
    ['two of them leave a gap', chainWith(300, { 265: [0, 100], 270: [102, 255] })],
    ['the record names itself or later ones', chainWith(300, { 270: [0, 280] })],
  ])('is truncated when %s', async (_, chain) => {
    const report = await inspectDatabase(chain, 256);
    expect(report.exitCode).toBe(10);
    expect(short(report)).toContain('HEAD_TRUNCATED/0');
  });

  it('is truncated when it is a file: nothing excuses that', async () => {
    const source = streamOf(linesOf(records.slice(256)), { notes: [await noteOf(treeOf(records))] });
    expect(short(await inspectRecords(source, { resolver }))).toContain('HEAD_TRUNCATED/0');
  });

  it('is truncated further when more is missing than was pruned', async () => {
    const report = await inspectDatabase(records, 260);
    expect(report.exitCode).toBe(10);
    expect(short(report)).toContain('RECORD_DELETED/256');
  });

  it('with tiles of something else does not give the signed root, or the hash that the first record names', async () => {
    const other = chainOf(256, { time: () => timeOf(1) });
    const genuine = startAt(records, 256);
    expect(short(await inspectDatabase(records, 256, { start: { ...genuine, frontier: treeOf(other) } }))).toContain(
      'ROOT_DIFFERS/299.root',
    );
    const report = await inspectDatabase(records, 256, { start: { ...genuine, prev: 'ee'.repeat(32) } });
    expect(short(report)).toContain('RECORD_MODIFIED/256.link.prev');
  });

  it('is inconclusive while the record that says so is not signed', async () => {
    const report = await inspectDatabase(records, 256, { note: await noteOf(treeOf(records.slice(0, 265))) });
    expect(report.exitCode).toBe(12);
    expect(short(report)).toContain('HEAD_PRUNED_UNSIGNED/270');
    const nobody = await inspectDatabase(records, 256, { note: await noteOf(treeOf(records), [testSigner(9, 'evil')]) });
    expect(nobody.exitCode).toBe(11);
    expect(short(nobody)).toContain('HEAD_PRUNED_UNSIGNED/270');
  });

  it('is inconclusive while that record is still to come, if what waits joins what there is', async () => {
    const none = chainWith(600, {});
    const later = chainWith(600, { 530: [0, 255] });
    const broken = chainWith(600, { 520: [0, 100], 530: [102, 255] });
    const start = (chain: readonly Uint8Array[]) => ({ start: startAt(chain, 512) });
    const wait = (...ranges: { first: number; last: number }[]) => ({ waitingPruning: () => Promise.resolve(ranges) });
    const [one, two, all] = [
      { first: 0, last: 255 },
      { first: 256, last: 511 },
      { first: 0, last: 511 },
    ];
    const excused = [
      [none, wait(all)],
      [none, wait(one, two)],
      [later, wait(two)],
    ] as const;
    for (const [chain, waiting] of excused)
      expect(await inspectDatabase(chain, 512, { ...start(chain), ...waiting })).toMatchObject({
        exitCode: 12,
        findings: [{ code: 'HEAD_PRUNED_UNSIGNED' }],
      });
    const lost = [
      [none, wait()],
      [none, wait(one)],
      [later, wait(one)],
      [later, wait({ first: 257, last: 511 })],
      [broken, wait(two)],
    ] as const;
    for (const [chain, waiting] of lost)
      expect(short(await inspectDatabase(chain, 512, { ...start(chain), ...waiting }))).toContain('HEAD_TRUNCATED/0');
  });

  it('is not excused by a row that waits and is no such event, whatever it is; that is told', async () => {
    const payload = { first: 0, last: 255, manifest: MANIFEST, older_than: timeOf(0) };
    const waits = (changes: object): string =>
      JSON.stringify({ actor: 'user:x', payload: { ...payload, ...changes }, type: 'chain.pruned' });
    const inspect = async (...rows: readonly string[]): Promise<Report> => {
      const store = { waitingOwn: () => Promise.resolve(rows) } as unknown as ChainStore;
      const waitingPruning: RecordSource['waitingPruning'] = (report) => readWaitingOwn(store, 'chain.pruned', report);
      return await inspectDatabase(chainWith(300, {}), 256, { waitingPruning });
    };
    expect(short(await inspect(waits({})))).toEqual(['HEAD_PRUNED_UNSIGNED']);
    const malformed = [waits({ first: '0' }), waits({ last: -1 }), waits({ manifest: undefined }), waits({ more: 1 })];
    malformed.push('', 'null', '7', '{}', '{"payload":null}', '"type":"chain.pruned"}', `{"payload":{},${waits({}).slice(1)}`);
    for (const text of malformed) {
      const report = await inspect(text);
      expect(report.exitCode, text).toBe(10);
      expect(short(report), text).toEqual(['WAITING_MALFORMED.chain.pruned', 'HEAD_TRUNCATED/0']);
    }
    expect(await inspect(malformed[0]!, waits({}))).toMatchObject({
      exitCode: 12,
      findings: [{ code: 'WAITING_MALFORMED', actual: '1 of 2 that wait are none' }, { code: 'HEAD_PRUNED_UNSIGNED' }],
    });
  });

  it('whose records were put back is whole again', async () => {
    const report = await inspectDatabase(records, 0);
    expect(report).toMatchObject({ exitCode: 0, findings: [], range: { verified: { from: 0 } } });
  });

  it('cannot be compared with a checkpoint from before, and can with one of the pruned size or later', async () => {
    const pin = (size: number) => ({ chain: CHAIN, size, root: hexEncode(treeOf(records.slice(0, size)).root()) });
    for (const size of [256, 290]) expect(await inspectDatabase(records, 256, { previous: pin(size) })).toMatchObject({ exitCode: 0 });
    expect(short(await inspectDatabase(records, 256, { previous: pin(100) }))).toContain('RANGE_SHORT.previous');
    // What tiles say counts when a trusted root confirms it.
    const told = { previous: pin(100), prunedRoot: () => Promise.resolve(pin(100).root) };
    expect(await inspectDatabase(records, 256, told)).toMatchObject({ exitCode: 0, axes: { completeness: 'pinned' } });
    const nobody = await inspectDatabase(records, 256, { ...told, note: await noteOf(treeOf(records), [testSigner(9, 'evil')]) });
    expect(nobody).toMatchObject({ exitCode: 11, axes: { completeness: 'short' } });
    expect(short(nobody)).toContain('RANGE_SHORT.previous');
    const other = await inspectDatabase(records, 256, { ...told, prunedRoot: () => Promise.resolve('aa'.repeat(32)) });
    expect(short(other)).toContain('CHAIN_FORKED/99.root');
    const forked = { ...pin(256), root: 'aa'.repeat(32) };
    expect((await inspectDatabase(records, 256, { previous: forked })).exitCode).toBe(10);
  });
});

describe('a log in use', () => {
  const records = chainOf(50);

  it('is verified through its newest trusted note; the rest is reported with its age', async () => {
    const source = {
      ...streamOf(linesOf(records), { notes: [await noteOf(treeOf(records.slice(0, 40)))], kind: 'log' as const }),
      now: () => Promise.resolve(timeOf(52)),
    };
    const report = await inspectRecords(source, { resolver });
    expect(report).toMatchObject({
      exitCode: 0,
      range: { verified: { from: 0, to: 39, count: 40, toTime: timeOf(39) } },
      head: { size: 40, root: hexEncode(treeOf(records.slice(0, 40)).root()), hash: hexEncode(hashLeaf(records[39]!)) },
      unsigned: { from: 40, to: 49, since: timeOf(40), age: 12 },
    });
    expect(report.summary).toContain('intact through record 39');
    expect(report.findings).toMatchObject([{ code: 'TAIL_UNSIGNED', seq: 40, actual: `records 40 to 49 since ${timeOf(40)}, for 12 s` }]);
  });

  it('with a checkpoint from the future lacks records if a trusted key signed it, and is not trusted if nobody did', async () => {
    const short40 = records.slice(0, 40);
    const log = async (future: string) =>
      await inspectRecords(streamOf(linesOf(short40), { notes: [await noteOf(treeOf(short40)), future], kind: 'log' }), { resolver });
    const genuine = await log(await noteOf(treeOf(records)));
    expect(genuine).toMatchObject({ exitCode: 10, findings: [{ code: 'TAIL_TRUNCATED', seq: 40, expected: 'records 40 to 49' }] });
    const forged = await log(await noteOf(treeOf(records), [testSigner(9, 'evil')]));
    expect(forged.exitCode).toBe(11);
    expect(short(forged)).toEqual(['SIGNER_UNKNOWN/49.checkpoint']);
  });
});
