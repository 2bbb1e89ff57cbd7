import { cpSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openLogForReading } from '@countersign/audit-chain/node/log/open';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../../audit-chain/test/support/database.ts';
import { makeLog } from '../support/log.ts';
import { matched, parseScript, runStep, writeFiles } from './script.ts';

// The built commands, run by a shell: what they print, where, and how they end.
const SCRIPTS = fileURLToPath(new URL('scripts/', import.meta.url));
const folder = temporaryFolder();
const template = join(folder.path, 'log');
beforeAll(() => makeLog(template, 'example.com/log'));
afterAll(() => folder.remove());

/** A folder with a new log of the chain example.com/log in it. */
function newFolder(name: string): string {
  const path = join(folder.path, name);
  mkdirSync(path);
  cpSync(template, join(path, 'log'), { recursive: true });
  return path;
}

describe.each(readdirSync(SCRIPTS))('%s', (name) => {
  const script = parseScript(readFileSync(join(SCRIPTS, name), 'utf8'));
  test('prints and ends as written', () => {
    const path = newFolder(name);
    writeFiles(script, path);
    for (const step of script.steps) {
      const { stdout, stderr, code } = runStep(step, path);
      const seen = { stdout: matched(stdout, step.stdout), stderr: matched(stderr, step.stderr), code };
      expect(seen, `${name}:${step.line}: ${step.command}`).toEqual({ stdout: step.stdout, stderr: step.stderr, code: step.code });
    }
  });
});

test('a log that another process has open is left alone: exit 14, and that process is named', async () => {
  const path = newFolder('in-use');
  const opened = await openLogForReading(join(path, 'log'));
  for (const command of ['audit-chain append log --type a.b --actor u', 'audit-chain status log', 'audit-verify log -s log/signers.json']) {
    const { stderr, stdout, code } = runStep({ command, line: 0, stdout: [], stderr: [], code: 14 }, path);
    expect([command, code]).toEqual([command, 14]);
    expect(stdout + stderr).toContain(`in use by process ${process.pid}`);
  }
  expect((await opened.store.note())!.size).toBe(1);
  await opened.close();
});
