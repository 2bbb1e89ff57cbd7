import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { engine as portable } from '../../src/engine/portable.ts';
import { consistencyPath, makeConsistency, verifyConsistency } from '../../src/merkle/consistency.ts';
import { isSame, makeLeaves, oracleNodes } from './leaves.ts';
import { mutations } from './mutations.ts';
import { MTH, PROOF } from './oracle.ts';
import { codeOf, expectRefusal } from './refused.ts';

const MOST = 130;
const leaves = makeLeaves(MOST);
const roots = Array.from({ length: MOST + 1 }, (_, size) => MTH(leaves.slice(0, size)));

test('every proof between trees of up to 130 leaves is the one RFC 6962 defines, and verifies', () => {
  const wrong: string[] = [];
  for (let size2 = 1; size2 <= MOST; size2++) {
    const nodeAt = oracleNodes(leaves.slice(0, size2));
    for (let size1 = 1; size1 <= size2; size1++) {
      const proof = makeConsistency(size1, size2, nodeAt);
      const isCompared = size2 <= 40 || size1 % 16 < 2 || size1 >= size2 - 1;
      if (isCompared && !isSame(proof, PROOF(size1, leaves.slice(0, size2)))) wrong.push(`proof from ${size1} to ${size2}`);
      const code = codeOf(() => verifyConsistency(size1, roots[size1]!, size2, roots[size2]!, proof));
      if (code !== undefined) wrong.push(`${code} from ${size1} to ${size2}`);
    }
  }
  expect(wrong).toEqual([]);
});

test('a proof does not connect any two other sizes or roots', () => {
  const wrong: string[] = [];
  const codes = new Set<string>();
  for (const [size1, size2] of [
    [1, 2],
    [2, 3],
    [3, 7],
    [4, 8],
    [6, 8],
    [7, 33],
    [32, 33],
  ] as const) {
    const proof = makeConsistency(size1, size2, oracleNodes(leaves.slice(0, size2)));
    for (let other1 = 0; other1 <= 40; other1++) {
      for (let other2 = 0; other2 <= 40; other2++) {
        if (other1 === size1 && other2 === size2) continue;
        const code = codeOf(() => verifyConsistency(other1, roots[other1]!, other2, roots[other2]!, proof));
        if (code === undefined) wrong.push(`${size1}..${size2} for ${other1}..${other2}`);
        else codes.add(code);
      }
    }
  }
  expect(wrong).toEqual([]);
  expect([...codes].sort()).toEqual(['ERR_CONSISTENCY', 'ERR_PROOF_LENGTH', 'ERR_TREE_SIZE']);
});

describe('mutated proofs', () => {
  test.each(mutations)('%s is refused', (_, mutate) => {
    for (const [size1, size2] of [
      [1, 2],
      [1, 8],
      [3, 7],
      [4, 7],
      [6, 8],
      [8, 9],
      [63, 100],
      [64, 100],
      [99, 100],
      [100, 100],
    ] as const) {
      const proof = makeConsistency(size1, size2, oracleNodes(leaves.slice(0, size2)));
      for (const mutated of mutate(proof)) {
        expectRefusal(
          () => verifyConsistency(size1, roots[size1]!, size2, roots[size2]!, mutated),
          'ERR_CONSISTENCY',
          'ERR_PROOF_LENGTH',
          'ERR_HASH_LENGTH',
        );
      }
    }
  });

  test('swapped or foreign roots are refused', () => {
    const proof = makeConsistency(6, 8, oracleNodes(leaves.slice(0, 8)));
    expectRefusal(() => verifyConsistency(6, roots[8]!, 8, roots[6]!, proof), 'ERR_CONSISTENCY');
    expectRefusal(() => verifyConsistency(6, roots[5]!, 8, roots[8]!, proof), 'ERR_CONSISTENCY');
    expectRefusal(() => verifyConsistency(6, roots[6]!, 8, roots[9]!, proof), 'ERR_CONSISTENCY');
    expectRefusal(() => verifyConsistency(8, roots[8]!, 8, roots[7]!, []), 'ERR_CONSISTENCY');
    expectRefusal(() => verifyConsistency(8, roots[8]!, 8, roots[8]!, [roots[8]!]), 'ERR_PROOF_LENGTH');
    expectRefusal(() => verifyConsistency(6, roots[6]!.subarray(1), 8, roots[8]!, proof), 'ERR_HASH_LENGTH');
  });

  test('a fork is refused: the same size 6 grown in two ways', () => {
    const other = [...leaves.slice(0, 5), leaves[100]!, ...leaves.slice(6, 8)];
    const proof = makeConsistency(6, 8, oracleNodes(other));
    expectRefusal(() => verifyConsistency(6, roots[6]!, 8, MTH(other), proof), 'ERR_CONSISTENCY');
  });
});

test('a proof from size 0, or to a smaller size, is refused: it would prove nothing', () => {
  expectRefusal(() => verifyConsistency(0, roots[0]!, 8, roots[8]!, []), 'ERR_TREE_SIZE');
  expectRefusal(() => verifyConsistency(0, roots[0]!, 0, roots[0]!, []), 'ERR_TREE_SIZE');
  expectRefusal(() => verifyConsistency(9, roots[9]!, 8, roots[8]!, []), 'ERR_TREE_SIZE');
  expectRefusal(() => consistencyPath(0, 8), 'ERR_TREE_SIZE');
});

test('sizes up to 2^53 - 1 walk as far as they should', () => {
  const top = 2 ** 53 - 1;
  for (const [size1, size2] of [
    [1, top],
    [2 ** 31, 2 ** 31 + 1],
    [2 ** 32 - 1, 2 ** 32],
    [2 ** 32, 2 ** 33 - 5],
    [2 ** 32 + 1, 2 ** 40 + 12345],
    [top - 1, top],
    [2 ** 52, top],
  ] as const) {
    const proof = consistencyPath(size1, size2).map((_, i) => leaves[i]!);
    const root1 = naiveRoot(size1, size1, size2, proof, leaves[120]!, true);
    const root2 = naiveRoot(size2, size1, size2, proof, leaves[120]!, true);
    for (const engine of [undefined, portable]) {
      expect(codeOf(() => verifyConsistency(size1, root1, size2, root2, proof, engine))).toBeUndefined();
      expectRefusal(() => verifyConsistency(size1, root1, size2, root2, proof.slice(1), engine), 'ERR_PROOF_LENGTH', 'ERR_CONSISTENCY');
      expectRefusal(() => verifyConsistency(size1, root1, size2, root2, [...proof, leaves[99]!], engine), 'ERR_PROOF_LENGTH');
    }
  }
  expectRefusal(() => verifyConsistency(1, roots[1]!, 2 ** 53, roots[1]!, []), 'ERR_TREE_SIZE');
});

/**
 * Reads SUBPROOF backwards: the root of the older (`of` = m) or newer (`of` = n) tree that a proof of made-up hashes stands for.
 * `known` is what the older root is when the proof leaves it out.
 */
function naiveRoot(of: number, m: number, n: number, proof: readonly Uint8Array[], known: Uint8Array, b: boolean): Uint8Array {
  if (m === n) return b ? known : proof[0]!;
  let k = 1;
  while (k * 2 < n) k *= 2;
  const rest = proof.slice(0, -1);
  const last = proof.at(-1)!;
  if (m <= k) {
    const left = naiveRoot(Math.min(of, k), m, k, rest, known, b);
    return of <= k ? left : MTH([left, last]);
  }
  return MTH([last, naiveRoot(of - k, m - k, n - k, rest, known, false)]);
}

test('random trees of up to 3,000 leaves: the proof is the oracle’s and both engines accept it', () => {
  const many = makeLeaves(3000);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3000 }), fc.nat(), (size2, seed) => {
      const size1 = 1 + (seed % size2);
      const tree = many.slice(0, size2);
      const proof = makeConsistency(size1, size2, oracleNodes(tree));
      const root1 = MTH(many.slice(0, size1));
      const root2 = MTH(tree);
      verifyConsistency(size1, root1, size2, root2, proof);
      verifyConsistency(size1, root1, size2, root2, proof, portable);
      return isSame(proof, PROOF(size1, tree));
    }),
    { numRuns: 12 },
  );
});
