import { equalBytes } from '../bytes/compare.ts';
import { hexEncode } from '../bytes/hex.ts';
import { defaultEngine } from '../engine/default.ts';
import type { Engine } from '../engine/engine.ts';
import { checkHash } from './hash.ts';
import { refuse } from '../errors.ts';
import { checkSize } from './size.ts';
import { Step } from './step.ts';
import { type NodeAt, type NodeId, hashSubtrees, largestPower, splitPoint, subtreesOf } from './subtree.ts';

export type { NodeAt, NodeId } from './subtree.ts';

/**
 * Lists what a consistency proof is made of, in the order of the proof (RFC 6962 §2.1.2).
 *
 * @param size1 leaves in the older tree, 1 or more
 * @param size2 leaves in the newer tree, at least `size1`
 * @returns one entry per hash of the proof: the full subtrees, left to right, whose fold it is
 * @throws ProofError ERR_TREE_SIZE
 * @example consistencyPath(1, 2) // [[{ level: 0, index: 1 }]]
 */
export function consistencyPath(size1: number, size2: number): NodeId[][] {
  checkSizes(size1, size2);
  const path: NodeId[][] = [];
  let begin = 0;
  let end = size2;
  while (end !== size1) {
    const middle = begin + splitPoint(end - begin);
    if (size1 <= middle) {
      path.push(subtreesOf(middle, end));
      end = middle;
    } else {
      path.push(subtreesOf(begin, middle));
      begin = middle;
    }
  }
  // The verifier has root 1 itself: when the older tree is one full subtree, its hash is left out.
  if (begin !== 0) path.push(subtreesOf(begin, end));
  return path.reverse();
}

/**
 * Makes the proof that the tree of `size2` leaves begins with the tree of `size1` leaves (RFC 6962 §2.1.2).
 *
 * @param size1 leaves in the older tree, 1 or more
 * @param size2 leaves in the newer tree, at least `size1`
 * @param nodeAt gives the roots of full subtrees
 * @returns hashes of 32 bytes; none when the sizes are equal
 * @throws ProofError ERR_TREE_SIZE
 * @example makeConsistency(3, 7, nodeAt)
 */
export function makeConsistency(size1: number, size2: number, nodeAt: NodeAt, engine: Engine = defaultEngine): Uint8Array[] {
  return consistencyPath(size1, size2).map((nodes) => hashSubtrees(nodes, nodeAt, engine));
}

/**
 * Verifies that the newer tree begins with every leaf of the older one (RFC 9162 §2.1.4.2).
 *
 * @param size1 leaves in the older tree, 1 or more: every tree is consistent with the empty one, so size 0 proves nothing
 * @param root1 32 bytes, of the older tree
 * @param size2 leaves in the newer tree, at least `size1`
 * @param root2 32 bytes, of the newer tree
 * @param proof hashes of 32 bytes; none when the sizes are equal
 * @throws ProofError ERR_CONSISTENCY when the proof does not connect the roots; ERR_TREE_SIZE, ERR_HASH_LENGTH, ERR_PROOF_LENGTH
 * @example verifyConsistency(seen.size, seen.root, next.size, next.root, proof)
 */
export function verifyConsistency(
  size1: number,
  root1: Uint8Array,
  size2: number,
  root2: Uint8Array,
  proof: readonly Uint8Array[],
  engine: Engine = defaultEngine,
): void {
  checkSizes(size1, size2);
  checkHash(root1, 'root1');
  checkHash(root2, 'root2');
  const step = new Step(size1 - 1, size2 - 1, proof, 'proof', engine);
  if (size1 === size2) {
    if (proof.length > 0) refuse('ERR_PROOF_LENGTH', 'proof', 'no hash between equal sizes', proof.length);
    return compare('root2', root2, root1);
  }
  if (proof.length === 0) refuse('ERR_PROOF_LENGTH', 'proof', 'more hashes', 0);

  const isPower = largestPower(size1) === size1;
  const first = isPower ? root1 : proof[0]!;
  const older = Uint8Array.from(first);
  const newer = Uint8Array.from(first);
  step.skipRight();
  for (let i = isPower ? 0 : 1; i < proof.length; i++) {
    const hash = proof[i]!;
    if (step.next()) {
      step.join(hash, older, older);
      step.join(hash, newer, newer);
    } else step.join(newer, hash, newer);
  }
  step.end();
  compare('root1', root1, older);
  compare('root2', root2, newer);
}

function checkSizes(size1: number, size2: number): void {
  checkSize(size1, 'size1');
  checkSize(size2, 'size2');
  if (size1 > 0 && size1 <= size2) return;
  refuse('ERR_TREE_SIZE', 'size1', `a size from 1 to ${size2}`, size1);
}

function compare(field: string, root: Uint8Array, computed: Uint8Array): void {
  if (equalBytes(root, computed)) return;
  refuse('ERR_CONSISTENCY', field, hexEncode(root), hexEncode(computed));
}
