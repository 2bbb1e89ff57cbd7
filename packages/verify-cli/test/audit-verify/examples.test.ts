import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { auditVerify } from '../../src/node/audit-verify/program.ts';
import type { CommandRow } from '../../src/node/audit-verify/table/command.ts';
import { SUBCOMMANDS } from '../../src/node/audit-verify/table/commands.ts';
import { SOURCE } from '../../src/node/audit-verify/table/source.ts';
import { makeLog } from '../support/log.ts';
import { runHere } from '../support/run.ts';
import { verifyFolder } from '../support/verify-folder.ts';

const BIN = fileURLToPath(new URL('../../../../node_modules/.bin', import.meta.url));
const folder = await verifyFolder();
afterAll(() => folder.remove());

beforeAll(async () => {
  mkdirSync(folder.at('tmp'));
  await makeLog(folder.at('log'), 'localhost/log');
  const saved = await runHere(auditVerify, ['archive', '-s', 'signers.json', '--json'], folder.path);
  writeFileSync(folder.at('yesterday.json'), saved.out);
});

/** What a shell would do with the line. */
async function exitCodeOf(command: string): Promise<number> {
  if (/[|]/.test(command)) {
    const env = { ...process.env, PATH: `${BIN}${delimiter}${process.env['PATH']}` };
    execFileSync('sh', ['-c', command], { cwd: folder.path, env });
    return 0;
  }
  const [, ...args] = command.replace(/ > \S+$/, '').split(' ');
  return (await runHere(auditVerify, args, folder.path)).code;
}

describe.each([SOURCE, ...SUBCOMMANDS].map((row: CommandRow) => [row.name ?? 'SOURCE', row] as const))('%s', (name, row) => {
  test.each(row.examples.filter(({ needs }) => needs === undefined))('$command', async ({ command, exitCode = 0 }) => {
    expect(await exitCodeOf(command)).toBe(exitCode);
  });

  test('its help shows every flag and example', async () => {
    const { code, out } = await runHere(auditVerify, name === 'SOURCE' ? ['--help'] : [name, '--help'], folder.path);
    expect(code).toBe(0);
    for (const { flags } of row.flags) expect(out).toContain(flags);
    for (const { command } of row.examples) expect(out).toContain(command);
  });
});
