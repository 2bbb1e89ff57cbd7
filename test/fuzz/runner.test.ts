import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from '../repository/tree.ts';

const TARGETS = `
const seeds = [new TextEncoder().encode('{"size": 12}\\n')];
export const targets = [
  { name: 'sound', seeds, run(): void {} },
  { name: 'sound/too', seeds, run(): void {} },
  { name: 'late', seeds, run(bytes: Uint8Array): Promise<void> { return bytes.includes(0xff) ? Promise.reject(new Error('refused')) : Promise.resolve(); } },
  { name: 'endless', run(bytes: Uint8Array): void { while (bytes.length > 5) bytes[0] = 0; } },
];
`;

/** Runs the command over the targets above. */
function fuzz(...options: readonly string[]): { status: number | null; stdout: string } {
  return spawnSync(process.execPath, ['tools/fuzz.mjs', '--from', folder, '--runs', '2000', ...options], { cwd: ROOT, encoding: 'utf8' });
}

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-fuzz-'));
  writeFileSync(join(folder, 'targets.ts'), TARGETS);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('npm run fuzz', () => {
  test('passes targets that take every input, and says how many', () => {
    const { status, stdout } = fuzz('--target', 'sound');
    expect(stdout).toMatch(/^ok {5}sound +2000 inputs +\d+\/s.*\nok {5}sound\/too +2000 inputs/);
    expect(status).toBe(0);
  });

  test('fails on a rejection, keeps the input, and the printed command fails on it again', () => {
    const first = fuzz('--target', 'late');
    expect(first.stdout).toMatch(/^FAILED late at input \d+: Error: refused/);
    expect(first.status).toBe(1);
    const file = /--replay '([^']+)'/.exec(first.stdout)?.[1] ?? '';
    const again = fuzz('--target', 'late', '--replay', file);
    expect(again.stdout).toMatch(/^FAILED late at input 0: Error: refused/);
    expect(again.status).toBe(1);
    expect(fuzz('--target', 'sound', '--replay', file).status).toBe(0);
    rmSync(join(ROOT, file));
  });

  test('ends a target that stands still', () => {
    const { status, stdout } = fuzz('--target', 'endless', '--still-ms', '300');
    expect(stdout).toMatch(/^FAILED endless at input \d+: no end after 300 ms/);
    expect(status).toBe(1);
    rmSync(join(ROOT, /--replay '([^']+)'/.exec(stdout)?.[1] ?? ''));
  });

  test('refuses a target that is not there', () => {
    expect(fuzz('--target', 'nothing').status).toBe(2);
  });
});
