import { describe, expect, it } from 'vitest';
import { archiveOf, chainOf } from './support/archive.ts';
import { inspect, short } from './support/source.ts';

const records = chainOf(50);

describe('an archive as it was sealed', () => {
  it('verifies at both levels, with every axis said', async () => {
    const files = await archiveOf(records, [20, 17, 13]);
    const report = await inspect(files);
    expect(short(report)).toEqual([]);
    expect(report).toMatchObject({
      verdict: 'verified',
      exitCode: 0,
      axes: {
        integrity: 'pass',
        form: 'pass',
        signerTrust: 'pass',
        time: 'asserted',
        writeOnce: 'not applicable',
        completeness: 'unanchored',
      },
      range: { verified: { from: 0, to: 49, count: 50 }, partial: false },
      head: { size: 50 },
      counts: { records: 50, segments: 3, signatures: 6 },
    });
    expect(report.summary).toContain('intact through record 49; later records cannot be excluded');
    expect((await inspect(files, { level: 'integrity' })).axes.form).toBe('not checked');
  });
});
