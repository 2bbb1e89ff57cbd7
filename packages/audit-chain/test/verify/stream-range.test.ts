import { utf8Decode, utf8Encode } from '@countersign/proof-core/bytes/utf8';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { VerifyOptions } from '../../src/verify/context.ts';
import { inspectRecords } from '../../src/verify/records/inspect.ts';
import type { Report } from '../../src/verify/report.ts';
import { chainOf, linesOf, noteOf, timeOf, treeOf } from './support/archive.ts';
import { resolver, short } from './support/source.ts';
import { streamOf } from './support/stream.ts';

const records = chainOf(120);
const lines = linesOf(records);
const notes = await Promise.all([10, 50, 120].map((size) => noteOf(treeOf(records.slice(0, size)))));
/** Two bounds of one kind, the first before the second; either may be absent. */
const bounds = fc
  .tuple(fc.nat(140), fc.integer({ min: 1, max: 60 }), fc.boolean(), fc.boolean(), fc.boolean())
  .map(([from, length, isTime, hasFrom, hasTo]) => {
    const bound = (seq: number): number | string => (isTime ? timeOf(seq) : seq);
    return { ...(hasFrom ? { from: bound(from) } : {}), ...(hasTo ? { to: bound(from + length) } : {}) };
  });

/** The number of the first record of a time or later. */
const firstAt = (time: string): number => {
  const found = records.findIndex((_, seq) => timeOf(seq) >= time);
  return found < 0 ? Infinity : found;
};

/** Number of the last record that must be read: that which ends the range, by number, time or limit. */
function endOf({ from = 0, to, limit = Infinity }: VerifyOptions): number {
  const first = typeof from === 'number' ? from : firstAt(from);
  const byTo = to === undefined ? Infinity : typeof to === 'number' ? to : firstAt(to) - 1;
  return Math.min(byTo, first + limit - 1);
}

const inspect = async (options: VerifyOptions, size: number, signed: boolean): Promise<Report> =>
  await inspectRecords(streamOf(lines, signed ? { notes, kind: 'log', size } : { size }), { resolver, ...options });

describe('a range of a stream', () => {
  it('is read to its end and the record behind it, whatever it is asked by and however the stream is cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        bounds,
        fc.option(fc.integer({ min: 1, max: 140 }), { nil: undefined }),
        fc.integer({ min: 1, max: 60_000 }),
        async (range, limit, size) => {
          const options = { ...range, ...(limit === undefined ? {} : { limit }) };
          const { verified } = (await inspect(options, size, false)).range;
          expect(verified).toMatchObject({ from: 0, to: Math.max(0, Math.min(119, endOf(options) + 1)) });
        },
      ),
      { numRuns: 150 },
    );
  });

  it('of a log is read to the checkpoint that covers it', async () => {
    for (const [options, to] of [
      [{ to: 3 }, 9],
      [{ to: 9 }, 9],
      [{ to: 10 }, 49],
      [{ to: timeOf(30) }, 49],
      [{ from: timeOf(20), limit: 5 }, 49],
      [{ from: timeOf(20), limit: 50 }, 119],
      [{ from: timeOf(20), to: timeOf(60), limit: 9 }, 49],
      [{ to: timeOf(60), limit: 9 }, 9],
    ] as const) {
      const report = await inspect(options, 100_000, true);
      expect(report, JSON.stringify(options)).toMatchObject({
        exitCode: 0,
        verdict: 'partial',
        findings: [],
        range: { verified: { from: 0, to } },
      });
      expect(report.checkpoint?.size).toBe(to + 1);
    }
  });

  it('shows a change of its last record, which only the next one tells', async () => {
    const changed = records.map((record, seq) => (seq === 30 ? utf8Encode(utf8Decode(record).replace('order', 'ordar')) : record));
    for (const options of [{ to: 30 }, { to: timeOf(31) }, { from: timeOf(2), limit: 29 }, { limit: 31 }])
      expect(short(await inspectRecords(streamOf(linesOf(changed), { size: 90_000 }), options))).toContain('RECORD_MODIFIED/30.hash');
    expect(short(await inspectRecords(streamOf(linesOf(changed), { size: 90_000 }), { to: 28 }))).not.toContain('RECORD_MODIFIED/30.hash');
  });

  it('that ends before its times is short, and is not when the limit was reached', async () => {
    const to = '2030-01-01T00:00:00.000Z';
    expect(short(await inspect({ to }, 5000, true))).toContain('RANGE_SHORT.to');
    expect(short(await inspect({ to, limit: 121 }, 5000, true))).toContain('RANGE_SHORT.to');
    expect(short(await inspect({ to, limit: 40 }, 5000, true))).toEqual([]);
  });
});
