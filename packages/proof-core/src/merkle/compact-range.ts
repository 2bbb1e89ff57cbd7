import { concatBytes } from '../bytes/compare.ts';
import { hexDecode, hexEncode } from '../bytes/hex.ts';
import { defaultEngine } from '../engine/default.ts';
import type { Engine } from '../engine/engine.ts';
import { EMPTY_ROOT, HASH_LENGTH, checkHash } from './hash.ts';
import { refuse } from '../errors.ts';
import { checkSize } from './size.ts';
import { floorLog2, foldRight, trailingZeros } from './subtree.ts';

// Leaves reduced in one go: 1,024 leaf hashes stay in the first-level cache.
const BATCH_LEVEL = 10;

/**
 * The state of a growing tree: the roots of the fewest full subtrees that cover leaves [begin, end), at most 53 of them when
 * `begin` is 0. It is all that is needed to append and to compute the root.
 *
 * Hashes lie in one flat stack, so that two siblings are always neighbours and are hashed in place.
 *
 * @example
 * const range = CompactRange.empty();
 * range.append(hashLeaf(record));
 * range.root();
 */
export class CompactRange {
  /** The first leaf; 0 for the state of a whole tree. */
  readonly begin: number;
  #end: number;
  #levels: number[] = [];
  #stack = new Uint8Array(32 * HASH_LENGTH);

  private constructor(begin: number) {
    checkSize(begin, 'begin');
    this.begin = begin;
    this.#end = begin;
  }

  /**
   * The range of no leaves.
   *
   * @param begin where it starts; 0 for a whole tree, another for a part that is merged later
   * @throws ProofError ERR_TREE_SIZE
   * @example CompactRange.empty().size // 0
   */
  static empty(begin = 0): CompactRange {
    return new CompactRange(begin);
  }

  /**
   * The range [0, size) from stored hashes; the caller vouches for them, or compares the root with one it trusts.
   *
   * @param size leaves
   * @param hashes as `hashes` gives them: 32 bytes each, one for every 1 in the binary form of `size`
   * @throws ProofError ERR_COMPACT_RANGE when their number does not fit; ERR_TREE_SIZE, ERR_HASH_LENGTH
   * @example CompactRange.from(6, [firstFour, lastTwo])
   */
  static from(size: number, hashes: readonly Uint8Array[]): CompactRange {
    return CompactRange.between(0, size, hashes);
  }

  /**
   * The range [begin, end) from stored hashes.
   *
   * @throws ProofError ERR_COMPACT_RANGE when their number does not fit; ERR_TREE_SIZE, ERR_HASH_LENGTH
   * @example CompactRange.between(6, 8, [lastTwo])
   */
  static between(begin: number, end: number, hashes: readonly Uint8Array[]): CompactRange {
    checkSize(end, 'end');
    const range = new CompactRange(begin);
    const levels = levelsOf(begin, end);
    if (end < begin || levels.length !== hashes.length) {
      refuse('ERR_COMPACT_RANGE', 'hashes', `${levels.length} for the leaves [${begin}, ${end})`, hashes.length);
    }
    for (const [i, hash] of hashes.entries()) {
      checkHash(hash, `hashes[${i}]`);
      range.#push(levels[i]!, hash, 0);
    }
    range.#end = end;
    return range;
  }

  /**
   * The range [0, size) from lower-case hex.
   *
   * @throws ProofError ERR_HEX, and as `from`
   * @example CompactRange.fromHex(1, ['6e340b9c…'])
   */
  static fromHex(size: number, hashes: readonly string[]): CompactRange {
    return CompactRange.from(
      size,
      hashes.map((hex, i) => hexDecode(hex, HASH_LENGTH, `hashes[${i}]`)),
    );
  }

  /**
   * Reads what `toBytes` wrote.
   *
   * @throws ProofError ERR_COMPACT_RANGE, ERR_TREE_SIZE
   * @example CompactRange.fromBytes(range.toBytes())
   */
  static fromBytes(bytes: Uint8Array): CompactRange {
    if (bytes.length < 16 || (bytes.length - 16) % HASH_LENGTH !== 0) {
      refuse('ERR_COMPACT_RANGE', 'compact range', '16 bytes and whole hashes', `${bytes.length} bytes`);
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const hashes: Uint8Array[] = [];
    for (let at = 16; at < bytes.length; at += HASH_LENGTH) hashes.push(bytes.subarray(at, at + HASH_LENGTH));
    // Number() of more than 2^53 rounds, but never to a safe integer: checkSize refuses it.
    return CompactRange.between(Number(view.getBigUint64(0)), Number(view.getBigUint64(8)), hashes);
  }

  /** Where the range ends: the tree size when it begins at 0. */
  get end(): number {
    return this.#end;
  }

  /** How many leaves the range covers. */
  get size(): number {
    return this.#end - this.begin;
  }

  /** The roots of its full subtrees, left to right: copies of 32 bytes. */
  get hashes(): Uint8Array[] {
    return this.#levels.map((_, i) => this.#stack.slice(i * HASH_LENGTH, (i + 1) * HASH_LENGTH));
  }

  /**
   * Adds one leaf.
   *
   * @param leafHash 32 bytes
   * @throws ProofError ERR_HASH_LENGTH, ERR_TREE_SIZE
   * @example range.append(hashLeaf(record))
   */
  append(leafHash: Uint8Array, engine: Engine = defaultEngine): void {
    checkHash(leafHash, 'leafHash');
    this.#add(0, leafHash, 0, engine);
  }

  /**
   * Adds many leaves; several times faster than one by one.
   *
   * @param leaves `count` × 32 bytes
   * @param count how many leaf hashes to take from `leaves`
   * @throws RangeError when `leaves` is shorter; ProofError ERR_TREE_SIZE
   * @example range.appendMany(leafHashes, leafHashes.length / 32)
   */
  appendMany(leaves: Uint8Array, count: number, engine: Engine = defaultEngine): void {
    if (!Number.isSafeInteger(count) || count < 0 || leaves.length < count * HASH_LENGTH) {
      throw new RangeError(`leaves: expected ${count} hashes of ${HASH_LENGTH} bytes, got ${leaves.length} bytes`);
    }
    checkSize(this.#end + count, 'size');
    const scratch = new Uint8Array(Math.min(2 ** BATCH_LEVEL, count) * (HASH_LENGTH / 2));
    for (let done = 0; done < count;) {
      let level = Math.min(BATCH_LEVEL, floorLog2(count - done));
      if (this.#end > 0) level = Math.min(level, trailingZeros(this.#end));
      if (level === 0) this.#add(0, leaves, done * HASH_LENGTH, engine);
      else {
        reduce(leaves, done * HASH_LENGTH, level, scratch, engine);
        this.#add(level, scratch, 0, engine);
      }
      done += 2 ** level;
    }
  }

  /**
   * Adds the leaves of a range that begins where this one ends; `other` is left as it is.
   *
   * @throws ProofError ERR_COMPACT_RANGE when `other` begins elsewhere
   * @example left.merge(right) // left is now [left.begin, right.end)
   */
  merge(other: CompactRange, engine: Engine = defaultEngine): void {
    if (other.begin !== this.#end) refuse('ERR_COMPACT_RANGE', 'begin', this.#end, other.begin);
    const hashes = other.#stack.slice(0, other.#levels.length * HASH_LENGTH);
    for (const [i, level] of [...other.#levels].entries()) this.#add(level, hashes, i * HASH_LENGTH, engine);
  }

  /**
   * The root of the tree (RFC 6962 §2.1).
   *
   * @returns 32 bytes; `EMPTY_ROOT`'s value for no leaves
   * @throws RangeError when the range does not begin at 0: only a whole tree has a root
   * @example hexEncode(CompactRange.empty().root()) // 'e3b0c442…'
   */
  root(engine: Engine = defaultEngine): Uint8Array {
    if (this.begin !== 0) throw new RangeError(`root: expected a range that begins at 0, got ${this.begin}`);
    const count = this.#levels.length;
    if (count === 0) return EMPTY_ROOT.slice();
    return foldRight(this.#stack.slice(0, count * HASH_LENGTH), count, engine).slice();
  }

  /**
   * An independent copy.
   *
   * @example const next = range.clone()
   */
  clone(): CompactRange {
    const copy = new CompactRange(this.begin);
    copy.#end = this.#end;
    copy.#levels = [...this.#levels];
    copy.#stack = this.#stack.slice();
    return copy;
  }

  /**
   * The hashes as lower-case hex, left to right.
   *
   * @example CompactRange.fromHex(range.size, range.toHex())
   */
  toHex(): string[] {
    return this.hashes.map(hexEncode);
  }

  /**
   * The whole state as bytes: begin (8, big-endian), end (8, big-endian), hashes (32 each, left to right).
   *
   * @example CompactRange.fromBytes(range.toBytes())
   */
  toBytes(): Uint8Array {
    const head = new Uint8Array(16);
    const view = new DataView(head.buffer);
    view.setBigUint64(0, BigInt(this.begin));
    view.setBigUint64(8, BigInt(this.#end));
    return concatBytes(head, this.#stack.subarray(0, this.#levels.length * HASH_LENGTH));
  }

  /** Adds a full subtree of 2^level leaves that starts at the present end. */
  #add(level: number, from: Uint8Array, at: number, engine: Engine): void {
    checkSize(this.#end + 2 ** level, 'size');
    this.#push(level, from, at);
    this.#end += 2 ** level;
    for (let top = this.#levels.length - 1; top > 0 && this.#levels[top - 1] === level; top--) {
      // Equal neighbours are siblings only when the left one has an even index on its level.
      if (this.#end % 2 ** (level + 1) !== 0) break;
      engine.nodeInto(this.#stack, (top - 1) * HASH_LENGTH, this.#stack, (top - 1) * HASH_LENGTH);
      this.#levels.pop();
      this.#levels[top - 1] = ++level;
    }
  }

  #push(level: number, from: Uint8Array, at: number): void {
    const top = this.#levels.length * HASH_LENGTH;
    if (top === this.#stack.length) {
      const larger = new Uint8Array(2 * top);
      larger.set(this.#stack);
      this.#stack = larger;
    }
    this.#stack.set(from.subarray(at, at + HASH_LENGTH), top);
    this.#levels.push(level);
  }
}

/** The levels of the fewest full subtrees that cover [begin, end), left to right. */
function levelsOf(begin: number, end: number): number[] {
  const levels: number[] = [];
  for (let at = begin; at < end;) {
    const fits = floorLog2(end - at);
    const level = at === 0 ? fits : Math.min(fits, trailingZeros(at));
    levels.push(level);
    at += 2 ** level;
  }
  return levels;
}

/** Hashes 2^level leaves (1 ≤ level) down to their root, at the start of `scratch`; each level overwrites the one below. */
function reduce(leaves: Uint8Array, at: number, level: number, scratch: Uint8Array, engine: Engine): void {
  let pairs = 2 ** (level - 1);
  engine.nodesInto(leaves, at, pairs, scratch, 0);
  while (pairs > 1) {
    pairs /= 2;
    engine.nodesInto(scratch, 0, pairs, scratch, 0);
  }
}
