// Sealers in processes of their own, several at once on one chain in PostgreSQL: killed at any moment, told to stop, restarted.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newDatabase, postgresMissing } from '../../packages/audit-chain/test/support/postgres.ts';
import { seededRandom } from '../support/random.ts';

const bin = (name: string): string => fileURLToPath(new URL(`../../packages/verify-cli/bin/${name}.js`, import.meta.url));
const COUNT = 4000;

describe.skipIf(postgresMissing() !== undefined)('sealers as processes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-sealers-'));
  const [archive, keys, events] = [join(folder, 'archive'), join(folder, 'keys'), join(folder, 'events.jsonl')];
  let url = '';
  const run = (name: string, ...args: readonly string[]) => spawnSync(process.execPath, [bin(name), ...args], { encoding: 'utf8' });
  const seal = (...more: readonly string[]): readonly string[] =>
    [bin('audit-chain'), 'seal', url, '--signer', `file:${keys}`, '--to', archive, '--max-records', '40', ...more]; // prettier-ignore
  const children: ChildProcess[] = [];
  const start = (...more: readonly string[]): { child: ChildProcess; ended: Promise<number | NodeJS.Signals | null> } => {
    const child = spawn(process.execPath, seal(...more), { stdio: ['ignore', 'ignore', 'inherit'] });
    children.push(child);
    return { child, ended: new Promise((resolve) => void child.on('close', (code, signal) => resolve(signal ?? code))) };
  };
  const line = (n: number): string => `${JSON.stringify({ type: 'a.b', actor: 'u', payload: { n, text: 'x'.repeat(n % 500) } })}\n`;
  const segments = (): number =>
    readdirSync(folder).includes('archive')
      ? readdirSync(archive, { recursive: true }).filter((path) => String(path).endsWith('.manifest.json')).length
      : 0;
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) await setTimeout(20);
  };

  beforeAll(async () => {
    url = await newDatabase();
    expect(run('audit-chain', 'init', url, '--chain', 'example.com/sealers', '--signer', `file:${keys}`).stderr).toBe('');
    writeFileSync(events, Array.from({ length: COUNT }, (_, n) => line(n)).join(''));
    expect(run('audit-chain', 'import', url, events, '--signer', `file:${keys}`).stderr).toBe('');
  });
  afterAll(() => {
    for (const child of children) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  test('killed at any moment, three at once, they leave what the next ones complete', async () => {
    const random = seededRandom(Number(process.env['COUNTERSIGN_SEED'] ?? 20261121));
    for (let round = 0; round < 12; round++) {
      const before = segments();
      const sealers = [start(), start(), start()];
      await until(() => segments() > before || sealers.every(({ child }) => child.exitCode !== null));
      await setTimeout(random() * 60);
      for (const { child } of sealers) child.kill('SIGKILL');
      for (const { ended } of sealers) expect(['SIGKILL', 0]).toContain(await ended);
    }
  });

  test('told to stop, a follower completes its segment and ends with 0; then everything is there once', async () => {
    expect(spawnSync(process.execPath, seal(), { encoding: 'utf8' }).stderr).toBe('');
    writeFileSync(events, Array.from({ length: COUNT }, (_, n) => line(COUNT + n)).join(''));
    expect(run('audit-chain', 'import', url, events, '--signer', `file:${keys}`).stderr).toBe('');
    const before = segments();
    const follower = start('--follow', '--max-age', '0s');
    await until(() => segments() > before || follower.child.exitCode !== null);
    follower.child.kill('SIGTERM');
    expect(await follower.ended).toBe(0);
    const other = start('--follow', '--max-age', '0s', '--heartbeat', '1h');
    other.child.kill('SIGINT');
    // It may not have come to listening for signals yet.
    expect(['SIGINT', 0]).toContain(await other.ended);
    expect(spawnSync(process.execPath, seal(), { encoding: 'utf8' }).stderr).toBe('');
    const { stdout, status } = run('audit-verify', archive, '--signers', join(keys, 'signers.json'), '--json');
    expect([status, (JSON.parse(stdout) as { range: object; findings: object[] }).findings]).toEqual([0, []]);
    expect((JSON.parse(stdout) as { range: { verified: { from: number; to: number } } }).range.verified).toMatchObject({
      from: 0,
      to: 2 * COUNT,
    });
  });
});
