import { equalBytes } from '@countersign/proof-core/bytes/compare';
import { engine as portable } from '@countersign/proof-core/engine/portable';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { FINDINGS, findingKind } from '../../src/verify/codes.ts';
import { archiveOf, chainOf } from './support/archive.ts';
import { inspect } from './support/source.ts';
import { inspectLines } from './support/stream.ts';

const records = chainOf(24);
const other = chainOf(24, { chain: 'other.example.com' });

const at = fc.nat(23);
const operation = fc.oneof(
  fc.record({ kind: fc.constant('delete' as const), at }),
  fc.record({ kind: fc.constant('copy' as const), at, to: at }),
  fc.record({ kind: fc.constant('move' as const), at, to: at }),
  fc.record({ kind: fc.constant('flip' as const), at, byte: fc.nat(400), bit: fc.nat(7) }),
  fc.record({ kind: fc.constant('other' as const), at, to: at }),
  fc.record({
    kind: fc.constant('junk' as const),
    at,
    line: fc.uint8Array({ maxLength: 40 }).map((bytes) => bytes.filter((byte) => byte !== 10)),
  }),
);
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

function apply(lines: readonly Uint8Array[], op: Operation): Uint8Array[] {
  const result = [...lines];
  const from = op.at % Math.max(1, result.length);
  switch (op.kind) {
    case 'delete':
      result.splice(from, 1);
      break;
    case 'copy':
      if (result[from] !== undefined) result.splice(op.to, 0, result[from]);
      break;
    case 'move': {
      const [line] = result.splice(from, 1);
      if (line !== undefined) result.splice(op.to, 0, line);
      break;
    }
    case 'flip': {
      const line = result[from]?.slice();
      if (line !== undefined && line.length > 0) {
        const place = op.byte % line.length;
        line[place]! ^= 1 << op.bit;
        // A line feed would make two lines of it: that is another attack.
        if (line[place] !== 10) result[from] = line;
      }
      break;
    }
    case 'other':
      result.splice(op.to, 0, other[op.at]!);
      break;
    case 'junk':
      result.splice(op.at, 0, op.line);
      break;
  }
  return result;
}

const isSame = (lines: readonly Uint8Array[]): boolean =>
  lines.length === records.length && lines.every((line, i) => equalBytes(line, records[i]!));

it('whatever is done to the lines of a sealed segment is found out, never a crash, and both engines agree', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { minLength: 1, maxLength: 5 }), async (operations) => {
      const lines = operations.reduce(apply, records);
      if (lines.length === 0) return;
      const files = await archiveOf(records, [24], { stored: () => lines });
      const report = await inspect(files);
      expect(report.exitCode).toBe(isSame(lines) ? 0 : 10);
      // Not only a digest says so: the records themselves do.
      if (!isSame(lines)) expect(report.findings.some(({ code }) => /^(RECORD|TAIL|HEAD|ROOT|TIME)_/.test(code))).toBe(true);
      expect(await inspect(files, {}, portable)).toEqual(report);
    }),
    { numRuns: 150 },
  );
});

it('whatever is done to record lines that nothing covers, a change is found wherever the links can show it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { minLength: 1, maxLength: 5 }), async (operations) => {
      const lines = operations.reduce(apply, records);
      const report = await inspectLines(lines);
      const prefix = lines.length > 0 && lines.length <= records.length && lines.every((line, i) => equalBytes(line, records[i]!));
      // Only the last record is named by nobody, and a cut tail is missed by nobody.
      const lastOnly =
        lines.length > 0 && lines.length <= records.length && lines.slice(0, -1).every((line, i) => equalBytes(line, records[i]!));
      if (prefix) expect(report.exitCode).toBe(12);
      else if (!lastOnly) expect([10, 12, 14]).toContain(report.exitCode);
      if (report.exitCode === 12 && lines.length > 0) expect(prefix || lastOnly).toBe(true);
    }),
    { numRuns: 300 },
  );
});

it('every code has a class, a meaning that is a sentence, and something to do', () => {
  for (const code of Object.keys(FINDINGS) as (keyof typeof FINDINGS)[]) {
    const { meaning, action, class: what } = findingKind(code);
    expect(meaning, code).toMatch(/^[A-Z].*\.$/);
    expect(action, code).toMatch(/^[A-Z].*\.$/);
    expect(what).toMatch(/^[a-z][a-z -]+$/);
    expect(code.startsWith('ERR_')).toBe(false);
  }
});
