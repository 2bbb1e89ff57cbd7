import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { verifyFolder } from '../support/verify-folder.ts';

const BIN = fileURLToPath(new URL('../../bin/audit-verify.js', import.meta.url));
const NO_NETWORK = new URL('../support/no-network.mjs', import.meta.url).href;
const folder = await verifyFolder();
afterAll(() => folder.remove());

/** Sources and files of every kind that needs no network. */
const RUNS = [
  ['archive', '-s', 'signers.json', '--offline', '--checks', 'deep'],
  ['records.jsonl.gz', '--previous', 'checkpoint', '--offline'],
  ['receipt', 'order.receipt', '-s', 'signers.json'],
  ['document', 'order.license', '-s', 'signers.json'],
];
const node = (args: readonly string[]): string[] => ['--import', NO_NETWORK, BIN, ...args];

describe('without a network', () => {
  test('the preload makes a socket throw', () => {
    const { status, stderr } = spawnSync(process.execPath, ['--import', NO_NETWORK, '-e', "require('node:net').connect(1)"], {
      encoding: 'utf8',
    });
    expect(status).not.toBe(0);
    expect(stderr).toContain('network: net.connect');
  });

  test.each(RUNS)('audit-verify %s opens no socket', (...args) => {
    const { status, stderr } = spawnSync(process.execPath, node(args), { cwd: folder.path, encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  const isAllowed = spawnSync('unshare', ['-rn', 'true']).status === 0;
  test.skipIf(!isAllowed)(
    `it verifies in a network namespace that has nothing${isAllowed ? '' : ' (unshare -rn is not allowed here)'}`,
    () => {
      const { status } = spawnSync('unshare', ['-rn', process.execPath, BIN, ...RUNS[0]!], { cwd: folder.path });
      expect(status).toBe(0);
    },
  );
});
