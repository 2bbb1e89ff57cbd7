import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const script = [...read('docs/verify-by-hand.md').matchAll(/^```bash\n(.*?)^```$/gms)].map(([, code]) => code).join('\n');
const receipt = /^```text receipt=file\n(.*?)^```$/ms.exec(read('docs/spec/receipt.md'))![1]!;

const folder = mkdtempSync(join(tmpdir(), 'countersign-'));
afterAll(() => rmSync(folder, { recursive: true }));

const find = (program: string): string => spawnSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).stdout.trim();
const programs = ['bash', 'openssl', 'sha256sum'].map((name) => [name, find(name)] as const);
const missing = programs.filter(([, path]) => path === '').map(([name]) => name);
mkdirSync(join(folder, 'bin'));
for (const [name, path] of programs) if (path !== '') symlinkSync(path, join(folder, 'bin', name));

/** Runs the page with these three programs and nothing else. */
function byHand(bytes: string): { status: number | null; stdout: string } {
  writeFileSync(join(folder, 'order.receipt'), bytes);
  return spawnSync(join(folder, 'bin/bash'), ['-c', script], { cwd: folder, env: { PATH: join(folder, 'bin') }, encoding: 'utf8' });
}

describe.skipIf(missing.length > 0)(`docs/verify-by-hand.md${missing.length > 0 ? ` (no ${missing.join(', ')} here)` : ''}`, () => {
  test('verifies the receipt of the specification with bash, sha256sum and openssl alone', () => {
    const { status, stdout } = byHand(receipt);
    expect(stdout.trim().split('\n').at(-1)).toBe('VERIFIED: record 1 of log.example.com/audit, in the tree of 3 that its key signed');
    expect(status).toBe(0);
  });

  test.each([
    ['a changed event', (text: string) => text.replace('"n":1', '"n":2'), 'the record is not in the tree'],
    ['another place', (text: string) => text.replace('index 1', 'index 0'), 'the record is not in the tree'],
    ['another size', (text: string) => text.replace('\n3\n', '\n4\n'), 'the signature'],
    ['a shorter proof', (text: string) => text.replace(/index 1\n\S+\n/, 'index 1\n'), 'a proof that is too short'],
    ['a longer proof', (text: string) => text.replace(/(index 1\n)(\S+\n)/, '$1$2$2$2'), 'a proof that is too long'],
    ['another signature', (text: string) => text.replace('gk2oaEy1K9Yk', 'gk2oaEy1K9Yl'), 'the signature'],
    ['another key', (text: string) => text.replace('gk2oaEy1', 'gk2obEy1'), 'nobody we know signed it'],
    ['a record of another chain', (text: string) => text.replace('"chain":"log.', '"chain":"lag.'), 'the record is not in the tree'],
  ])('refuses %s', (_, change, reason) => {
    const changed = change(receipt);
    expect(changed).not.toBe(receipt);
    const { status, stdout } = byHand(changed);
    expect(status).toBe(1);
    expect(stdout.trim().split('\n').at(-1)).toBe(`NOT VERIFIED: ${reason}`);
  });
});
