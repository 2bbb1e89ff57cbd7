import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { markFolder } from '../../src/node/proxy/mark-folder.ts';
import { checkMark } from '../../src/signer/mark.ts';
import { CHAIN } from '../support/registries.ts';
import { TestLog } from '../support/tree.ts';

let folder: string;
let count = 0;
const log = new TestLog(CHAIN);
const fork = new TestLog(CHAIN, 'forged');
const fresh = (): string => join(folder, String(count++));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-marks-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('a high-water mark', () => {
  test('moves along one log and never to another or back, from any size to any size', () => {
    const size = fc.integer({ min: 1, max: 40 });
    fc.assert(
      fc.property(size, size, (from, to) => {
        const step = (): boolean => checkMark(log.mark(from), log.mark(to), from < to ? log.proof(from, to) : []);
        if (to < from) expect(step).toThrow(expect.objectContaining({ code: 'ERR_SIGN_MARK' }));
        else expect(step()).toBe(to > from);
        const forged = from < to ? fork.proof(from, to) : [];
        expect(() => checkMark(log.mark(from), fork.mark(to), forged)).toThrow(expect.objectContaining({ code: 'ERR_SIGN_MARK' }));
        if (from < to) {
          expect(() => checkMark(log.mark(from), log.mark(to), [])).toThrow(expect.objectContaining({ code: 'ERR_SIGN_MARK' }));
        }
      }),
      { numRuns: 60 },
    );
  });

  test('shows both checkpoints to whoever is refused', () => {
    expect(() => checkMark(log.mark(3), fork.mark(3), [])).toThrow(
      expect.objectContaining({
        expected: expect.stringMatching(/^size 3, root [0-9a-f]{64}$/),
        actual: expect.stringMatching(/^size 3, root/),
      }),
    );
  });

  test('is a whole number from 1 with a root of 32 bytes', () => {
    expect(() => checkMark(undefined, { ...log.mark(1), size: 0 }, [])).toThrow(RangeError);
    expect(() => checkMark(undefined, { ...log.mark(1), root: new Uint8Array(31) }, [])).toThrow(RangeError);
  });
});

describe('a folder of marks', () => {
  test('begins anywhere and remembers across openings', async () => {
    const path = fresh();
    expect(await markFolder(path).read(CHAIN)).toBeUndefined();
    await markFolder(path).reserve(log.mark(5), []);
    await markFolder(path).reserve(log.mark(9), log.proof(5, 9));
    await markFolder(path).reserve(log.mark(9), []);
    expect(await markFolder(path).read(CHAIN)).toEqual(log.mark(9));
    await expect(markFolder(path).reserve(log.mark(7), [])).rejects.toMatchObject({ code: 'ERR_SIGN_MARK' });
    await expect(markFolder(path).reserve(fork.mark(9), [])).rejects.toMatchObject({ code: 'ERR_SIGN_MARK' });
    expect(await markFolder(path).read(CHAIN)).toEqual(log.mark(9));
  });

  test('keeps origins apart', async () => {
    const marks = markFolder(fresh());
    const other = new TestLog('example.com/other');
    await marks.reserve(log.mark(5), []);
    await marks.reserve(other.mark(1), []);
    expect(await marks.read(other.origin)).toEqual(other.mark(1));
    expect(await marks.read(CHAIN)).toEqual(log.mark(5));
  });

  test('gives one of two processes the step when both fork at once', async () => {
    for (let round = 0; round < 10; round++) {
      const path = fresh();
      await markFolder(path).reserve(log.mark(1), []);
      const branch = new TestLog(CHAIN);
      for (let i = 1; i < branch.leaves.length; i++) branch.leaves[i] = `other ${i}`;
      const steps = await Promise.allSettled([
        markFolder(path).reserve(log.mark(2), log.proof(1, 2)),
        markFolder(path).reserve(branch.mark(3), branch.proof(1, 3)),
      ]);
      expect(steps.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    }
  });

  test('takes every step of many processes on one log, and keeps few files', async () => {
    const path = fresh();
    await markFolder(path).reserve(log.mark(1), []);
    const walk = async (): Promise<void> => {
      const marks = markFolder(path);
      for (;;) {
        const size = (await marks.read(CHAIN))!.size;
        if (size >= 30) return;
        // Somebody else may have gone further meanwhile: then this step is refused, and the next one is tried.
        await marks.reserve(log.mark(size + 1), log.proof(size, size + 1)).catch((error: { code?: string }) => {
          if (error.code !== 'ERR_SIGN_MARK') throw error;
        });
      }
    };
    await Promise.all([walk(), walk(), walk()]);
    expect(await markFolder(path).read(CHAIN)).toEqual(log.mark(30));
    const [origin] = await readdir(path);
    const files = await readdir(join(path, origin!));
    expect(files.length).toBeLessThan(8);
    expect(files.filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  test('refuses to forget: a mark that cannot be read is no first mark', async () => {
    const path = fresh();
    await markFolder(path).reserve(log.mark(5), []);
    const [origin] = await readdir(path);
    const [file] = await readdir(join(path, origin!));
    await writeFile(join(path, origin!, file!), '{}');
    await expect(markFolder(path).read(CHAIN)).rejects.toMatchObject({ code: 'ERR_MARK_FOLDER' });
    await writeFile(join(path, origin!, file!), '');
    await expect(markFolder(path).reserve(log.mark(6), log.proof(5, 6))).rejects.toMatchObject({ code: 'ERR_MARK_FOLDER' });
  });
});
