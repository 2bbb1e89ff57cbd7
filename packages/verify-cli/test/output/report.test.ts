import { expect, test } from 'vitest';
import { nodeInflater } from '@countersign/audit-chain/node/verify/inflater';
import { reconcile } from '@countersign/audit-chain/verify/reconcile/reconcile';
import { type Files, archiveOf, chainOf, linesOf, noteOf, treeOf } from '../../../audit-chain/test/verify/support/archive.ts';
import { memorySource, resolver } from '../../../audit-chain/test/verify/support/source.ts';
import { streamOf } from '../../../audit-chain/test/verify/support/stream.ts';
import { formatReport } from '../../src/node/output/report.ts';

const records = chainOf(30);

async function textOf(files: Files, options: { readonly level?: 'integrity' } = {}): Promise<string[]> {
  const log = streamOf(linesOf(records), { notes: [await noteOf(treeOf(records))], kind: 'log' });
  const report = await reconcile(log, memorySource(files), { resolver, inflater: nodeInflater, ...options });
  return formatReport(report, (_, text) => text, 100).split('\n');
}

test('the report of a reconciliation names the archive and what it holds', async () => {
  expect(await textOf(await archiveOf(records, [10, 10]))).toContain('  archive       memory, 2 segments, records 0 to 19 (20)');
});

test('an archive without a record is said to hold none, and the level is blamed only where it is the reason', async () => {
  const empty = await textOf(new Map());
  expect(empty).toContain('  archive       memory, no record');
  expect(empty).toContain('  form          pass');
  const integrity = await textOf(await archiveOf(records, [10]), { level: 'integrity' });
  expect(integrity.find((line) => line.startsWith('  form'))).toMatch(/^ {2}form {10}not checked +level integrity leaves it out$/);
});
