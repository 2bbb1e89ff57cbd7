import { equalBytes } from '../bytes/compare.ts';
import { hexEncode } from '../bytes/hex.ts';
import { defaultEngine } from '../engine/default.ts';
import type { Engine } from '../engine/engine.ts';
import { checkHash } from './hash.ts';
import { refuse } from '../errors.ts';
import { checkIndex } from './size.ts';
import { Step } from './step.ts';
import { type NodeAt, type NodeId, hashSubtrees, splitPoint, subtreesOf } from './subtree.ts';

/**
 * Lists what an inclusion proof is made of, the leaf's sibling first (RFC 6962 §2.1.1).
 *
 * @param index the leaf, from 0
 * @param size leaves in the tree
 * @returns one entry per hash of the proof: the full subtrees, left to right, whose fold it is; more than one only at the tree's
 *   ragged right edge
 * @throws ProofError ERR_TREE_SIZE, ERR_INDEX
 * @example inclusionPath(0, 3) // [[{ level: 0, index: 1 }], [{ level: 0, index: 2 }]]
 */
export function inclusionPath(index: number, size: number): NodeId[][] {
  checkIndex(index, size);
  const path: NodeId[][] = [];
  let begin = 0;
  let end = size;
  while (end - begin > 1) {
    const middle = begin + splitPoint(end - begin);
    if (index < middle) {
      path.push(subtreesOf(middle, end));
      end = middle;
    } else {
      path.push(subtreesOf(begin, middle));
      begin = middle;
    }
  }
  return path.reverse();
}

/**
 * Makes the proof that leaf `index` is in the tree of `size` leaves (RFC 6962 §2.1.1).
 *
 * @param nodeAt gives the roots of full subtrees
 * @returns at most 53 hashes of 32 bytes, the leaf's sibling first
 * @throws ProofError ERR_TREE_SIZE, ERR_INDEX
 * @example makeInclusion(5, 8, nodeAt)
 */
export function makeInclusion(index: number, size: number, nodeAt: NodeAt, engine: Engine = defaultEngine): Uint8Array[] {
  return inclusionPath(index, size).map((nodes) => hashSubtrees(nodes, nodeAt, engine));
}

/**
 * Computes the root that an inclusion proof leads to (RFC 9162 §2.1.3.2); the caller compares it with a root it trusts.
 *
 * @param index the leaf, from 0
 * @param size leaves in the tree
 * @param leafHash 32 bytes
 * @param proof hashes of 32 bytes, the leaf's sibling first
 * @returns 32 bytes
 * @throws ProofError ERR_TREE_SIZE, ERR_INDEX, ERR_HASH_LENGTH, ERR_PROOF_LENGTH
 * @example rootFromInclusion(0, 1, leafHash, []) // leafHash
 */
export function rootFromInclusion(
  index: number,
  size: number,
  leafHash: Uint8Array,
  proof: readonly Uint8Array[],
  engine: Engine = defaultEngine,
): Uint8Array {
  checkIndex(index, size);
  checkHash(leafHash, 'leafHash');
  const root = Uint8Array.from(leafHash);
  const step = new Step(index, size - 1, proof, 'proof', engine);
  for (const sibling of proof) {
    if (step.next()) step.join(sibling, root, root);
    else step.join(root, sibling, root);
  }
  step.end();
  return root;
}

/**
 * Verifies that the leaf with hash `leafHash` is number `index` of the tree with root `root` (RFC 9162 §2.1.3.2).
 *
 * @param index the leaf, from 0
 * @param size leaves in the tree
 * @param leafHash 32 bytes
 * @param proof hashes of 32 bytes, the leaf's sibling first
 * @param root 32 bytes, from a checkpoint that has been verified
 * @throws ProofError ERR_INCLUSION when the proof leads to another root; ERR_TREE_SIZE, ERR_INDEX, ERR_HASH_LENGTH, ERR_PROOF_LENGTH
 * @example verifyInclusion(17, checkpoint.size, hashLeaf(record), proof.hashes, checkpoint.root)
 */
export function verifyInclusion(
  index: number,
  size: number,
  leafHash: Uint8Array,
  proof: readonly Uint8Array[],
  root: Uint8Array,
  engine: Engine = defaultEngine,
): void {
  checkHash(root, 'root');
  const computed = rootFromInclusion(index, size, leafHash, proof, engine);
  if (equalBytes(computed, root)) return;
  refuse('ERR_INCLUSION', 'root', hexEncode(root), hexEncode(computed));
}
