import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { judgeMark } from '../../src/note/mark.ts';
import type { Mark } from '../../src/ports.ts';
import { MTH, PROOF, leafHash } from '../merkle/oracle.ts';

const MOST = 40;
/** A log that has the first `shared` of its records in common with the others. */
function log(shared: number): { mark: (size: number) => Mark; proof: (from: number, to: number) => Uint8Array[] } {
  const records = Array.from({ length: MOST }, (_, i) => leafHash(Uint8Array.of(i, i < shared ? 0 : 1)));
  return {
    mark: (size) => ({ origin: 'example.com/log', size, root: MTH(records.slice(0, size)) }),
    proof: (from, to) => PROOF(from, records.slice(0, to)),
  };
}
const honest = log(MOST);

test('the mark moves along one log, stays where it is, and goes nowhere else', () => {
  const size = fc.integer({ min: 1, max: MOST });
  fc.assert(
    fc.property(size, size, fc.nat({ max: MOST - 1 }), (from, to, shared) => {
      const proof = from < to ? honest.proof(from, to) : [];
      const kind = to < from ? 'smaller' : to === from ? 'stays' : 'moves';
      expect(judgeMark(honest.mark(from), honest.mark(to), proof).kind).toBe(kind);
      const fork = log(shared);
      const forked = to < from ? 'smaller' : to <= shared ? kind : shared >= from && to > from ? 'moves' : 'forked';
      expect(judgeMark(honest.mark(from), fork.mark(to), from < to ? fork.proof(from, to) : []).kind).toBe(forked);
      if (from < to) expect(judgeMark(honest.mark(from), honest.mark(to), proof.slice(1)).kind).toBe('forked');
    }),
    { numRuns: 200 },
  );
});

test('the first mark may be anywhere', () => {
  expect(judgeMark(undefined, honest.mark(7), [])).toEqual({ kind: 'moves' });
});

test('a fork says why the proof does not hold', () => {
  const step = judgeMark(honest.mark(3), honest.mark(5), []);
  expect(step).toMatchObject({ kind: 'forked', cause: { code: 'ERR_PROOF_LENGTH' } });
});

test('what is no mark, or another log’s, is the programmer’s error', () => {
  for (const size of [0, -1, 1.5, Number.NaN, 2 ** 53])
    expect(() => judgeMark(undefined, { ...honest.mark(1), size }, [])).toThrow(RangeError);
  expect(() => judgeMark(undefined, { ...honest.mark(1), root: new Uint8Array(31) }, [])).toThrow(RangeError);
  expect(() => judgeMark(honest.mark(1), { ...honest.mark(1), origin: 'example.com/other' }, [])).toThrow(TypeError);
});
