import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { CONFIG_FILE, type LogConfig, formatLogConfig, readLogConfig } from '../../src/node/log/config.ts';
import { temporaryFolder } from '../support/database.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());
let logs = 0;

function logWith(content: string | Uint8Array): string {
  const path = join(folder.path, `${logs++}`);
  mkdirSync(path);
  writeFileSync(join(path, CONFIG_FILE), content);
  return path;
}

const CONFIG: LogConfig = {
  chain: 'example.com/log',
  database: 'db',
  mark: 'keys/high-water.json',
  signer: 'file:keys',
  signers: 'signers.json',
};

test('what is written is canonical JSON and a line feed, and is read back', async () => {
  const text = formatLogConfig(CONFIG);
  expect(text).toBe(
    '{"chain":"example.com/log","database":"db","format":"countersign/log@1","mark":"keys/high-water.json","signer":"file:keys","signers":"signers.json"}\n',
  );
  expect(await readLogConfig(logWith(text))).toEqual(CONFIG);
});

test('a person may have edited it: spacing and order do not count', async () => {
  const members = Object.entries({ format: 'countersign/log@1', ...CONFIG }).toReversed();
  expect(await readLogConfig(logWith(JSON.stringify(Object.fromEntries(members), undefined, 2)))).toEqual(CONFIG);
});

describe('refused with the member that is wrong', () => {
  const text = (changes: object): string => JSON.stringify({ format: 'countersign/log@1', ...CONFIG, ...changes });
  const cases: readonly (readonly [string, string | Uint8Array, string])[] = [
    ['no JSON', 'chain = example.com/log', CONFIG_FILE],
    ['an empty file', '', CONFIG_FILE],
    ['half a file', text({}).slice(0, 40), CONFIG_FILE],
    ['invalid UTF-8', Buffer.concat([Buffer.from('{"chain":"'), Buffer.of(0xff), Buffer.from('"}')]), CONFIG_FILE],
    ['a member twice', text({}).replace('{', '{"chain":"example.com/other",'), CONFIG_FILE],
    ['null', 'null', CONFIG_FILE],
    ['a list', '[]', CONFIG_FILE],
    ['another format', text({ format: 'countersign/log@2' }), 'format'],
    ['no format', text({ format: undefined }), 'format'],
    ['a member missing', text({ signers: undefined }), 'signers'],
    ['a member of another type', text({ database: 5 }), 'database'],
    ['an empty member', text({ mark: '' }), 'mark'],
    ['a chain that is none', text({ chain: '../../etc' }), 'chain'],
    ['a member that is unknown', text({ signature: 'x' }), 'signature'],
    ['a member __proto__', text({}).replace('{', '{"__proto__":{},'), CONFIG_FILE],
  ];
  test.each(cases)('%s', async (_name, content, field) => {
    await expect(readLogConfig(logWith(content))).rejects.toMatchObject({ code: 'ERR_LOG_CONFIG', field });
  });
});

test('a folder without it is no log, nor is a file, nor what is not there', async () => {
  const path = logWith('{}');
  for (const log of [folder.path, join(path, CONFIG_FILE), join(path, 'missing')])
    await expect(readLogConfig(log)).rejects.toMatchObject({ code: 'ERR_LOG_MISSING', field: 'log' });
});
