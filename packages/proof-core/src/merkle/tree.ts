import { defaultEngine } from '../engine/default.ts';
import type { Engine } from '../engine/engine.ts';
import { CompactRange } from './compact-range.ts';
import { makeConsistency } from './consistency.ts';
import { EMPTY_ROOT, HASH_LENGTH } from './hash.ts';
import { makeInclusion } from './inclusion.ts';
import { checkIndex } from './size.ts';
import { hashSubtrees, subtreesOf } from './subtree.ts';

/** The nodes of one level that the view knows: flat, from index `first` on; `first` is even. */
interface Level {
  readonly first: number;
  readonly count: number;
  readonly hashes: Uint8Array;
}

/**
 * A tree whose first `base` leaves are known by their compact range alone and the rest by their leaf hashes: what a batch, a
 * segment or a whole small log needs to compute roots and proofs. Every interior node is hashed once, when the view is made.
 *
 * It answers for every tree size from `base` to `size`, and for every leaf from `base` on: the nodes left of these that a proof
 * needs are exactly those of the compact range.
 *
 * @example
 * const view = new TreeView(CompactRange.empty(), leafHashes);
 * verifyInclusion(0, view.size, leafHashes.subarray(0, 32), view.inclusionProof(0), view.root());
 */
export class TreeView {
  /** Leaves that are known by their compact range alone. */
  readonly base: number;
  /** Leaves in the tree. */
  readonly size: number;
  readonly #levels: readonly Level[];
  readonly #engine: Engine;

  /**
   * @param frontier the compact range of [0, base); copied
   * @param leaves the leaf hashes of [base, size), 32 bytes each, flat; copied
   * @throws RangeError when `frontier` does not begin at 0 or `leaves` is not whole hashes
   */
  constructor(frontier: CompactRange, leaves: Uint8Array, engine: Engine = defaultEngine) {
    if (frontier.begin !== 0) throw new RangeError(`frontier: expected a range that begins at 0, got ${frontier.begin}`);
    if (leaves.length % HASH_LENGTH !== 0) {
      throw new RangeError(`leaves: expected whole hashes of ${HASH_LENGTH} bytes, got ${leaves.length} bytes`);
    }
    this.base = frontier.size;
    this.size = this.base + leaves.length / HASH_LENGTH;
    this.#engine = engine;
    this.#levels = buildLevels(frontier, leaves, this.size, engine);
  }

  /**
   * The root of the full subtree of 2^level leaves at `index`: a copy of 32 bytes.
   *
   * @throws RangeError when the view does not know it
   * @example view.nodeAt(0, 5) // the hash of leaf 5
   */
  readonly nodeAt = (level: number, index: number): Uint8Array => {
    const known = this.#levels[level];
    const at = known === undefined ? -1 : index - known.first;
    if (known === undefined || !Number.isInteger(at) || at < 0 || at >= known.count) {
      throw new RangeError(`node ${level}/${index} is not in the view of leaves ${this.base} to ${this.size}`);
    }
    return known.hashes.slice(at * HASH_LENGTH, (at + 1) * HASH_LENGTH);
  };

  /**
   * The root of the tree (RFC 6962 §2.1).
   *
   * @param size leaves, from `base` to `size`; all of them when absent
   * @returns 32 bytes
   * @throws RangeError for another size
   * @example view.root()
   */
  root(size: number = this.size): Uint8Array {
    this.#checkSize(size);
    if (size === 0) return EMPTY_ROOT.slice();
    return hashSubtrees(subtreesOf(0, size), this.nodeAt, this.#engine);
  }

  /**
   * The compact range of the tree: the frontier of the next view.
   *
   * @param size leaves, from `base` to `size`; all of them when absent
   * @throws RangeError for another size
   * @example new TreeView(view.range(), nextLeaves)
   */
  range(size: number = this.size): CompactRange {
    this.#checkSize(size);
    return CompactRange.from(
      size,
      subtreesOf(0, size).map((node) => this.nodeAt(node.level, node.index)),
    );
  }

  /**
   * The proof that leaf `index` is in the tree (RFC 6962 §2.1.1).
   *
   * @param index `base` or more
   * @param size leaves, above `index` and at most `size`; all of them when absent
   * @returns hashes of 32 bytes, the leaf's sibling first
   * @throws ProofError ERR_INDEX; RangeError for an index or size that the view does not know
   * @example view.inclusionProof(17)
   */
  inclusionProof(index: number, size: number = this.size): Uint8Array[] {
    this.#checkSize(size);
    checkIndex(index, size);
    if (index < this.base) throw new RangeError(`index: expected ${this.base} or more, got ${index}`);
    return makeInclusion(index, size, this.nodeAt, this.#engine);
  }

  /**
   * The proof that the tree begins with an older one (RFC 6962 §2.1.2).
   *
   * @param from leaves of the older tree, from `base` (the default) to `to`; 1 or more
   * @param to leaves of the newer tree; all of them when absent
   * @returns hashes of 32 bytes; none when the sizes are equal
   * @throws ProofError ERR_TREE_SIZE for size 0; RangeError for a size that the view does not know
   * @example view.consistencyProof() // from the frontier to the whole
   */
  consistencyProof(from: number = this.base, to: number = this.size): Uint8Array[] {
    this.#checkSize(from);
    this.#checkSize(to);
    return makeConsistency(from, to, this.nodeAt, this.#engine);
  }

  #checkSize(size: number): void {
    if (!Number.isSafeInteger(size) || size < this.base || size > this.size) {
      throw new RangeError(`size: expected ${this.base} to ${this.size}, got ${size}`);
    }
  }
}

/**
 * Level by level: the frontier's node of a level, where it has one, is the left sibling of the first node that the leaves make
 * there, so every level starts at an even index and pairs up without a rest on the left.
 */
function buildLevels(frontier: CompactRange, leaves: Uint8Array, size: number, engine: Engine): Level[] {
  const peaks = frontier.hashes;
  const levels: Level[] = [];
  let below = leaves;
  let fresh = leaves.length / HASH_LENGTH;
  for (let width = 1; width <= size; width *= 2) {
    const first = 2 * Math.floor(frontier.size / width / 2);
    const peak = Math.floor(frontier.size / width) > first ? peaks.pop() : undefined;
    const lead = peak === undefined ? 0 : 1;
    const count = lead + fresh;
    const hashes = new Uint8Array(count * HASH_LENGTH);
    if (peak !== undefined) hashes.set(peak, 0);
    if (width === 1) hashes.set(below, lead * HASH_LENGTH);
    else engine.nodesInto(below, 0, fresh, hashes, lead * HASH_LENGTH);
    levels.push({ first, count, hashes });
    below = hashes;
    fresh = Math.floor(count / 2);
  }
  return levels;
}
