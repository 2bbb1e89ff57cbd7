import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hexEncode } from '../../src/bytes/hex.ts';
import { engine as portable } from '../../src/engine/portable.ts';
import { inclusionPath, makeInclusion, rootFromInclusion, verifyInclusion } from '../../src/merkle/inclusion.ts';
import { CompactRange } from '../../src/merkle/compact-range.ts';
import { KNOWN_RECORDS, isSame, makeLeaves, oracleNodes } from './leaves.ts';
import { MTH, PATH, leafHash } from './oracle.ts';
import { codeOf, expectRefusal } from './refused.ts';
import { mutations } from './mutations.ts';

const MOST = 130;
const leaves = makeLeaves(MOST);
const roots = Array.from({ length: MOST + 1 }, (_, size) => MTH(leaves.slice(0, size)));

test('the published roots of 1 to 8 leaves', () => {
  const hashes = KNOWN_RECORDS.map(leafHash);
  const known = ['6e340b9c', 'fac54203', 'aeb6bcfe', 'd37ee418', '4e3bbb1f', '76e67dad', 'ddb89be4', '5dc9da79'];
  const ends = ['fa01d', 'c125', 'e77', '14b7', '64d4', '87ef', '4c8c', '4328'];
  for (let size = 1; size <= 8; size++) {
    const range = CompactRange.empty();
    for (const hash of hashes.slice(0, size)) range.append(hash);
    const root = hexEncode(range.root());
    expect(root.startsWith(known[size - 1]!) && root.endsWith(ends[size - 1]!)).toBe(true);
    expect(root).toBe(hexEncode(MTH(hashes.slice(0, size))));
  }
  expect(hexEncode(MTH(hashes))).toBe('5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328');
});

test('every proof in trees of up to 130 leaves is the one RFC 6962 defines, and verifies', () => {
  const wrong: string[] = [];
  for (let size = 1; size <= MOST; size++) {
    const nodeAt = oracleNodes(leaves.slice(0, size));
    for (let index = 0; index < size; index++) {
      const proof = makeInclusion(index, size, nodeAt);
      // The oracle is slow: all of it for small trees, the edges beyond.
      const isCompared = size <= 40 || index % 16 < 2 || index === size - 1;
      if (isCompared && !isSame(proof, PATH(index, leaves.slice(0, size)))) wrong.push(`proof of ${index} in ${size}`);
      const code = codeOf(() => verifyInclusion(index, size, leaves[index]!, proof, roots[size]!));
      if (code !== undefined) wrong.push(`${code} for ${index} in ${size}`);
    }
  }
  expect(wrong).toEqual([]);
});

test('a proof does not verify for any other index or size', () => {
  const wrong: string[] = [];
  const codes = new Set<string>();
  for (const size of [1, 2, 3, 7, 8, 9, 15]) {
    const nodeAt = oracleNodes(leaves.slice(0, size));
    for (let index = 0; index < size; index++) {
      const proof = makeInclusion(index, size, nodeAt);
      for (let other = 0; other < size + 3; other++) {
        for (let otherSize = 0; otherSize < size + 3; otherSize++) {
          if (other === index && otherSize === size) continue;
          const code = codeOf(() => verifyInclusion(other, otherSize, leaves[index]!, proof, roots[size]!));
          // Appending leaves on the right can leave a proof's shape as it was: then, and only then, another size gives the same root.
          if (code !== undefined) codes.add(code);
          else if (!sameShape(other, otherSize, index, size)) wrong.push(`${index} in ${size} for ${other} in ${otherSize}`);
        }
      }
    }
  }
  expect(wrong).toEqual([]);
  expect([...codes].sort()).toEqual(['ERR_INCLUSION', 'ERR_INDEX', 'ERR_PROOF_LENGTH']);
});

/** The proof's turns, left or right, from the leaf up: what the walk does with an index and a size. */
function shape(index: number, size: number): string {
  return inclusionPath(index, size)
    .map(([node]) => (node!.index * 2 ** node!.level <= index ? 'L' : 'R'))
    .join('');
}
const sameShape = (index: number, size: number, other: number, otherSize: number): boolean =>
  shape(index, size) === shape(other, otherSize);

describe('mutated proofs', () => {
  test.each(mutations)('%s is refused', (_, mutate) => {
    for (const size of [1, 2, 3, 5, 8, 13, 64, 100]) {
      const nodeAt = oracleNodes(leaves.slice(0, size));
      for (const index of new Set([0, Math.floor(size / 2), size - 1])) {
        const proof = makeInclusion(index, size, nodeAt);
        for (const mutated of mutate(proof)) {
          expectRefusal(
            () => verifyInclusion(index, size, leaves[index]!, mutated, roots[size]!),
            'ERR_INCLUSION',
            'ERR_PROOF_LENGTH',
            'ERR_HASH_LENGTH',
          );
        }
      }
    }
  });

  test('another leaf or another root is refused', () => {
    const proof = makeInclusion(5, 13, oracleNodes(leaves.slice(0, 13)));
    expectRefusal(() => verifyInclusion(5, 13, leaves[6]!, proof, roots[13]!), 'ERR_INCLUSION');
    expectRefusal(() => verifyInclusion(5, 13, leaves[5]!, proof, roots[12]!), 'ERR_INCLUSION');
    expectRefusal(() => verifyInclusion(5, 13, leaves[5]!.subarray(1), proof, roots[13]!), 'ERR_HASH_LENGTH');
    expectRefusal(() => verifyInclusion(5, 13, leaves[5]!, proof, new Uint8Array(0)), 'ERR_HASH_LENGTH');
  });

  test('an interior node does not pass for a leaf', () => {
    // CVE-2012-2459 and its kin: the pair (0, 1) given as "leaf 0" of the tree with half as many leaves.
    const nodeAt = oracleNodes(leaves.slice(0, 8));
    const proof = makeInclusion(0, 8, nodeAt);
    expectRefusal(() => verifyInclusion(0, 8, nodeAt(1, 0), proof.slice(1), roots[8]!), 'ERR_PROOF_LENGTH');
    // The size is what gives it away: a verifier that trusted a wrong size would accept.
    expect(rootFromInclusion(0, 4, nodeAt(1, 0), proof.slice(1))).toEqual(roots[8]);
  });

  test('a proof of any length is refused in bounded time', () => {
    const proof = Array.from({ length: 1_000_000 }, () => roots[1]!);
    expectRefusal(() => verifyInclusion(0, 2 ** 53 - 1, leaves[0]!, proof, roots[1]!), 'ERR_PROOF_LENGTH');
  });
});

test('sizes and indexes up to 2^53 - 1 walk as far as they should', () => {
  const top = 2 ** 53 - 1;
  for (const [index, size] of [
    [0, top],
    [2 ** 31, 2 ** 31 + 1],
    [2 ** 32 - 1, 2 ** 32],
    [2 ** 32, 2 ** 33 - 5],
    [top - 1, top],
    [2 ** 52, top],
  ] as const) {
    const proof = inclusionPath(index, size).map((_, i) => leaves[i]!);
    const root = rootFromInclusion(index, size, leaves[100]!, proof);
    expect(root).toEqual(naiveWalk(index, size, leaves[100]!, proof));
    expect(rootFromInclusion(index, size, leaves[100]!, proof, portable)).toEqual(root);
    expectRefusal(() => rootFromInclusion(index, size, leaves[100]!, proof.slice(1)), 'ERR_PROOF_LENGTH');
    expectRefusal(() => rootFromInclusion(index, size, leaves[100]!, [...proof, leaves[99]!]), 'ERR_PROOF_LENGTH');
  }
  expectRefusal(() => rootFromInclusion(0, 2 ** 53, leaves[0]!, []), 'ERR_TREE_SIZE');
  expectRefusal(() => rootFromInclusion(2 ** 53, 2 ** 53 + 2, leaves[0]!, []), 'ERR_TREE_SIZE');
});

/** From the top down, by the definition of PATH: which sibling stands left. */
function naiveWalk(index: number, size: number, leaf: Uint8Array, proof: readonly Uint8Array[]): Uint8Array {
  if (size === 1) return leaf;
  let k = 1;
  while (k * 2 < size) k *= 2;
  const rest = proof.slice(0, -1);
  const sibling = proof.at(-1)!;
  if (index < k) return MTH([naiveWalk(index, k, leaf, rest), sibling]);
  return MTH([sibling, naiveWalk(index - k, size - k, leaf, rest)]);
}

test('random trees of up to 3,000 leaves: the proof is the oracle’s and both engines accept it', () => {
  const many = makeLeaves(3000);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3000 }), fc.nat(), (size, seed) => {
      const index = seed % size;
      const tree = many.slice(0, size);
      const proof = makeInclusion(index, size, oracleNodes(tree));
      expect(isSame(proof, PATH(index, tree))).toBe(true);
      const root = MTH(tree);
      verifyInclusion(index, size, tree[index]!, proof, root);
      verifyInclusion(index, size, tree[index]!, proof, root, portable);
    }),
    { numRuns: 12 },
  );
});

test('what is handed in is left as it was', () => {
  const proof = makeInclusion(5, 13, oracleNodes(leaves.slice(0, 13)));
  const before = structuredClone([proof, leaves[5], roots[13]]);
  verifyInclusion(5, 13, leaves[5]!, proof, roots[13]!);
  expect([proof, leaves[5], roots[13]]).toEqual(before);
});
