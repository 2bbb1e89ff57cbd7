import { hexEncode } from '@countersign/proof-core/bytes/hex';
import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { engine as portable } from '@countersign/proof-core/engine/portable';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SourceError } from '../../src/verify/ports.ts';
import { inspectRecords, verifyRecords } from '../../src/verify/records/inspect.ts';
import { testSigner } from '../support/keys.ts';
import { CHAIN, chainOf, linesOf, noteOf, timeOf, treeOf } from './support/archive.ts';
import { resolver, short } from './support/source.ts';
import { inspectLines, inspectLog, streamOf } from './support/stream.ts';

const records = chainOf(40);
const tree = (size: number) => treeOf(records.slice(0, size));
const pin = (size: number) => ({ chain: CHAIN, size, root: hexEncode(tree(size).root()) });
const notes = await Promise.all([1, 10, 25, 40].map((size) => noteOf(tree(size))));

describe('a file of record lines', () => {
  it('alone is inconclusive: its records agree, but nobody signed them', async () => {
    const report = await inspectLines(records, { resolver });
    expect(report).toMatchObject({ verdict: 'inconclusive', exitCode: 12, axes: { integrity: 'pass', signerTrust: 'unknown' } });
    expect(short(report)).toEqual(['NO_CHECKPOINT/0']);
  });

  it('is verified by a pinned checkpoint that covers it, with or without a registry', async () => {
    for (const options of [{ resolver }, {}]) {
      const report = await inspectLines(records, { ...options, previous: pin(40) });
      expect(report).toMatchObject({ exitCode: 0, findings: [], axes: { completeness: 'pinned' } });
    }
  });

  it('is inconclusive from where the pinned checkpoint ends', async () => {
    expect(short(await inspectLines(records, { previous: pin(30) }))).toEqual(['NO_CHECKPOINT/30']);
  });

  it('that forks from, or ends before, the pinned checkpoint is caught', async () => {
    expect(short(await inspectLines(records, { previous: { ...pin(30), root: 'a'.repeat(64) } }))).toContain('CHAIN_FORKED/29.root');
    expect(short(await inspectLines(records.slice(0, 20), { previous: pin(30) }))).toContain('TAIL_TRUNCATED/20');
  });

  it('may be cut into chunks anywhere, and the report is the same in both engines', async () => {
    const lines = linesOf(records);
    const whole = await inspectRecords(streamOf(lines, { size: lines.length }), {});
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 3000 }), async (size) => {
        expect(await inspectRecords(streamOf(lines, { size }), {}, size % 2 === 0 ? portable : undefined)).toEqual(whole);
      }),
      { numRuns: 20 },
    );
  });

  it('without its last line feed is told, not refused', async () => {
    const report = await inspectRecords(streamOf(linesOf(records).slice(0, -1)), { previous: pin(40) });
    expect(report.exitCode).toBe(0);
    expect(short(report)).toEqual(['LINE_OPEN/39']);
  });

  it('cut in the middle of a line is a truncated tail', async () => {
    expect(short(await inspectRecords(streamOf(linesOf(records).slice(0, -50)), {}))).toContain('TAIL_TRUNCATED/39');
  });

  it('that is empty holds nothing to verify; one that is something else cannot be read', async () => {
    expect(await inspectLines([])).toMatchObject({ exitCode: 12, findings: [{ code: 'NOTHING_TO_VERIFY' }] });
    expect(await inspectLines([utf8Encode('hello'), utf8Encode('{}')])).toMatchObject({
      exitCode: 14,
      findings: [{ code: 'SOURCE_UNREADABLE' }],
    });
  });

  it('with a line without end takes bounded memory', async () => {
    const junk = { kind: 'jsonl' as const, async *chunks() { for (let i = 0; i < 64; i++) yield new Uint8Array(1 << 20).fill(65); } }; // prettier-ignore
    expect((await inspectRecords(junk, {})).exitCode).toBe(14);
    const inside = { kind: 'jsonl' as const, async *chunks() { yield linesOf(records.slice(0, 20)); yield* junk.chunks(); yield utf8Encode('\n'); yield linesOf(records.slice(20)); } }; // prettier-ignore
    expect(short(await inspectRecords(inside, {}))).toEqual(['RECORD_INSERTED/20.link', 'NO_CHECKPOINT/0']);
  });

  it('that breaks off is unreadable from there on, not truncated', async () => {
    const source = { kind: 'jsonl' as const, async *chunks() { yield linesOf(records.slice(0, 20)); throw new SourceError('unreadable', 'gone'); } }; // prettier-ignore
    const report = await inspectRecords(source, { previous: pin(40) });
    expect(report).toMatchObject({ exitCode: 14, axes: { completeness: 'short' } });
    expect(short(report)).toEqual(['SOURCE_UNREADABLE', 'NO_CHECKPOINT/0']);
  });

  it('of another chain than asked for is one finding, not one for each record', async () => {
    const other = chainOf(40, { chain: 'other.example.com' });
    expect(short(await inspectLines(other, { chain: CHAIN }))).toEqual(['RECORD_CHAIN/0.link.chain', 'NO_CHECKPOINT/0']);
  });
});

describe('a log with its notes', () => {
  it('verifies, and says that later records cannot be excluded', async () => {
    const report = await inspectLog(records, notes);
    expect(report).toMatchObject({
      exitCode: 0,
      findings: [],
      checkpoint: { size: 40, kids: ['log-1'] },
      head: { size: 40, root: pin(40).root },
    });
    await expect(verifyRecords(streamOf(linesOf(records), { notes }), { resolver })).resolves.toMatchObject({ exitCode: 0 });
  });

  it('in use has a tail that waits for its checkpoint', async () => {
    const report = await inspectLog(records, notes.slice(0, 3));
    expect(report.exitCode).toBe(0);
    expect(short(report)).toEqual(['TAIL_UNSIGNED/25']);
  });

  it('compares every root, also where the signature is not looked at', async () => {
    const wrong = await noteOf(treeOf(chainOf(10, { time: () => timeOf(3) })));
    expect(short(await inspectLog(records, [notes[0]!, wrong, notes[3]!]))).toEqual(['ROOT_DIFFERS/9.root']);
  });

  it('whose records end before a note is truncated', async () => {
    expect(short(await inspectLog(records.slice(0, 30), notes))).toContain('TAIL_TRUNCATED/30');
  });

  it('put back to an older state is rolled back from the pin', async () => {
    expect(short(await inspectLog(records.slice(0, 25), notes.slice(0, 3), { previous: pin(40) }))).toContain('CHAIN_ROLLED_BACK/25');
  });

  it('is pinned between two of its notes', async () => {
    expect(await inspectLog(records, notes, { previous: pin(17) })).toMatchObject({ exitCode: 0, axes: { completeness: 'pinned' } });
  });

  it('with a newest note that an unknown key signed is not trusted', async () => {
    const foreign = await noteOf(tree(40), [testSigner(9, 'evil')]);
    const report = await inspectLog(records, [...notes.slice(0, 3), foreign]);
    expect(report.exitCode).toBe(11);
    expect(short(report)).toContain('SIGNER_UNKNOWN/39.checkpoint');
  });

  it('with notes out of order, malformed or of another chain says so and goes on', async () => {
    const foreign = await noteOf(tree(25), undefined, 'other.example.com');
    const report = await inspectLog(records, [notes[1]!, notes[0]!, 'junk', foreign, notes[3]!]);
    expect(short(report)).toEqual(['CHECKPOINT_DIFFERS.size', 'CHECKPOINT_MALFORMED.note', 'CHECKPOINT_DIFFERS.origin']);
    expect(report.checkpoint?.size).toBe(40);
  });

  it('without a registry is inconclusive', async () => {
    expect(await inspectRecords(streamOf(linesOf(records), { notes }), {})).toMatchObject({
      exitCode: 12,
      findings: [{ code: 'NO_REGISTRY' }],
    });
  });
});

describe('ranges of a stream', () => {
  it('stop where they end, and never call the whole verified', async () => {
    const report = await inspectLog(records, notes, { to: 12 });
    expect(report).toMatchObject({ verdict: 'partial', exitCode: 0, range: { requested: { to: 12 }, partial: true } });
    expect(report.summary).not.toContain('verified');
    // Read on to the checkpoint that covers the end, and no further.
    expect(report.checkpoint?.size).toBe(25);
    expect(report.range.verified?.to).toBeLessThan(30);
  });

  it('may begin after the stream does, or before it only if it is complete', async () => {
    expect(await inspectLines(records.slice(10), { from: 15 })).toMatchObject({ exitCode: 12 });
    expect(short(await inspectLines(records.slice(10), { from: 15 }))).toEqual(['NO_CHECKPOINT/10']);
    expect(short(await inspectLines(records.slice(10), { from: 5 }))).toEqual(['NO_CHECKPOINT/10', 'RANGE_SHORT.from']);
    expect(short(await inspectLines(records, { to: 45 }))).toEqual(['NO_CHECKPOINT/0', 'RANGE_SHORT.to']);
  });

  it('by time are proven by a record at or after the end', async () => {
    expect(await inspectLog(records, notes, { from: timeOf(3), to: timeOf(20) })).toMatchObject({ verdict: 'partial' });
    expect(short(await inspectLog(records, notes, { to: timeOf(400) }))).toEqual(['RANGE_SHORT.to']);
  });

  it('that make no sense are refused', async () => {
    const wrong = [
      { from: 5, to: 4 },
      { from: -1 },
      { from: 'yesterday' },
      { from: 1, to: timeOf(3) },
      { chain: 'NO CHAIN' },
      { chain: 'a.example', previous: pin(3) },
    ];
    for (const options of wrong) await expect(inspectLines(records, options)).rejects.toMatchObject({ code: 'ERR_VERIFY_OPTIONS' });
  });
});

it('a log of another chain than asked for holds nothing to verify, or is cut back to nothing from its pin', async () => {
  const source = { ...streamOf(linesOf(records), { notes, kind: 'log' }), chain: CHAIN };
  expect(await inspectRecords(source, { resolver })).toMatchObject({ exitCode: 0 });
  const other = 'other.example.com';
  expect(await inspectRecords(source, { resolver, chain: other })).toMatchObject({
    exitCode: 12,
    findings: [{ code: 'NOTHING_TO_VERIFY' }],
  });
  const previous = { ...pin(10), chain: other };
  expect(await inspectRecords(source, { resolver, previous })).toMatchObject({ exitCode: 10, findings: [{ code: 'CHAIN_ROLLED_BACK' }] });
});
