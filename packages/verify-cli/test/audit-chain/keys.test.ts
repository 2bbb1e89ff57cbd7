import { chmodSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateKeyFile } from '@countersign/signer-registry/node/local-signer';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { temporaryFolder } from '../../../audit-chain/test/support/database.ts';
import { auditChain } from '../../src/node/audit-chain/program.ts';
import { makeLog } from '../support/log.ts';

const folder = temporaryFolder();
const log = join(folder.path, 'log');
const key = join(log, 'keys/dev.pem');
beforeAll(() => makeLog(log, 'example.com/keys'));
afterAll(() => folder.remove());

let written = '';
beforeEach(() => {
  written = '';
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      written += String(text);
      return true;
    });
  }
});
afterEach(() => vi.restoreAllMocks());

const append = (): Promise<number> => auditChain(['append', log, '--type', 'a.b', '--actor', 'u']);

/** Puts something in the place of the key for one attempt to append. */
async function appendWith(replace: () => void | Promise<unknown>): Promise<number> {
  renameSync(key, `${key}.own`);
  await replace();
  try {
    return await append();
  } finally {
    renameSync(`${key}.own`, key);
  }
}

test.skipIf(process.platform === 'win32')('a key that others may read signs nothing', async () => {
  chmodSync(key, 0o640);
  expect(await append()).toBe(2);
  expect(written).toMatch(/^ERR_KEY_FILE_MODE: .*0640\n$/);
  chmodSync(key, 0o600);
});

test('a key that is missing signs nothing, and is named', async () => {
  expect(await appendWith(() => {})).toBe(2);
  expect(written).toMatch(/^ERR_CLI_FILE: .*dev\.pem.*ENOENT/);
});

test('a key that the registry does not have signs nothing', async () => {
  expect(await appendWith(() => generateKeyFile(key, 'dev-log'))).toBeGreaterThan(1);
  expect(written).toMatch(/^ERR_/);
});

test('a file that is no key signs nothing', async () => {
  expect(await appendWith(() => writeFileSync(key, 'not a key', { mode: 0o600 }))).toBe(2);
  expect(written).toMatch(/^ERR_KEY_FILE: /);
});

test('with its own key again the log goes on where it was', async () => {
  expect([await append(), written.split('\n')[0]]).toEqual([0, 'settled as record 1']);
});
