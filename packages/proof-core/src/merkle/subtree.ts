import { defaultEngine } from '../engine/default.ts';
import type { Engine } from '../engine/engine.ts';
import { HASH_LENGTH } from './hash.ts';

/** A full subtree: the 2^level leaves from `index` × 2^level on. Level 0 is the leaf hashes. */
export interface NodeId {
  readonly level: number;
  readonly index: number;
}

/**
 * Gives the 32-byte root of the full subtree of 2^level leaves at `index` (leaves `index` × 2^level and on).
 *
 * It is asked only for subtrees that lie wholly inside the tree.
 */
export type NodeAt = (level: number, index: number) => Uint8Array;

/**
 * The largest power of two smaller than `count`: where RFC 6962 §2.1 splits a tree of `count` leaves.
 *
 * @param count 2 or more
 * @example splitPoint(6) // 4
 */
export function splitPoint(count: number): number {
  const power = largestPower(count);
  return power === count ? power / 2 : power;
}

/**
 * The largest power of two that is at most `count`; exact up to 2^53.
 *
 * @param count 1 or more
 * @example largestPower(6) // 4
 */
export function largestPower(count: number): number {
  return 2 ** floorLog2(count);
}

/**
 * The exponent of the largest power of two that is at most `count`; exact up to 2^53.
 *
 * @param count 1 or more
 * @example floorLog2(6) // 2
 */
export function floorLog2(count: number): number {
  const high = Math.floor(count / 2 ** 32);
  // clz32 on each half: Math.log2 is not exact near large powers of two.
  return high > 0 ? 63 - Math.clz32(high) : 31 - Math.clz32(count);
}

/**
 * How often two divides `count`; exact up to 2^53.
 *
 * @param count 1 or more
 * @example trailingZeros(12) // 2
 */
export function trailingZeros(count: number): number {
  let zeros = 0;
  while (count % 2 === 0) {
    count /= 2;
    zeros++;
  }
  return zeros;
}

/**
 * The full subtrees that together cover leaves [begin, end) of a subtree that starts at `begin`, left to right, largest first.
 *
 * @param begin a multiple of the smallest power of two that is at least `end - begin`
 * @returns at most 53 subtrees
 * @example subtreesOf(0, 6) // [{ level: 2, index: 0 }, { level: 1, index: 2 }]
 */
export function subtreesOf(begin: number, end: number): NodeId[] {
  const nodes: NodeId[] = [];
  for (let at = begin; at < end;) {
    const level = floorLog2(end - at);
    nodes.push({ level, index: at / 2 ** level });
    at += 2 ** level;
  }
  return nodes;
}

/**
 * Folds the full subtrees of a subtree with a ragged right edge into its root, from right to left (RFC 6962 §2.1).
 *
 * @param hashes `count` × 32 bytes, left to right; overwritten
 * @param count 1 or more
 * @returns 32 bytes, a view of the start of `hashes`
 * @example foldRight(concatBytes(left, middle, right), 3) // H(left, H(middle, right))
 */
export function foldRight(hashes: Uint8Array, count: number, engine: Engine = defaultEngine): Uint8Array {
  for (let i = count - 2; i >= 0; i--) engine.nodeInto(hashes, i * HASH_LENGTH, hashes, i * HASH_LENGTH);
  return hashes.subarray(0, HASH_LENGTH);
}

/**
 * The root of the subtree that `nodes` cover together, as `subtreesOf` lists them.
 *
 * @param nodes full subtrees, left to right
 * @param nodeAt gives their roots, 32 bytes each
 * @returns 32 bytes
 * @example hashSubtrees(subtreesOf(0, size), nodeAt) // the root of the tree
 */
export function hashSubtrees(nodes: readonly NodeId[], nodeAt: NodeAt, engine: Engine = defaultEngine): Uint8Array {
  const hashes = new Uint8Array(nodes.length * HASH_LENGTH);
  nodes.forEach((node, i) => hashes.set(nodeAt(node.level, node.index), i * HASH_LENGTH));
  return foldRight(hashes, nodes.length, engine);
}
