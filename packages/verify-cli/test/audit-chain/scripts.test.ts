import { join } from 'node:path';
import { openLogForReading } from '@countersign/audit-chain/node/log/open';
import { expect, test } from 'vitest';
import { runStep } from './script.ts';
import { describeScripts } from './scripts.ts';

const newFolder = describeScripts('scripts/');

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
