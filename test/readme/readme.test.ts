import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { commandPath } from '../support/commands.ts';

// README.md says nothing that does not work.
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(join(ROOT, 'README.md'), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'countersign-readme-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The commands of a page, in order. */
const commands = [...page.matchAll(/^```sh\n(.*?)^```$/gms)].flatMap(([, block]) => block!.trim().split('\n'));

test('the first screen has the sentence, the two commands for a fresh machine, and the three that make a log', () => {
  const screen = page.split('\n').slice(0, 25).join('\n');
  for (const part of ['anyone can check and nobody can quietly change', 'npm ci && npm run demo', 'npm ci && npm test'])
    expect(screen).toContain(part);
  for (const start of ['audit-chain init', 'audit-chain append', 'audit-verify log/ -s log/signers.json'])
    expect(screen).toContain(`\n${start}`);
});

test('the scripts that it names are there', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
  const named = [...page.matchAll(/npm (?:run )?(demo|test|build)\b/g)].map(([, name]) => name!);
  expect(new Set(named)).toEqual(new Set(['demo', 'test', 'build']));
  for (const name of named) expect(scripts).toHaveProperty(name);
});

test('every other command runs, in order, from an empty folder', () => {
  const env = { ...process.env, PATH: commandPath(), NO_COLOR: '1' };
  for (const name of ['AUDIT_LOG', 'AUDIT_SIGNER', 'AUDIT_SIGNERS', 'AUDIT_MARK']) delete env[name as keyof typeof env];
  const run = commands.filter((command) => !command.startsWith('npm '));
  expect(run.length).toBe(7);
  for (const command of run) {
    const { status, stdout, stderr } = spawnSync('sh', ['-c', command], { cwd: folder, encoding: 'utf8', env });
    expect({ command, status, stderr }).toEqual({ command, status: 0, stderr: '' });
    if (command.startsWith('audit-verify')) expect(stdout).toMatch(/^VERIFIED$/m);
  }
});

test('the program is the one that is compiled with the tests', () => {
  const shown = /^```ts\nimport [^\n]*\n\n(.*?)^```$/ms.exec(page)![1];
  const source = readFileSync(join(ROOT, 'test/readme/service.ts'), 'utf8');
  const compiled = /\/\/ #region README\n(.*?) *\/\/ #endregion/s.exec(source)![1]!.replaceAll(/^ {2}/gm, '');
  expect(compiled).toBe(shown);
});

test.each(['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'docs/audit-chain.md', 'docs/audit-verify.md', 'docs/audit-signers.md'])(
  '%s: what it links to is there',
  (name) => {
    const text = readFileSync(join(ROOT, name), 'utf8');
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)].map(([, target]) => target!);
    for (const target of links) expect([target, existsSync(join(ROOT, dirname(name), target))]).toEqual([target, true]);
  },
);
