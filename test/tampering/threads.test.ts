import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Report } from '@countersign/audit-chain/verify/report';
import { createDevRegistry } from '@countersign/signer-registry/registry/dev';
import { afterAll, expect, it } from 'vitest';
import { CHAIN, archiveOf, chainOf } from '../../packages/audit-chain/test/verify/support/archive.ts';
import { newSigner } from './support/world.ts';

const CHILD = fileURLToPath(new URL('threads-child.mjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'countersign-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('several threads give the report that one gives, of an intact archive and of a damaged one', async () => {
  const log = newSigner('log-1');
  const files = await archiveOf(chainOf(120), Array.from({ length: 12 }, () => 10), { signers: [log] }); // prettier-ignore
  const now = Date.parse('2026-01-01T00:00:00.000Z');
  writeFileSync(join(folder, 'signers.json'), await createDevRegistry({ chain: CHAIN, logKey: log, rootKey: newSigner('root'), now }));
  const pathOf = (name: string): string => join(folder, 'archive', name);
  for (const [path, bytes] of files) {
    mkdirSync(dirname(pathOf(path)), { recursive: true });
    writeFileSync(pathOf(path), bytes);
  }
  const run = (): Report[] => JSON.parse(execFileSync(process.execPath, [CHILD, folder], { encoding: 'utf8' })) as Report[];
  const intact = run();
  expect(intact).toHaveLength(5);
  expect(intact[0]).toMatchObject({ exitCode: 0, counts: { records: 120, segments: 12 } });
  expect(intact).toEqual(intact.map(() => intact[0]));
  for (const end of ['0020.jsonl.gz', '0070.manifest.json', '0110.index.json']) {
    const path = pathOf([...files.keys()].find((name) => name.endsWith(end))!);
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.with(200, bytes[200]! ^ 1));
  }
  const damaged = run();
  expect(damaged[0]!.exitCode).toBe(10);
  expect(damaged).toEqual(damaged.map(() => damaged[0]));
});
