import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../packages/audit-chain/test/support/database.ts';
import { newDatabase, postgresMissing } from '../../packages/audit-chain/test/support/postgres.ts';
import { PGLITE_TEMPLATE } from '../../packages/audit-chain/test/support/template.ts';
import { generateKeyFile, localSigner } from '../../packages/signer-registry/src/node/local-signer.ts';
import { createDevRegistry } from '../../packages/signer-registry/src/registry/dev.ts';
import { readExamples } from '../support/readme.ts';

const EXAMPLES = readExamples('packages/audit-chain/README.md');
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/countersign', import.meta.url));
const folder = temporaryFolder();
afterAll(() => folder.remove());

/** Runs an example in a folder that has the files it takes for granted. */
async function run(title: string, env: NodeJS.ProcessEnv): Promise<string> {
  const cwd = join(folder.path, title);
  mkdirSync(cwd);
  cpSync(join(folder.path, 'keys'), cwd, { recursive: true });
  cpSync(PGLITE_TEMPLATE, join(cwd, 'db'), { recursive: true });
  const outfile = join(CACHE, `${process.pid}-readme.mjs`);
  await build({
    stdin: { contents: EXAMPLES.find((example) => example.title === title)!.code, resolveDir: CACHE, loader: 'ts' },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    conditions: ['source'],
    external: ['pg', '@electric-sql/pglite'],
    logLevel: 'error',
  });
  const { stdout, stderr } = spawnSync(process.execPath, ['--liftoff-only', outfile], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  return stdout + stderr;
}

describe('the README of audit-chain: order and event in one transaction, the receipt checked offline', () => {
  beforeAll(async () => {
    const keys = join(folder.path, 'keys');
    mkdirSync(keys);
    const logKey = await generateKeyFile(join(keys, 'log.pem'), 'log-1');
    const rootKey = localSigner('root-1', generateKeyPairSync('ed25519').privateKey);
    writeFileSync(
      join(keys, 'signers.json'),
      await createDevRegistry({ chain: 'shop.example.com/audit', logKey, rootKey, now: Date.now() - 1000 }),
    );
  });

  test('each example is about thirty lines and run here', () => {
    expect(EXAMPLES.map(({ title }) => title)).toEqual(['On PostgreSQL', 'Embedded']);
    for (const { code } of EXAMPLES) expect(code.split('\n').filter((line) => line !== '').length).toBeLessThanOrEqual(32);
  });

  test('the embedded one prints what it says', async () => {
    expect(await run('Embedded', {})).toBe(`${EXAMPLES[1]!.output}\n`);
  });

  test.skipIf(postgresMissing() !== undefined)('the one on PostgreSQL prints what it says', async () => {
    expect(await run('On PostgreSQL', { DATABASE_URL: await newDatabase() })).toBe(`${EXAMPLES[0]!.output}\n`);
  });
});
