import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Chain } from '../../src/append/chain.ts';
import { CONFIG_FILE, formatLogConfig } from '../../src/node/log/config.ts';
import { openLogForReading } from '../../src/node/log/open.ts';
import { openStore } from '../../src/store/sql-store.ts';
import { event, signer } from '../support/chain.ts';
import { emptyDatabase, temporaryFolder } from '../support/database.ts';
import { testResolver } from '../support/keys.ts';
import { memoryMark } from '../support/mark.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());
const log = join(folder.path, 'log');
const CONFIG = { chain: 'example.com/log', database: 'db', mark: 'mark.json', signer: 'file:keys', signers: 'signers.json' };

beforeAll(async () => {
  mkdirSync(log);
  writeFileSync(join(log, CONFIG_FILE), formatLogConfig(CONFIG));
  const store = await openStore(await emptyDatabase(join(log, 'db')));
  const parts = {
    store: await store.create(CONFIG.chain),
    signers: [signer],
    resolver: testResolver([signer]),
    mark: memoryMark(),
    clock: Date,
  };
  const chain = await Chain.open(parts);
  await chain.append(event(1));
  await chain.close();
  await store.close();
});

test('reading needs no key, registry or mark, and gives the folder back', async () => {
  expect(readdirSync(log).sort()).toEqual([CONFIG_FILE, 'db']);
  const opened = await openLogForReading(log);
  expect(opened.config).toEqual(CONFIG);
  expect((await opened.store.note())!.size).toBe(2);
  await expect(openLogForReading(log)).rejects.toMatchObject({ code: 'ERR_LOG_IN_USE', actual: process.pid });
  await opened.close();
  expect(readdirSync(log).sort()).toEqual([CONFIG_FILE, 'db']);
});

test('a configuration that names a chain the database does not have is refused, and the folder is free again', async () => {
  writeFileSync(join(log, CONFIG_FILE), formatLogConfig({ ...CONFIG, chain: 'example.com/other' }));
  await expect(openLogForReading(log)).rejects.toMatchObject({ code: 'ERR_CHAIN_UNKNOWN' });
  writeFileSync(join(log, CONFIG_FILE), formatLogConfig(CONFIG));
  await (await openLogForReading(log)).close();
});

test('a log whose database is gone is refused; looking at it does not make an empty one', async () => {
  const gone = join(folder.path, 'gone');
  mkdirSync(gone);
  writeFileSync(join(gone, CONFIG_FILE), formatLogConfig(CONFIG));
  await expect(openLogForReading(gone)).rejects.toMatchObject({ code: 'ERR_LOG_MISSING', field: 'database' });
  mkdirSync(join(gone, 'db'));
  await expect(openLogForReading(gone)).rejects.toMatchObject({ code: 'ERR_LOG_MISSING', field: 'database' });
  expect(readdirSync(gone, { recursive: true }).sort((a, b) => (a < b ? -1 : 1))).toEqual([CONFIG_FILE, 'db']);
  rmSync(gone, { recursive: true });
  expect(existsSync(gone)).toBe(false);
});
