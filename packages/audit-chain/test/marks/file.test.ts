import { spawn } from 'node:child_process';
import {
  closeSync,
  cpSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type MarkCell, cellMark } from '../../src/marks/cell.ts';
import { fileCell, markFile } from '../../src/node/log/mark-file.ts';
import { SLOT_BYTES } from '../../src/node/log/mark-slot.ts';
import { temporaryFolder } from '../support/database.ts';
import { describeMark } from './contract.ts';
import { testTree } from './tree.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());

const ORIGIN = 'example.com/log';
const tree = testTree(ORIGIN, 300);
let files = 0;
const newPath = (): string => join(folder.path, `mark-${++files}.json`);

describeMark('a file', () => {
  let broken: 'before' | 'after' | undefined;
  return Promise.resolve({
    open: (origin) => {
      const cell = fileCell(join(folder.path, `${origin.replaceAll('/', '+')}.json`), async (path, write) => {
        const when = broken;
        broken = undefined;
        if (when === 'before') throw Object.assign(new Error('the disk is broken'), { code: 'EIO' });
        await write();
        if (when === 'after') throw Object.assign(new Error(`no answer for ${path}`), { code: 'EIO' });
      });
      return Promise.resolve(cellMark(cell));
    },
    breakNextWrite: (when) => void (broken = when),
    close: () => Promise.resolve(),
  });
});

/** A mark of size 3, then 5; the file has both. */
async function twoSteps(): Promise<string> {
  const path = newPath();
  const mark = markFile(path);
  await mark.reserve(tree.mark(3), []);
  await mark.reserve(tree.mark(5), tree.proof(3, 5));
  return path;
}

function overwrite(path: string, at: number, bytes: Uint8Array): void {
  const file = openSync(path, 'r+');
  writeSync(file, bytes, 0, bytes.length, at);
  closeSync(file);
}

describe('torn and damaged files', () => {
  test('a step that a crash tore at any byte leaves the mark before it, and the next step mends the file', async () => {
    const path = await twoSteps();
    const before = readFileSync(path);
    await markFile(path).reserve(tree.mark(9), tree.proof(5, 9));
    const after = readFileSync(path);
    // Size 9 went over size 3, into the first slot.
    for (const at of [0, 1, 63, 64, 65, 100, 200, 300, SLOT_BYTES - 1]) {
      writeFileSync(path, Buffer.concat([after.subarray(0, at), before.subarray(at)]));
      const mark = markFile(path);
      const present = (await mark.read(ORIGIN))!;
      expect(present.size).toBe(Buffer.compare(readFileSync(path), after) === 0 ? 9 : 5);
      await mark.reserve(tree.mark(20), tree.proof(present.size, 20));
      expect((await markFile(path).read(ORIGIN))!.size).toBe(20);
    }
  });

  test('a slot of zeros, of noise, or in the place of the other does not count', async () => {
    const path = await twoSteps();
    const whole = readFileSync(path);
    for (const rubbish of [Buffer.alloc(SLOT_BYTES), Buffer.alloc(SLOT_BYTES, 0xe9), whole.subarray(SLOT_BYTES)]) {
      writeFileSync(path, whole);
      overwrite(path, 0, rubbish);
      expect((await markFile(path).read(ORIGIN))!.size).toBe(5);
    }
  });

  test('a file without any whole slot is an error, never a missing mark', async () => {
    const path = await twoSteps();
    const whole = readFileSync(path);
    const flipped = Buffer.from(whole);
    flipped[80]! ^= 1;
    flipped[SLOT_BYTES + 80]! ^= 1;
    for (const content of [flipped, Buffer.alloc(0), whole.subarray(0, 5000), Buffer.concat([whole, whole]), Buffer.from('{}\n')]) {
      writeFileSync(path, content);
      const mark = markFile(path);
      await expect(mark.read(ORIGIN)).rejects.toMatchObject({ code: 'ERR_MARK_STORE' });
      await expect(mark.reserve(tree.mark(9), tree.proof(5, 9))).rejects.toMatchObject({ code: 'ERR_MARK_STORE' });
      expect(readFileSync(path)).toEqual(Buffer.from(content));
    }
  });

  test('the mark of another chain is an error', async () => {
    const path = await twoSteps();
    await expect(markFile(path).read('example.com/other')).rejects.toMatchObject({ code: 'ERR_MARK_STORE', field: 'origin' });
  });

  test('a step writes one slot in place: the size stays, the other slot is untouched, only the owner may read it', async () => {
    const path = await twoSteps();
    const before = readFileSync(path);
    await markFile(path).reserve(tree.mark(9), tree.proof(5, 9));
    const after = readFileSync(path);
    expect(after.length).toBe(2 * SLOT_BYTES);
    expect(after.subarray(SLOT_BYTES)).toEqual(before.subarray(SLOT_BYTES));
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('a folder that does not exist, and one that is a file, are errors', async () => {
    await expect(markFile(join(folder.path, 'none', 'mark.json')).reserve(tree.mark(1), [])).rejects.toMatchObject({
      code: 'ERR_MARK_STORE',
    });
    const path = newPath();
    mkdirSync(path);
    await expect(markFile(path).read(ORIGIN)).rejects.toMatchObject({ code: 'ERR_MARK_STORE' });
  });
});

describe('the lock of a step', () => {
  const lockOf = (path: string): string => `${path}.lock`;

  const locks = (): string[] => readdirSync(folder.path).filter((name) => name.includes('.lock'));

  test('is gone a moment after a step, also after one that was refused', async () => {
    const path = await twoSteps();
    await expect(markFile(path).reserve(tree.mark(4), [])).rejects.toMatchObject({ code: 'ERR_CHAIN_ROLLED_BACK' });
    await expect.poll(locks).toEqual([]);
  });

  test('stays between steps that follow each other, and is taken again when somebody has removed it', async () => {
    const path = await twoSteps();
    const mark = markFile(path);
    let steps = 0;
    const lockOfStep = async (): Promise<number | undefined> => {
      await mark.rememberServer(ORIGIN, `1/${++steps}`);
      return lstatSync(lockOf(path), { throwIfNoEntry: false })?.ino;
    };
    // A disk that stalls makes a step longer than a lock is kept.
    await expect
      .poll(async () => [await lockOfStep(), await lockOfStep()].map((lock, _, [first]) => lock !== undefined && lock === first))
      .toEqual([true, true]);
    rmSync(lockOf(path));
    await lockOfStep();
    expect(await mark.server(ORIGIN)).toBe(`1/${steps}`);
  });

  test('that came with a copy of the folder is nobody’s', async () => {
    const path = await twoSteps();
    const copy = newPath();
    cpSync(path, copy);
    symlinkSync(await ownLock(path), lockOf(copy));
    await markFile(copy).reserve(tree.mark(9), tree.proof(5, 9));
    expect((await markFile(copy).read(ORIGIN))!.size).toBe(9);
  });

  test('that a tool copied together with the folder, its target made absolute, is nobody’s', async () => {
    const path = join(folder.path, 'original', 'mark.json');
    mkdirSync(dirname(path));
    await markFile(path).reserve(tree.mark(5), tree.proof(0, 5));
    const own = await ownLock(path);
    rmSync(lockOf(path), { force: true });
    symlinkSync(own.replace(/^[0-9]+ \S+/, '1 -'), lockOf(path));
    const copy = join(folder.path, 'copied by a tool', 'mark.json');
    cpSync(dirname(path), dirname(copy), { recursive: true });
    expect(readlinkSync(lockOf(copy))).toBe(join(dirname(path), readlinkSync(lockOf(path))));
    await markFile(copy).reserve(tree.mark(9), tree.proof(5, 9));
    expect((await markFile(copy).read(ORIGIN))!.size).toBe(9);
  });

  test('that came with a copy of the folder from a process that is still at work there is nobody’s', async () => {
    const path = await twoSteps();
    const own = await ownLock(path);
    const copy = join(folder.path, 'copied');
    mkdirSync(copy);
    cpSync(path, join(copy, 'mark.json'));
    // A process that lives, under its own number, at the same moment of its start: only the folder is another.
    symlinkSync(own.replace(/^[0-9]+ \S+/, '1 -'), lockOf(join(copy, 'mark.json')));
    await markFile(join(copy, 'mark.json')).reserve(tree.mark(9), tree.proof(5, 9));
    expect(readdirSync(copy).filter((name) => name.includes('takeover'))).toEqual([]);
    expect((await markFile(join(copy, 'mark.json')).read(ORIGIN))!.size).toBe(9);
  });

  test('of a process that has ended is taken over', async () => {
    const path = await twoSteps();
    const child = spawn(process.execPath, ['-e', ''], { stdio: 'ignore' });
    await new Promise((resolve) => child.once('exit', resolve));
    const own = await ownLock(path);
    rmSync(lockOf(path), { force: true });
    symlinkSync(own.replace(/^[0-9]+ \S+/, `${child.pid} 1`), lockOf(path));
    await markFile(path).reserve(tree.mark(9), tree.proof(5, 9));
    await expect.poll(locks).toEqual([]);
  });

  test('of another machine, or not one of ours, counts until it is old', async () => {
    const path = await twoSteps();
    for (const make of [
      () => writeFileSync(lockOf(path), ''),
      () => symlinkSync('elsewhere', lockOf(path)),
      () => symlinkSync('1 1 elsewhere boot pid:[1]', lockOf(path)),
    ]) {
      rmSync(lockOf(path), { force: true });
      make();
      const step = markFile(path).reserve(tree.mark(9), tree.proof((await markFile(path).read(ORIGIN))!.size, 9));
      let done = false;
      void step.then(() => (done = true));
      await new Promise((resolve) => void setImmediate(resolve));
      expect(done).toBe(false);
      lutimesSync(lockOf(path), new Date(Date.now() - 60_000), new Date(Date.now() - 60_000));
      await step;
    }
  });

  /** What this process writes into a lock. */
  async function ownLock(path: string): Promise<string> {
    let content = '';
    const cell: MarkCell = fileCell(path, async (_, write) => {
      content = readlinkSync(lockOf(path));
      await write();
    });
    await cell.update(ORIGIN, (present) => ({ ...present, server: '1/1' }));
    return content;
  }
});

describe('several processes', () => {
  const bundle = join(folder.path, 'climb.mjs');
  beforeAll(() => {
    buildSync({
      entryPoints: [new URL('climb.ts', import.meta.url).pathname],
      bundle: true,
      platform: 'node',
      format: 'esm',
      conditions: ['source', 'node'],
      outfile: bundle,
    });
  });

  test('a process that never pauses lets another have its turn, and leaves nothing in its way when it is killed', async () => {
    const path = newPath();
    await markFile(path).reserve(tree.mark(1), []);
    const child = spawn(process.execPath, [bundle, path, ORIGIN, 'for ever'], { stdio: ['ignore', 'pipe', 'inherit'] });
    for await (const line of createInterface({ input: child.stdout })) if (line === '300') break;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    await markFile(path).rememberServer(ORIGIN, '1/1');
    expect(child.exitCode).toBe(null);
    child.kill('SIGKILL');
    await ended;
    await markFile(path).rememberServer(ORIGIN, '1/2');
    expect(await markFile(path).server(ORIGIN)).toBe('1/2');
  });

  test('a process that ends by itself takes its lock with it', async () => {
    const path = newPath();
    await markFile(path).reserve(tree.mark(299), []);
    const child = spawn(process.execPath, [bundle, path, ORIGIN], { stdio: ['ignore', 'ignore', 'inherit'] });
    await new Promise((resolve) => child.once('exit', resolve));
    expect((await markFile(path).read(ORIGIN))!.size).toBe(300);
    expect(lstatSync(`${path}.lock`, { throwIfNoEntry: false })).toBe(undefined);
  });

  test('race on one file, one of them killed in the middle: no step is lost, none goes back', async () => {
    const path = newPath();
    await markFile(path).reserve(tree.mark(1), []);
    const acknowledged: number[] = [];
    const climb = async (killAt: number): Promise<void> => {
      const child = spawn(process.execPath, [bundle, path, ORIGIN], { stdio: ['ignore', 'pipe', 'inherit'] });
      let steps = 0;
      for await (const line of createInterface({ input: child.stdout })) {
        acknowledged.push(Number(line));
        if (++steps === killAt) child.kill('SIGKILL');
      }
    };
    await Promise.all([climb(Infinity), climb(20), climb(Infinity)]);
    const last = (await markFile(path).read(ORIGIN))!;
    expect(last).toEqual(tree.mark(300));
    // Every size was reached, in order; two processes may have taken the same step.
    const steps = [...new Set(acknowledged)].sort((a, b) => a - b);
    expect(steps.length).toBeGreaterThanOrEqual(298);
  });
});
