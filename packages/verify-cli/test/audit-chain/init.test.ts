import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readLogConfig } from '@countersign/audit-chain/node/log/config';
import { openLogForReading } from '@countersign/audit-chain/node/log/open';
import { parseRecord } from '@countersign/proof-core/record/parse';
import { parseRegistry } from '@countersign/signer-registry/registry/parse';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../../audit-chain/test/support/database.ts';
import { initLog } from '../../src/node/log/init.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());

let parent = '';
let tests = 0;
beforeEach(() => {
  parent = join(folder.path, `${tests++}`);
  mkdirSync(parent);
});

const filesIn = (path: string): Set<string> => new Set(readdirSync(path, { recursive: true, encoding: 'utf8' }));
const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

test('a log goes into an empty folder that is there, whole, and the folder stays the same one', async () => {
  const log = join(parent, 'my log!');
  mkdirSync(log);
  // What an attempt that was killed has left is no hindrance.
  mkdirSync(join(log, '.countersign-new', 'db'), { recursive: true });
  const { ino } = statSync(log);
  const chain = await initLog(log, {});
  expect(chain).toMatch(/^localhost\/my-log--[0-9a-f]{8}$/);
  expect(statSync(log).ino).toBe(ino);
  expect([readdirSync(parent), readdirSync(log).sort()]).toEqual([['my log!'], ['countersign.json', 'db', 'keys', 'signers.json']]);

  const config = await readLogConfig(log);
  expect(config).toMatchObject({ chain, database: 'db', signer: 'file:keys', signers: 'signers.json' });
  if (process.platform !== 'win32') {
    expect(['db', 'keys', 'keys/dev.pem', 'keys/dev-root.pem', config.mark].map((name) => modeOf(join(log, name)))).toEqual([
      '700',
      '700',
      '600',
      '600',
      '600',
    ]);
  }

  const registry = await parseRegistry(readFileSync(join(log, 'signers.json')));
  const kid = /^kid: (.*)$/m.exec(readFileSync(join(log, 'keys/dev.pem'), 'utf8'))![1]!;
  for (const purpose of ['checkpoint', 'segment'] as const) {
    expect(registry.resolve({ kid, purpose, chain })).toMatchObject({ trusted: true, entry: { operator: 'dev' } });
    expect(registry.resolve({ kid, purpose, chain: 'localhost/other' })).toMatchObject({ trusted: false });
  }
  expect(registry.resolve({ kid, purpose: 'license' })).toMatchObject({ trusted: false });

  const opened = await openLogForReading(log);
  const record = parseRecord((await opened.store.recordsAt([0])).get(0)!);
  expect(record.event).toMatchObject({ type: 'chain.created', payload: { format: 'countersign/chain@1' } });
  expect((await opened.store.note())!.size).toBe(1);
  await opened.close();

  const before = filesIn(log);
  await expect(initLog(log, {})).rejects.toMatchObject({ code: 'ERR_LOG_EXISTS', actual: 'a log' });
  expect(filesIn(log)).toEqual(before);
});

describe('what is refused leaves nothing behind and nothing changed', () => {
  const cases: readonly (readonly [string, (log: string) => void, Parameters<typeof initLog>[1], string])[] = [
    ['a folder with a file', (log) => mkdirSync(join(log, 'x'), { recursive: true }), {}, 'ERR_LOG_EXISTS'],
    ['a folder with a hidden file', (log) => (mkdirSync(log), writeFileSync(join(log, '.x'), '')), {}, 'ERR_LOG_EXISTS'],
    ['a file', (log) => writeFileSync(log, 'text'), {}, 'ERR_LOG_EXISTS'],
    ['a chain id that is none', () => {}, { chain: 'Example.com/log' }, 'ERR_CHAIN_ID'],
    ['a chain id that climbs', () => {}, { chain: 'example.com/../log' }, 'ERR_CHAIN_ID'],
    ['a signer of another kind', () => {}, { signer: 'awskms:///alias/log' }, 'ERR_CLI_SIGNER'],
    ['a signer without a folder', () => {}, { signer: 'file:' }, 'ERR_CLI_SIGNER'],
    [
      'keys that others may read',
      (log) => (mkdirSync(`${log}.keys`), writeFileSync(`${log}.keys/dev.pem`, 'x', { mode: 0o644 })),
      { signer: 'keys' },
      'ERR_KEY_FILE_MODE',
    ],
    [
      'keys that are none',
      (log) => (mkdirSync(`${log}.keys`), writeFileSync(`${log}.keys/dev.pem`, 'x', { mode: 0o600 })),
      { signer: 'keys' },
      'ERR_KEY_FILE',
    ],
  ];
  test.each(cases)('%s', async (_name, prepare, options, code) => {
    const log = join(parent, 'log');
    prepare(log);
    const before = filesIn(parent);
    const signer = options.signer === 'keys' ? { signer: `file:${log}.keys` } : {};
    await expect(initLog(log, { ...options, ...signer })).rejects.toMatchObject({ code });
    expect(filesIn(parent)).toEqual(before);
  });

  test('a place in a folder that is not there, or below a file', async () => {
    writeFileSync(join(parent, 'file'), '');
    for (const log of ['missing/log', 'file/log'])
      await expect(initLog(join(parent, log), {})).rejects.toMatchObject({ code: 'ERR_CLI_FILE' });
    expect(readdirSync(parent)).toEqual(['file']);
  });
});
