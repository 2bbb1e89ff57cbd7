import { cpSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';
import { auditChain } from '../../src/node/audit-chain/program.ts';
import { openLog } from '../../src/node/log/open.ts';
import { makeLog } from '../support/log.ts';

const folder = mkdtempSync(join(tmpdir(), 'countersign-'));
const log = join(folder, 'log');
const archive = join(folder, 'archive');
afterAll(() => rmSync(folder, { recursive: true }));

let written = '';
beforeEach(() => {
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      written += String(text);
      return true;
    });
  }
});
afterEach(() => vi.restoreAllMocks());

/** Runs a command; what it wrote, on either stream. */
async function run(...argv: string[]): Promise<{ code: number; text: string }> {
  written = '';
  const code = await auditChain(argv);
  return { code, text: written };
}

/** Appends so many events, the first with a private value, and closes the log. */
async function append(count: number): Promise<void> {
  const opened = await openLog(log);
  const events = Array.from({ length: count }, (_, n) => ({ type: 'order.created', actor: `user:${n}` }));
  await opened.chain.append({ ...events[0]!, private: { email: 'a@example.com' } });
  await Promise.all(events.slice(1).map((event) => opened.chain.append(event)));
  await opened.close();
}

test('a value is erased, old records are pruned once their archive is verified, and a restored backup gets a successor', async () => {
  await makeLog(log, 'example.com/kept');
  cpSync(log, join(folder, 'backup'), { recursive: true });
  await append(520);
  const redact = (...more: string[]): ReturnType<typeof run> =>
    run('redact', log, '--seq', '1', '--name', 'email', '--reason', 'request 12', '--actor', 'user:dpo', ...more);
  const backup = join(folder, 'private.jsonl');
  const saved = { code: 0, text: expect.stringMatching(/^wrote 1 private values to /) };
  expect(await run('export-private', log, '--out', backup)).toEqual(saved);
  expect(statSync(backup).mode & 0o777).toBe(0o600);
  expect(await run('export-private', log, '--out', backup)).toMatchObject({ code: 2, text: expect.stringContaining('EEXIST') });
  expect(await redact('--seq', 'one')).toMatchObject({ code: 2, text: expect.stringContaining('ERR_CLI_OPTION') });
  expect(await redact()).toEqual({ code: 0, text: expect.stringMatching(/^erased email of record 1\nsettled as record 521\n/) });
  expect(await redact()).toEqual({ code: 2, text: expect.stringContaining('ERR_PRIVATE_REDACTED') });

  const restored = { code: 0, text: 'restored 0, present 0, erased 1, of pruned records 0\n' };
  expect(await run('import-private', log, backup)).toEqual(restored);
  const other = { code: 2, text: expect.stringContaining('ERR_PRIVATE_FILE') };
  expect(await run('import-private', log, join(log, 'signers.json'))).toMatchObject(other);

  const prune = (age: string): ReturnType<typeof run> => run('prune', log, '--archive', archive, '--older-than', age);
  expect(await prune('a year')).toMatchObject({ code: 2, text: expect.stringContaining('--older-than') });
  expect((await run('seal', log, '--to', archive)).code).toBe(0);
  const done = await prune(new Date().toISOString());
  expect(done.text).toMatch(/^verified records 0 to 521 in .*\npruned records 0 to 511\nsettled as record 522\n$/);
  expect(await run('receipt', log, '--seq', '7')).toEqual({ code: 2, text: expect.stringContaining(`file:${archive} has it`) });

  expect(await run('thin', log, '--older-than', '1d', '--keep', '0')).toMatchObject({ code: 2, text: expect.stringContaining('--keep') });
  const thinned = await run('thin', log, '--older-than', new Date().toISOString());
  expect(thinned).toEqual({ code: 0, text: expect.stringMatching(/^removed \d+ checkpoints\nsettled as record \d+\n$/) });

  const succeed = (chain: string): ReturnType<typeof run> => run('succeed', log, '--chain', chain, '--reason', 'backup put back');
  expect(await succeed('example.com/kept-2')).toMatchObject({ code: 2, text: expect.stringContaining('ERR_SUCCEED_REFUSED') });
  rmSync(join(log, 'db'), { recursive: true });
  cpSync(join(folder, 'backup', 'db'), join(log, 'db'), { recursive: true });
  expect((await run('append', log, '--type', 'a.b', '--actor', 'u')).text).toContain('ERR_CHAIN_ROLLED_BACK');
  expect(await succeed('Not A Chain')).toMatchObject({ code: 2, text: expect.stringContaining('ERR_CHAIN_ID') });
  expect(await succeed('example.com/kept-2')).toMatchObject({ code: 0, text: expect.stringContaining('succeeds example.com/kept,') });
  expect(JSON.parse(readFileSync(join(log, 'countersign.json'), 'utf8'))).toMatchObject({ chain: 'example.com/kept-2' });
  expect(await run('append', log, '--type', 'a.b', '--actor', 'u')).toMatchObject({
    code: 0,
    text: expect.stringContaining('record 1\n'),
  });
});
