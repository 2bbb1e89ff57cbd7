import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readExamples } from '../../../../test/support/readme.ts';

/** What an example takes for granted, in the order in which they build on each other. */
const STEPS: readonly (readonly [title: string, prelude: string])[] = [
  ['Make one, and change it', ''],
  [
    'Sign',
    `import { readFile } from 'node:fs/promises';
     import { parseRegistry } from '@countersign/signer-registry/registry/parse';
     const registry = await parseRegistry(await readFile('signers.json'));`,
  ],
  [
    'Read a registry',
    `import { readRegistryHistory as versions } from '@countersign/signer-registry/node/registry-file';
     import { parseRegistry } from '@countersign/signer-registry/registry/parse';
     const pin = (await parseRegistry((await versions('signers.json').next()).value)).digest;`,
  ],
];

const EXAMPLES = readExamples('packages/signer-registry/README.md');

describe('the README', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'countersign-readme-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('has no example that is not run', () => {
    expect(EXAMPLES.map(({ title }) => title).sort()).toEqual(STEPS.map(([title]) => title).sort());
  });

  test.each(STEPS)('%s: prints what its last line says', async (title, prelude) => {
    const { code, output } = EXAMPLES.find((example) => example.title === title)!;
    const outfile = join(folder, 'example.mjs');
    const stdin = { contents: `${prelude}\n${code}`, resolveDir: fileURLToPath(new URL('.', import.meta.url)), loader: 'ts' } as const;
    await build({
      stdin,
      outfile,
      bundle: true,
      format: 'esm',
      platform: 'node',
      conditions: ['source'],
      external: ['@aws-sdk/*'],
      logLevel: 'error',
    });
    const { stdout, stderr } = spawnSync(process.execPath, [outfile], { cwd: folder, encoding: 'utf8' });
    expect(`${stdout}${stderr}`).toBe(`${output}\n`);
  });
});
