import { equalBytes } from '../bytes/compare.ts';
import { hexEncode } from '../bytes/hex.ts';
import { defaultEngine } from '../engine/default.ts';
import type { Engine } from '../engine/engine.ts';
import { consistencyPath } from './consistency.ts';
import { EMPTY_ROOT, HASH_LENGTH, checkHash } from './hash.ts';
import { inclusionPath } from './inclusion.ts';
import { refuse } from '../errors.ts';
import { checkIndex, checkSize } from './size.ts';
import { type NodeId, hashSubtrees, subtreesOf } from './subtree.ts';
import { TILE_HEIGHT, TILE_WIDTH, type TileId, formatTilePath, tileOf } from './tile.ts';

/**
 * Fetches one tile: `width` × 32 bytes. Where a partial tile is gone because the full one is there (C2SP tlog-tiles), it may give
 * the full tile's 8,192 bytes; the first `width` hashes are taken. What it gives is checked, never trusted.
 */
export type TileReader = (level: number, index: number, width: number) => Promise<Uint8Array>;

/** Tiles kept: a megabyte with their interior nodes. */
const MAX_TILES = 64;

/** A tile with the interior nodes that its hashes make: `rows[h]` holds the roots of 2^h neighbours, as many as are whole. */
interface Tile {
  readonly id: TileId;
  readonly rows: readonly Uint8Array[];
}

/**
 * The proofs of a log that is read by tiles (C2SP tlog-tiles), every tile checked against one checkpoint.
 *
 * A proof costs at most two tiles for every eight levels of the tree: those above the leaf and those of the right edge. They are
 * fetched at once; nothing is returned before all of them are checked, and checked tiles are kept, at most 64.
 *
 * @example
 * const tree = new TileTree(checkpoint.size, checkpoint.root, readTile);
 * verifyInclusion(17, checkpoint.size, await tree.leafHash(17), await tree.inclusionProof(17), checkpoint.root);
 */
export class TileTree {
  readonly size: number;
  readonly #root: Uint8Array;
  readonly #read: TileReader;
  readonly #engine: Engine;
  readonly #kept = new Map<string, Tile>();

  /**
   * @param size leaves
   * @param root 32 bytes, from a checkpoint that has been verified; copied
   * @param read fetches tiles of that log
   * @throws ProofError ERR_TREE_SIZE, ERR_HASH_LENGTH, ERR_TILE_HASH when the root of size 0 is not the empty one
   */
  constructor(size: number, root: Uint8Array, read: TileReader, engine: Engine = defaultEngine) {
    checkSize(size, 'size');
    checkHash(root, 'root');
    if (size === 0 && !equalBytes(root, EMPTY_ROOT)) refuse('ERR_TILE_HASH', 'root', hexEncode(EMPTY_ROOT), hexEncode(root));
    this.size = size;
    this.#root = root.slice();
    this.#read = read;
    this.#engine = engine;
  }

  /**
   * The hash of a leaf.
   *
   * @throws ProofError ERR_INDEX, ERR_TILE_SIZE, ERR_TILE_HASH; and whatever the reader rejects with
   * @example await tree.leafHash(17)
   */
  async leafHash(index: number): Promise<Uint8Array> {
    checkIndex(index, this.size);
    return (await this.#hashes([[{ level: 0, index }]]))[0]!;
  }

  /**
   * The proof that leaf `index` is in the tree (RFC 6962 §2.1.1).
   *
   * @returns hashes of 32 bytes, the leaf's sibling first
   * @throws ProofError ERR_INDEX, ERR_TILE_SIZE, ERR_TILE_HASH; and whatever the reader rejects with
   * @example await tree.inclusionProof(17)
   */
  async inclusionProof(index: number): Promise<Uint8Array[]> {
    return this.#hashes(inclusionPath(index, this.size));
  }

  /**
   * The proof that the tree begins with an older one (RFC 6962 §2.1.2).
   *
   * @param from leaves of the older tree, 1 or more
   * @returns hashes of 32 bytes; none when the sizes are equal
   * @throws ProofError ERR_TREE_SIZE, ERR_TILE_SIZE, ERR_TILE_HASH; and whatever the reader rejects with
   * @example await tree.consistencyProof(seen.size)
   */
  async consistencyProof(from: number): Promise<Uint8Array[]> {
    return this.#hashes(consistencyPath(from, this.size));
  }

  /** The folds of full subtrees, from tiles that have been checked against the root. */
  async #hashes(groups: readonly (readonly NodeId[])[]): Promise<Uint8Array[]> {
    const peaks = subtreesOf(0, this.size);
    const tiles = await this.#load([...peaks, ...groups.flat()]);
    const nodeAt = (level: number, index: number): Uint8Array => nodeOf(tiles, { level, index }, this.size);
    if (peaks.length > 0) {
      const root = hashSubtrees(peaks, nodeAt, this.#engine);
      if (!equalBytes(root, this.#root)) refuse('ERR_TILE_HASH', 'root', hexEncode(this.#root), hexEncode(root));
    }
    // The root vouches for every hash of the partial tiles; a full tile is vouched for by one hash of the tile above it.
    const full = [...tiles].filter(([path, { id }]) => id.width === TILE_WIDTH && !this.#kept.has(path));
    for (const [path, { id, rows }] of full) {
      const expected = nodeAt((id.level + 1) * TILE_HEIGHT, id.index);
      if (!equalBytes(rows[TILE_HEIGHT]!, expected)) refuse('ERR_TILE_HASH', path, hexEncode(expected), hexEncode(rows[TILE_HEIGHT]!));
    }
    this.#keep(tiles);
    return groups.map((nodes) => hashSubtrees(nodes, nodeAt, this.#engine));
  }

  /** The tiles that hold the nodes and all tiles above them, by path; kept ones, or fetched at once. */
  async #load(nodes: readonly NodeId[]): Promise<Map<string, Tile>> {
    const ids = new Map<string, TileId>();
    for (const node of nodes) {
      let id = tileOf(node, this.size);
      ids.set(formatTilePath(id), id);
      while (id.width === TILE_WIDTH) {
        id = tileOf({ level: (id.level + 1) * TILE_HEIGHT, index: id.index }, this.size);
        ids.set(formatTilePath(id), id);
      }
    }
    const tiles = await Promise.all(
      [...ids].map(async ([path, id]) => [path, this.#kept.get(path) ?? (await this.#fetch(path, id))] as const),
    );
    return new Map(tiles);
  }

  async #fetch(path: string, id: TileId): Promise<Tile> {
    const bytes = await this.#read(id.level, id.index, id.width);
    const length = id.width * HASH_LENGTH;
    if (bytes.length !== length && bytes.length !== TILE_WIDTH * HASH_LENGTH) {
      refuse('ERR_TILE_SIZE', path, `${length} bytes`, `${bytes.length} bytes`);
    }
    const rows = [bytes.slice(0, length)];
    for (let count = Math.floor(id.width / 2); count > 0; count = Math.floor(count / 2)) {
      const below = rows.at(-1)!;
      const row = new Uint8Array(count * HASH_LENGTH);
      this.#engine.nodesInto(below, 0, count, row, 0);
      rows.push(row);
    }
    return { id, rows };
  }

  #keep(tiles: ReadonlyMap<string, Tile>): void {
    for (const [path, tile] of tiles) {
      this.#kept.delete(path);
      this.#kept.set(path, tile);
    }
    for (const path of this.#kept.keys()) {
      if (this.#kept.size <= MAX_TILES) break;
      this.#kept.delete(path);
    }
  }
}

function nodeOf(tiles: ReadonlyMap<string, Tile>, node: NodeId, size: number): Uint8Array {
  const { rows } = tiles.get(formatTilePath(tileOf(node, size)))!;
  const height = node.level % TILE_HEIGHT;
  const at = (node.index % 2 ** (TILE_HEIGHT - height)) * HASH_LENGTH;
  return rows[height]!.subarray(at, at + HASH_LENGTH);
}
