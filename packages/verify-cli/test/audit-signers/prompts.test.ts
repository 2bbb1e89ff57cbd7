import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Workplace } from '../../../../test/rotation/commands.ts';

const BIN = new URL('../../bin/audit-signers.js', import.meta.url).pathname;
const SECRET = 'correct horse';
/** `script` of util-linux runs a command on a terminal of its own. */
const missing = process.platform !== 'linux' || !/util-linux/.test(spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout ?? '');

/** Runs audit-signers on a terminal and answers each question, when it is asked; gives all that the terminal showed. */
async function onTerminal(
  args: string,
  answers: readonly (readonly [question: string, answer: string])[],
): Promise<{ code: number | null; shown: string }> {
  const { AUDIT_KEY_PASSPHRASE: _, ...env } = process.env;
  const child = spawn('script', ['-qec', `${process.execPath} ${BIN} ${args}`, '/dev/null'], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  let shown = '';
  const left = [...answers];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
    if (left.length > 0 && shown.includes(left[0]![0])) child.stdin.write(`${left.shift()![1]}\r`);
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  expect(left, shown).toEqual([]);
  return { code, shown };
}

describe.skipIf(missing)(`questions on a terminal${missing ? ': skipped, no script of util-linux' : ''}`, () => {
  let place: Workplace;
  beforeAll(async () => {
    place = new Workplace();
    const secret = { AUDIT_KEY_PASSPHRASE: SECRET };
    await place.ok('audit-signers init --new-root root-1=root-1.key --operator root-1=alice', secret);
    await place.ok('audit-signers add log-1 --new-key log-1.key --purpose checkpoint --chain example.com/audit');
  });
  afterAll(() => place.remove());
  const SIGN = 'sign signers.next.json --key root-1.key --into signers.json';
  const PASSPHRASE = 'Passphrase of root-1.key: ';

  test('a root signs what it has seen, after yes alone, with a passphrase that is never shown', async () => {
    const before = readFileSync('signers.json');
    const wrong = await onTerminal(SIGN, [[PASSPHRASE, 'wrong horse']]);
    expect(wrong).toMatchObject({ code: 2, shown: expect.stringContaining('ERR_KEY_FILE_PASSPHRASE') });
    for (const answer of ['n', '', 'yess']) {
      const refused = await onTerminal(SIGN, [
        [PASSPHRASE, SECRET],
        ['? [y/N] ', answer],
      ]);
      expect(refused).toMatchObject({ code: 2, shown: expect.stringContaining('not signed') });
    }
    expect(readFileSync('signers.json')).toEqual(before);
    const { code, shown } = await onTerminal(SIGN, [
      [PASSPHRASE, SECRET],
      ['? [y/N] ', 'y'],
    ]);
    expect(code, shown).toBe(0);
    // The change and the digest come before the question.
    expect(shown).toMatch(/log-1 +signer[^]*Sign version 2, digest [0-9a-f]{64}\? \[y\/N\] /);
    for (const secret of [SECRET, 'wrong horse']) expect(wrong.shown + shown).not.toContain(secret);
    expect(readFileSync('signers.json')).not.toEqual(before);
  });

  test('nobody is asked where nobody is', () => {
    const args = [BIN, ...'add log-2 --new-key log-2.key --purpose checkpoint --chain example.com/audit'.split(' ')];
    execFileSync(process.execPath, args, { stdio: 'pipe' });
    const { status, stderr } = spawnSync(process.execPath, [BIN, ...SIGN.split(' ')], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    expect(status).toBe(2);
    expect(stderr).toContain('ERR_KEY_FILE_PASSPHRASE');
  });
});
