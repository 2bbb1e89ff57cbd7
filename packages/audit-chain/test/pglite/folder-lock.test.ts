import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { buildSync } from 'esbuild';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { lockFile } from '../../src/node/pglite/folder-lock.ts';
import { temporaryFolder } from '../support/database.ts';

const folder = temporaryFolder();
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  folder.remove();
});

let path: string;
let locks = 0;
beforeEach(() => {
  path = join(folder.path, `${locks++}`, 'db.lock');
  spawnSync('mkdir', [join(path, '..')]);
});

/** Files beside the lock. */
const beside = (): string[] => readdirSync(join(path, '..')).sort();

/** Field 22 of /proc/PID/stat (proc_pid_stat(5)). */
function startTime(pid: number): string {
  return readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')[19]!;
}

function livingProcess(): number {
  const child = spawn('sleep', ['600'], { stdio: 'ignore' });
  children.push(child);
  return child.pid!;
}

/** The pid of no process: Linux has none above 2^22, and one of a process that has just ended may be in use again. */
const endedPid = (): number => 2 ** 22 + 1;

const inUse = expect.objectContaining({ code: 'ERR_LOG_IN_USE', field: 'lock' }) as unknown;

test('a lock that was given back can be taken again; nothing is left behind', () => {
  const release = lockFile(path);
  expect(beside()).toEqual(['db.lock']);
  expect(readFileSync(path, 'utf8')).toMatch(new RegExp(`^${process.pid} (\\d+|-)\n$`));
  release();
  expect(beside()).toEqual([]);
  lockFile(path)();
  release();
  expect(beside()).toEqual([]);
});

test.skipIf(process.platform !== 'linux')(
  'a lock of a process that has ended, and that its parent never asks after, is taken over',
  async () => {
    // What `sleep` was before it started a process that it knows nothing of.
    const parent = spawn('sh', ['-c', 'true & echo $!; exec sleep 600'], { stdio: ['ignore', 'pipe', 'ignore'] });
    children.push(parent);
    let pid = 0;
    for await (const line of createInterface({ input: parent.stdout })) {
      pid = Number(line);
      break;
    }
    while (!/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))) await new Promise((resolve) => void setImmediate(resolve));
    writeFileSync(path, `${pid} ${startTime(pid)}\n`);
    lockFile(path)();
    expect(beside()).toEqual([]);
  },
);

test('the same process does not get it twice', () => {
  const release = lockFile(path);
  expect(() => lockFile(path)).toThrow(expect.objectContaining({ code: 'ERR_LOG_IN_USE', actual: process.pid }));
  release();
});

test('a lock that somebody else has by now is not removed by who had it before', () => {
  const release = lockFile(path);
  writeFileSync(path, '1 1\n');
  release();
  expect(existsSync(path)).toBe(true);
});

test('the lock of a process that has ended is taken over', () => {
  for (const started of ['4711', '-']) {
    writeFileSync(path, `${endedPid()} ${started}\n`);
    lockFile(path)();
  }
  expect(beside()).toEqual([]);
});

describe.skipIf(!existsSync('/proc/self/stat'))('with start times', () => {
  test('the lock of a live process is never taken, and names it', () => {
    const pid = livingProcess();
    const content = `${pid} ${startTime(pid)}\n`;
    writeFileSync(path, content);
    for (let attempt = 0; attempt < 3; attempt++)
      expect(() => lockFile(path)).toThrow(expect.objectContaining({ code: 'ERR_LOG_IN_USE', actual: pid }));
    expect([beside(), readFileSync(path, 'utf8')]).toEqual([['db.lock'], content]);
  });

  test('a pid that is in use again is not the process that took the lock', () => {
    const pid = livingProcess();
    writeFileSync(path, `${pid} ${Number(startTime(pid)) - 1}\n`);
    lockFile(path)();
    expect(beside()).toEqual([]);
  });
});

test('a live process without a start time keeps its lock', () => {
  writeFileSync(path, `${livingProcess()} -\n`);
  expect(() => lockFile(path)).toThrow(inUse);
});

test('a live process of another user keeps its lock', () => {
  // Signalling process 1 is not permitted to others, and it lives.
  writeFileSync(path, '1 -\n');
  expect(() => lockFile(path)).toThrow(inUse);
});

test.each([
  '',
  '\n',
  'garbage',
  '0 1\n',
  '-1 -\n',
  '0x10 -\n',
  '1e3 -\n',
  '99999999999999999999 -\n',
  `${process.pid}`,
  '\0\0\0\0\0\0\0\0',
])('what a power cut left of a lock, %j, belongs to nobody and is taken over', (content) => {
  writeFileSync(path, content);
  lockFile(path)();
  expect(beside()).toEqual([]);
});

test.each(['', 'garbage', 'ended'])('a takeover that was broken off (%j) does not keep the lock for ever', (content) => {
  writeFileSync(path, `${endedPid()} 1\n`);
  writeFileSync(`${path}.takeover`, content === 'ended' ? `${endedPid()} 1\n` : content);
  lockFile(path)();
  expect(beside()).toEqual([]);
});

test('a takeover that another process is at is not disturbed', () => {
  const pid = livingProcess();
  writeFileSync(path, `${endedPid()} 1\n`);
  writeFileSync(`${path}.takeover`, `${pid} -\n`);
  expect(() => lockFile(path)).toThrow(inUse);
  expect(beside()).toEqual(['db.lock', 'db.lock.takeover']);
});

test('of many processes that find a stale lock at once exactly one gets it', async () => {
  const script = join(folder.path, 'contender.mjs');
  const contents = `import { lockFile } from ${JSON.stringify(new URL('../../src/node/pglite/folder-lock.ts', import.meta.url).pathname)};
process.stdin.once('data', () => {
  try { lockFile(process.argv[2]); console.log('got'); } catch (error) { console.log(error.code); }
  process.stdin.once('data', () => process.exit());
});
console.log('ready');`;
  buildSync({
    stdin: { contents, resolveDir: import.meta.dirname },
    outfile: script,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['source'],
  });
  writeFileSync(path, `${endedPid()} 1\n`);
  const contenders = Array.from({ length: 6 }, () => spawn(process.execPath, [script, path], { stdio: ['pipe', 'pipe', 'inherit'] }));
  children.push(...contenders);
  const lines = contenders.map(({ stdout }) => createInterface({ input: stdout })[Symbol.asyncIterator]());
  for (const line of lines) await line.next();
  for (const { stdin } of contenders) stdin.write('go\n');
  const outcomes = await Promise.all(lines.map(async (line) => (await line.next()).value as string));
  for (const { stdin } of contenders) stdin.write('end\n');
  expect(outcomes.toSorted()).toEqual([...Array.from({ length: 5 }, () => 'ERR_LOG_IN_USE'), 'got']);
});
