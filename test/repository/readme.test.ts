import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readExamples } from '../support/readme.ts';
import { makeSample } from '../support/sample.ts';
import { ROOT } from './tree.ts';

const EXAMPLES = readExamples('packages/proof-core/README.md');

describe("proof-core's README", () => {
  let folder = '';
  beforeAll(async () => {
    const sample = await makeSample();
    folder = mkdtempSync(join(tmpdir(), 'countersign-readme-'));
    writeFileSync(join(folder, 'signers.json'), sample.registry);
    writeFileSync(join(folder, 'order-3.receipt'), sample.receipts[3]!);
    writeFileSync(join(folder, 'atlas-3.license'), sample.license);
    writeFileSync(join(folder, 'checkpoint'), sample.note);
    writeFileSync(join(folder, 'log.vkey'), `${sample.vkey}\n`);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('shows how to verify a receipt, a document and a checkpoint in at most twelve lines each', () => {
    expect(EXAMPLES.map(({ title }) => title)).toEqual(['Verify a receipt', 'Verify a document', 'Verify a checkpoint']);
    for (const { code } of EXAMPLES) expect(code.trim().split('\n').length).toBeLessThanOrEqual(12);
  });

  test.each(EXAMPLES.map((example) => [example.title, example] as const))(
    '%s: prints what its last line says',
    async (_, { code, output }) => {
      const file = join(folder, 'example.mjs');
      const stdin = { contents: code, resolveDir: ROOT, loader: 'ts' } as const;
      await build({ stdin, outfile: file, bundle: true, format: 'esm', platform: 'node', conditions: ['source'], logLevel: 'error' });
      const { stdout, stderr } = spawnSync(process.execPath, [file], { cwd: folder, encoding: 'utf8' });
      expect(`${stdout}${stderr}`).toBe(`${output}\n`);
    },
  );
});
