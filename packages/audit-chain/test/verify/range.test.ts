import { describe, expect, it } from 'vitest';
import { selectSegments } from '../../src/verify/archive/select.ts';
import { readListing } from '../../src/verify/segment/names.ts';
import { CHAIN, archiveOf, chainOf } from './support/archive.ts';
import { inspect, short } from './support/source.ts';

// A record every hour: 60 records over two and a half days, a segment for every ten.
const HOUR = 3_600_000;
const START = Date.parse('2026-11-21T00:00:00.000Z');
const hour = (n: number): string => new Date(START + n * HOUR).toISOString();
const files = await archiveOf(chainOf(60, { time: hour }), [10, 10, 10, 10, 10, 10]);

describe('a range of an archive', () => {
  it('by number reads the segments that hold it, whole, and says that it was a part', async () => {
    const report = await inspect(files, { from: 15, to: 24 });
    expect(report).toMatchObject({
      verdict: 'partial',
      exitCode: 0,
      range: { requested: { from: 15, to: 24 }, verified: { from: 10, to: 29 } },
    });
    expect(report.counts.segments).toBe(2);
    expect(report.summary).toMatch(/part of the chain checked: records 10 to 29 are intact; nothing is said about others/);
    expect(report.summary).not.toContain('verified');
  });

  it('does not miss the head that was not asked for, but the head that was', async () => {
    const later = new Map([...files].filter(([path]) => !path.includes('0000000000000000')));
    expect(await inspect(later, { from: 30 })).toMatchObject({ exitCode: 0 });
    expect(short(await inspect(later, { to: 30 }))).toContain('HEAD_TRUNCATED@10/0');
    expect(await inspect(later, { from: 5 })).toMatchObject({ exitCode: 12, findings: [{ code: 'RANGE_SHORT', field: 'from' }] });
  });

  it('beyond the end is short', async () => {
    expect(await inspect(files, { from: 55, to: 65 })).toMatchObject({ exitCode: 12, axes: { completeness: 'short' } });
    expect(await inspect(files, { from: 100 })).toMatchObject({ exitCode: 12 });
  });

  it('by time reads the segments of the days that it touches, and is proven by the times at its ends', async () => {
    const report = await inspect(files, { from: hour(25), to: hour(33) });
    expect(report).toMatchObject({ verdict: 'partial', exitCode: 0, range: { verified: { from: 20, to: 49 } } });
    expect((await inspect(files, { from: hour(0), to: hour(1) })).range.verified).toMatchObject({ from: 0 });
  });

  it('by time cannot be fooled by a segment under another day', async () => {
    const moved = new Map(
      [...files].map(([path, bytes]) => [path.includes('0000000000000020') ? path.replace('/21/', '/20/') : path, bytes]),
    );
    const report = await inspect(moved, { from: hour(25), to: hour(33) });
    expect(report.exitCode).toBe(10);
    expect(short(report)).toContain('MANIFEST_PLACE@20.date');
  });

  it('by time, beyond the newest record, cannot be shown to be whole', async () => {
    expect(await inspect(files, { from: hour(50), to: hour(59) })).toMatchObject({ exitCode: 0 });
    expect(await inspect(files, { from: hour(50), to: hour(60) })).toMatchObject({
      exitCode: 12,
      findings: [{ code: 'RANGE_SHORT', field: 'to' }],
    });
    expect(await inspect(files, { from: '2026-11-20T00:00:00.000Z', to: hour(10) })).toMatchObject({ exitCode: 0 });
  });

  it('by time and number together ends where the first of them ends, and never before', async () => {
    const verified = async (options: object): Promise<unknown> => {
      const report = await inspect(files, options);
      expect(report).toMatchObject({ verdict: 'partial', exitCode: 0 });
      return [report.range.verified!.from, report.range.verified!.to];
    };
    expect(await verified({ from: hour(25), limit: 3 })).toEqual([20, 39]);
    expect(await verified({ from: hour(25), limit: 15 })).toEqual([20, 49]);
    expect(await verified({ from: hour(25), to: hour(58), limit: 3 })).toEqual([20, 39]);
    expect(await verified({ to: hour(58), limit: 3 })).toEqual([0, 9]);
    expect(await verified({ to: '2027-01-01T00:00:00.000Z', limit: 20 })).toEqual([0, 19]);
    expect(await verified({ from: hour(0), to: hour(15), limit: 1000 })).toEqual([0, 29]);
    expect(await inspect(files, { to: '2027-01-01T00:00:00.000Z', limit: 100 })).toMatchObject({
      exitCode: 12,
      findings: [{ code: 'RANGE_SHORT', field: 'to' }],
    });
    await expect(inspect(files, { from: hour(1), limit: 0 })).rejects.toMatchObject({ code: 'ERR_VERIFY_OPTIONS', field: 'limit' });
  });

  it('does not see damage in segments that it does not read', async () => {
    const path = [...files.keys()].find((name) => name.endsWith('0050.jsonl.gz'))!;
    const damaged = new Map(files).set(path, new Uint8Array(10));
    expect(await inspect(damaged, { to: 30 })).toMatchObject({ exitCode: 0 });
    expect(await inspect(damaged)).toMatchObject({ exitCode: 10 });
  });
});

it('the segments of a range are picked by their names alone', () => {
  const segments = readListing([...files.keys()].map((path) => ({ path, size: 1 }))).segments;
  expect(segments.map(({ first, date, chain }) => `${chain} ${first} ${date}`)).toEqual(
    [0, 10, 20, 30, 40, 50].map((first) => `${CHAIN} ${first} ${hour(first).slice(0, 10)}`),
  );
  expect(selectSegments(segments, undefined, undefined)).toEqual({ from: 0, to: 5 });
  expect(selectSegments(segments, 10, 19)).toEqual({ from: 1, to: 1 });
  expect(selectSegments(segments, 9, 10)).toEqual({ from: 0, to: 1 });
  expect(selectSegments([], 0, 10)).toEqual({ from: 0, to: -1 });
});

it('a predecessor is named by record 0 alone: an archive says which, and a part of it nothing', async () => {
  const predecessor = { chain: 'example.com/old', reason: 'backup put back', root: 'ab'.repeat(32), size: 7 };
  const id = '0193f8a0-0000-7000-8000-000000000000';
  const payload = { format: 'countersign/chain@1', predecessor };
  const created = { actor: 'system:countersign', id, payload, type: 'chain.created' };
  const next = await archiveOf(chainOf(20, { event: (seq) => (seq === 0 ? created : undefined) }), [10, 10]);
  expect(await inspect(next, { predecessor })).toMatchObject({ exitCode: 0, predecessor });
  expect(short(await inspect(next, { predecessor: { ...predecessor, size: 8 } }))).toEqual(['PREDECESSOR_DIFFERS/0.predecessor.size']);
  expect(short(await inspect(next, { predecessor, from: 15 }))).toEqual(['CONSISTENCY_UNKNOWN.predecessor']);
});
