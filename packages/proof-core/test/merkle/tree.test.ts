import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { concatBytes } from '../../src/bytes/compare.ts';
import { engine as portable } from '../../src/engine/portable.ts';
import { CompactRange } from '../../src/merkle/compact-range.ts';
import { verifyConsistency } from '../../src/merkle/consistency.ts';
import { verifyInclusion } from '../../src/merkle/inclusion.ts';
import { TreeView } from '../../src/merkle/tree.ts';
import { isSame, makeLeaves } from './leaves.ts';
import { MTH, PATH, PROOF } from './oracle.ts';
import { expectRefusal } from './refused.ts';

const leaves = makeLeaves(600);
const flat = concatBytes(...leaves);

function view(base: number, size: number): TreeView {
  const frontier = CompactRange.empty();
  frontier.appendMany(flat, base);
  return new TreeView(frontier, flat.subarray(base * 32, size * 32));
}

test('every view of every tree of up to 34 leaves gives the oracle’s roots and proofs', () => {
  const wrong: string[] = [];
  for (let size = 0; size <= 34; size++) {
    const tree = leaves.slice(0, size);
    const root = MTH(tree);
    const paths = tree.map((_, index) => PATH(index, tree));
    const proofs = tree.map((_, from) => PROOF(from + 1, tree));
    for (let base = 0; base <= size; base++) {
      const part = view(base, size);
      if (!isSame([part.root()], [root])) wrong.push(`root of ${base}..${size}`);
      for (let index = base; index < size; index++) {
        if (!isSame(part.inclusionProof(index), paths[index]!)) wrong.push(`inclusion of ${index} in ${base}..${size}`);
      }
      for (let from = Math.max(base, 1); from <= size; from++) {
        if (!isSame(part.consistencyProof(from), proofs[from - 1]!)) wrong.push(`consistency of ${from} in ${base}..${size}`);
      }
    }
  }
  expect(wrong).toEqual([]);
});

test('a view answers for every size between its base and its own', () => {
  const part = view(5, 21);
  for (let size = 5; size <= 21; size++) {
    const tree = leaves.slice(0, size);
    expect(part.root(size)).toEqual(MTH(tree));
    expect(part.range(size).root()).toEqual(MTH(tree));
    for (let index = 5; index < size; index++) expect(part.inclusionProof(index, size)).toEqual(PATH(index, tree));
    for (let from = 5; from <= size; from++) expect(part.consistencyProof(from, size)).toEqual(PROOF(from, tree));
  }
});

test('batch after batch, from view to view, every proof verifies', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 120 }), { minLength: 1, maxLength: 5 }), (batches) => {
      let range = CompactRange.empty();
      for (const count of batches) {
        const base = range.size;
        const part = new TreeView(range, flat.subarray(base * 32, (base + count) * 32));
        for (let index = base; index < part.size; index++) {
          verifyInclusion(index, part.size, leaves[index]!, part.inclusionProof(index), part.root());
        }
        if (base > 0) verifyConsistency(base, range.root(), part.size, part.root(), part.consistencyProof());
        range = part.range();
      }
      return isSame([range.root()], [MTH(leaves.slice(0, range.size))]);
    }),
    { numRuns: 20 },
  );
});

test('both engines give the same view', () => {
  const frontier = CompactRange.empty();
  frontier.appendMany(flat, 77);
  const other = new TreeView(frontier, flat.subarray(77 * 32, 200 * 32), portable);
  expect(other.root()).toEqual(view(77, 200).root());
  expect(other.inclusionProof(100)).toEqual(view(77, 200).inclusionProof(100));
});

test('a frontier beyond 2^32 leaves is extended like a small one', () => {
  const size = 2 ** 40 + 2 ** 33 + 3;
  const frontier = CompactRange.from(size, leaves.slice(0, 4));
  const part = new TreeView(frontier, flat.subarray(0, 9 * 32));
  for (let i = 0; i < 9; i++) verifyInclusion(size + i, part.size, leaves[i]!, part.inclusionProof(size + i), part.root());
  verifyConsistency(size, frontier.root(), part.size, part.root(), part.consistencyProof());
});

test('what the view does not know is the caller’s mistake, never a wrong proof', () => {
  const part = view(10, 20);
  expect(() => part.nodeAt(0, 3)).toThrow(RangeError);
  expect(() => part.nodeAt(0, 20)).toThrow(RangeError);
  expect(() => part.nodeAt(0, 10.5)).toThrow(RangeError);
  expect(() => part.nodeAt(5, 0)).toThrow(RangeError);
  expect(() => part.nodeAt(-1, 0)).toThrow(RangeError);
  expect(() => part.inclusionProof(9)).toThrow(RangeError);
  expect(() => part.root(9)).toThrow(RangeError);
  expect(() => part.root(21)).toThrow(RangeError);
  expect(() => part.consistencyProof(9)).toThrow(RangeError);
  expectRefusal(() => part.inclusionProof(20), 'ERR_INDEX');
  expectRefusal(() => view(0, 5).consistencyProof(), 'ERR_TREE_SIZE');
  expect(() => new TreeView(CompactRange.empty(), new Uint8Array(33))).toThrow(RangeError);
  expect(() => new TreeView(CompactRange.empty(4), new Uint8Array(32))).toThrow(RangeError);
});

test('the view keeps copies: neither its inputs nor its answers can change it', () => {
  const bytes = flat.slice(0, 20 * 32);
  const frontier = CompactRange.empty();
  frontier.appendMany(flat, 10);
  const part = new TreeView(frontier, bytes.subarray(10 * 32));
  bytes.fill(0);
  frontier.append(leaves[0]!);
  part.inclusionProof(15)[0]!.fill(0);
  part.nodeAt(0, 15).fill(0);
  part.root().fill(0);
  expect(part.root()).toEqual(MTH(leaves.slice(0, 20)));
  expect(part.inclusionProof(15)).toEqual(PATH(15, leaves.slice(0, 20)));
});
