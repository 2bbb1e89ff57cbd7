import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RememberingMark } from '../../src/marks/cell.ts';
import { testTree } from './tree.ts';

/** A place for marks under test. */
export interface MarkPlace {
  /** A new handle on the mark of an origin, as another process would have. */
  open(origin: string): Promise<RememberingMark>;
  /** Makes the next write fail, before it or after it took effect. */
  breakNextWrite(when: 'before' | 'after'): void;
  close(): Promise<void>;
}

/** What every high-water mark must do; run on each of them. */
export function describeMark(name: string, open: () => Promise<MarkPlace>): void {
  describe(name, () => {
    let place: MarkPlace;
    let origins = 0;
    const newOrigin = (): string => `example.com/mark-${++origins}`;
    beforeAll(async () => {
      place = await open();
    });
    afterAll(() => place.close());

    async function reserved(origin: string, size: number): Promise<{ mark: RememberingMark; tree: ReturnType<typeof testTree> }> {
      const tree = testTree(origin, 40);
      const mark = await place.open(origin);
      await mark.reserve(tree.mark(size), []);
      return { mark, tree };
    }

    test('an origin that was never signed has no mark', async () => {
      expect(await (await place.open(newOrigin())).read('example.com/mark-1')).toBeUndefined();
    });

    test('what was reserved is what everybody reads, and each step needs its consistency proof', async () => {
      const origin = newOrigin();
      const { mark, tree } = await reserved(origin, 3);
      const other = await place.open(origin);
      expect(await other.read(origin)).toEqual(tree.mark(3));
      await other.reserve(tree.mark(7), tree.proof(3, 7));
      expect(await mark.read(origin)).toEqual(tree.mark(7));
      await mark.reserve(tree.mark(40), tree.proof(7, 40));
      expect(await (await place.open(origin)).read(origin)).toEqual(tree.mark(40));
    });

    test('the same size and root again is allowed and changes nothing', async () => {
      const origin = newOrigin();
      const { mark, tree } = await reserved(origin, 9);
      await mark.reserve(tree.mark(9), []);
      await (await place.open(origin)).reserve(tree.mark(9), []);
      expect(await mark.read(origin)).toEqual(tree.mark(9));
    });

    test('a smaller size is refused with both sizes as evidence', async () => {
      const origin = newOrigin();
      const { mark, tree } = await reserved(origin, 9);
      await expect(mark.reserve(tree.mark(8), [])).rejects.toMatchObject({ code: 'ERR_CHAIN_ROLLED_BACK', field: 'size' });
      expect(await mark.read(origin)).toEqual(tree.mark(9));
    });

    test('another history is refused: at the same size, and at a greater one whatever proof comes with it', async () => {
      const origin = newOrigin();
      const { mark, tree } = await reserved(origin, 9);
      const fork = testTree(origin, 40, 7);
      for (const [next, proof] of [
        [fork.mark(9), []],
        [fork.mark(20), fork.proof(9, 20)],
        [fork.mark(20), []],
        [tree.mark(20), []],
        [tree.mark(20), tree.proof(8, 20)],
      ] as const) {
        await expect(mark.reserve(next, proof)).rejects.toMatchObject({ code: 'ERR_CHAIN_FORKED' });
      }
      expect(await mark.read(origin)).toEqual(tree.mark(9));
    });

    test('of several writers that race with two histories, only one history is ever reserved', async () => {
      const origin = newOrigin();
      const trees = [testTree(origin, 40), testTree(origin, 40, 7)];
      const handles = await Promise.all(Array.from({ length: 6 }, () => place.open(origin)));
      const won = (await Promise.allSettled(handles.map((handle, i) => handle.reserve(trees[i % 2]!.mark(5), [])))).map(
        ({ status }) => status === 'fulfilled',
      );
      const winner = won.indexOf(true) % 2;
      expect(won).toEqual(handles.map((_, i) => i % 2 === winner));
      expect(await handles[0]!.read(origin)).toEqual(trees[winner]!.mark(5));
    });

    test('two writers of one history only ever move it forward', async () => {
      const origin = newOrigin();
      const { tree } = await reserved(origin, 1);
      const climb = async (handle: RememberingMark, step: number): Promise<void> => {
        // In the order of one reader: of two answers that are on their way at once either may come first.
        const seen: number[] = [];
        for (let size = 1 + step; size <= 40; size += step) {
          const present = (await handle.read(origin))!.size;
          seen.push(present);
          // The other may have gone on in between: then the proof no longer fits, or the size is behind.
          await handle.reserve(tree.mark(size), tree.proof(present, size)).catch((error: unknown) => {
            expect(error).toMatchObject({ code: expect.stringMatching(/^ERR_CHAIN_(ROLLED_BACK|FORKED)$/) as string });
          });
        }
        expect(seen).toEqual(seen.toSorted((a, b) => a - b));
      };
      await Promise.all([climb(await place.open(origin), 3), climb(await place.open(origin), 4)]);
      expect((await (await place.open(origin)).read(origin))!.size).toBeGreaterThanOrEqual(37);
    });

    test.each(['before', 'after'] as const)(
      'a write that breaks %s it took effect is reported, and the next attempt finds out',
      async (when) => {
        const origin = newOrigin();
        const { mark, tree } = await reserved(origin, 3);
        place.breakNextWrite(when);
        await expect(mark.reserve(tree.mark(5), tree.proof(3, 5))).rejects.toMatchObject({
          code: expect.stringMatching(/^ERR_(MARK_STORE|STORE)$/) as string,
        });
        const present = (await (await place.open(origin)).read(origin))!;
        expect(present).toEqual(tree.mark(when === 'before' ? 3 : 5));
        await mark.reserve(tree.mark(5), tree.proof(present.size, 5));
        await mark.reserve(tree.mark(8), tree.proof(5, 8));
        expect(await (await place.open(origin)).read(origin)).toEqual(tree.mark(8));
      },
    );

    test('the server is remembered beside the mark and stays when the mark moves', async () => {
      const origin = newOrigin();
      const mark = await place.open(origin);
      expect(await mark.server(origin)).toBeUndefined();
      await mark.rememberServer(origin, '7710542312815427626/1');
      expect(await mark.read(origin)).toBeUndefined();
      const tree = testTree(origin, 40);
      await mark.reserve(tree.mark(2), []);
      const other = await place.open(origin);
      expect(await other.server(origin)).toBe('7710542312815427626/1');
      await other.rememberServer(origin, '7710542312815427626/2');
      expect(await mark.read(origin)).toEqual(tree.mark(2));
      expect(await mark.server(origin)).toBe('7710542312815427626/2');
    });

    test('what the caller changes after the call does not count', async () => {
      const origin = newOrigin();
      const tree = testTree(origin, 40);
      const mark = await place.open(origin);
      const next = { ...tree.mark(4), root: tree.mark(4).root.slice() };
      const done = mark.reserve(next, []);
      next.root.fill(0);
      await done;
      expect(await mark.read(origin)).toEqual(tree.mark(4));
    });

    test('a size or root that no tree has is the programmer’s error', async () => {
      const origin = newOrigin();
      const mark = await place.open(origin);
      await expect(mark.reserve({ origin, size: 0, root: new Uint8Array(32) }, [])).rejects.toThrow(RangeError);
      await expect(mark.reserve({ origin, size: 1, root: new Uint8Array(31) }, [])).rejects.toThrow(RangeError);
    });
  });
}
