import { concatBytes } from '../bytes/compare.ts';
import { refuse } from '../errors.ts';
import { checkSize } from './size.ts';
import type { NodeAt, NodeId } from './subtree.ts';

/** Hashes in a full tile, and entries in a full entry bundle. */
export const TILE_WIDTH = 256;

/** Levels of the tree that one level of tiles covers. */
export const TILE_HEIGHT = 8;

/** One tile of a log (C2SP tlog-tiles). */
export interface TileId {
  /** 0 (leaf hashes) to 63. */
  readonly level: number;
  /** Counted from the left of its level. */
  readonly index: number;
  /** Hashes in it: 256 when it is full, 1 to 255 when it is partial. */
  readonly width: number;
}

const TILE_PATH = /^tile\/(0|[1-9][0-9]?|entries)\/((?:x[0-9]{3}\/)*[0-9]{3})(?:\.p\/([1-9][0-9]{0,2}))?$/;

/**
 * The path of a tile below the log's prefix (C2SP tlog-tiles).
 *
 * @param tile level 0 to 63, width 1 to 256
 * @throws RangeError when level, index or width is out of range
 * @example formatTilePath({ level: 0, index: 1234067, width: 256 }) // 'tile/0/x001/x234/067'
 */
export function formatTilePath(tile: TileId): string {
  if (!Number.isInteger(tile.level) || tile.level < 0 || tile.level > 63)
    throw new RangeError(`level: expected 0 to 63, got ${tile.level}`);
  return formatPath(String(tile.level), tile.index, tile.width);
}

/**
 * The path of an entry bundle below the log's prefix (C2SP tlog-tiles): the entries whose hashes are the level 0 tile of that index.
 *
 * @param index of the bundle, from 0
 * @param width entries in it, 1 to 256
 * @throws RangeError when index or width is out of range
 * @example formatEntriesPath(273, 112) // 'tile/entries/273.p/112'
 */
export function formatEntriesPath(index: number, width: number): string {
  return formatPath('entries', index, width);
}

function formatPath(level: string, index: number, width: number): string {
  if (!Number.isSafeInteger(index) || index < 0) throw new RangeError(`index: expected 0 to 2^53 - 1, got ${index}`);
  if (!Number.isInteger(width) || width < 1 || width > TILE_WIDTH) throw new RangeError(`width: expected 1 to 256, got ${width}`);
  let groups = String(index % 1000).padStart(3, '0');
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
    groups = `x${String(rest % 1000).padStart(3, '0')}/${groups}`;
  }
  return `tile/${level}/${groups}${width === TILE_WIDTH ? '' : `.p/${width}`}`;
}

/**
 * Reads the path of a tile or an entry bundle, strictly: only what `formatTilePath` and `formatEntriesPath` write.
 *
 * @param path without the log's prefix
 * @returns the tile; `level` is `'entries'` for an entry bundle
 * @throws ProofError ERR_TILE_PATH, ERR_TREE_SIZE when the index is 2^53 or more
 * @example parseTilePath('tile/entries/000.p/3') // { level: 'entries', index: 0, width: 3 }
 */
export function parseTilePath(path: string): { readonly level: number | 'entries'; readonly index: number; readonly width: number } {
  const match = path.length > 64 ? null : TILE_PATH.exec(path);
  if (match === null) refuse('ERR_TILE_PATH', 'path', 'tile/<level>/<index>[.p/<width>]', `${path.length} other characters`);
  const level = match[1] === 'entries' ? 'entries' : Number(match[1]);
  const index = Number(match[2]!.replaceAll(/[x/]/g, ''));
  checkSize(index, 'index');
  const width = match[3] === undefined ? TILE_WIDTH : Number(match[3]);
  // Writing it again refuses what the pattern lets through: level 64 and more, width 256 and more, empty leading groups.
  const isKnown = level === 'entries' || level <= 63;
  if (!isKnown || width > TILE_WIDTH || formatPath(String(level), index, width) !== path) {
    refuse('ERR_TILE_PATH', 'path', 'the one strict form', `${path.length} other characters`);
  }
  return { level, index, width };
}

/**
 * How wide a tile is in a tree of `size` leaves (C2SP tlog-tiles): 256 when full, less at the right edge, 0 when it does not exist.
 *
 * @param level 0 for leaf hashes
 * @param index of the tile on its level, from 0
 * @param size leaves in the tree
 * @throws ProofError ERR_TREE_SIZE
 * @example tileWidth(0, 273, 70_000) // 112
 */
export function tileWidth(level: number, index: number, size: number): number {
  checkSize(size, 'size');
  const hashes = Math.floor(size / TILE_WIDTH ** level);
  return Math.max(0, Math.min(TILE_WIDTH, hashes - index * TILE_WIDTH));
}

/**
 * Lists the tiles that a tree of `size` leaves has and a tree of `from` leaves had not, or had narrower: what to write before a
 * checkpoint of `size` is published after one of `from`.
 *
 * @param size leaves
 * @param from leaves of the tree whose tiles are there already; all tiles of `size` are listed when 0
 * @throws ProofError ERR_TREE_SIZE
 * @example [...tilesOf(257)] // level 0: index 0 full, index 1 width 1; level 1: index 0 width 1
 */
export function* tilesOf(size: number, from = 0): Generator<TileId, void> {
  checkSize(size, 'size');
  checkSize(from, 'from');
  for (let level = 0, span = 1; span <= size; level++, span *= TILE_WIDTH) {
    const end = Math.floor(size / span);
    const begin = Math.floor(from / span);
    if (end === begin) continue;
    for (let index = Math.floor(begin / TILE_WIDTH); index * TILE_WIDTH < end; index++) {
      yield { level, index, width: tileWidth(level, index, size) };
    }
  }
}

/**
 * The tile that holds what is needed to compute a node, in a tree of `size` leaves that has the node.
 *
 * @param node a full subtree of that tree
 * @param size leaves in the tree
 * @throws ProofError ERR_TREE_SIZE
 * @example tileOf({ level: 3, index: 2 }, 24) // { level: 0, index: 0, width: 24 }
 */
export function tileOf(node: NodeId, size: number): TileId {
  const level = Math.floor(node.level / TILE_HEIGHT);
  const index = Math.floor((node.index * 2 ** (node.level % TILE_HEIGHT)) / TILE_WIDTH);
  return { level, index, width: tileWidth(level, index, size) };
}

/**
 * The bytes of a tile: its hashes, left to right (C2SP tlog-tiles).
 *
 * @param tile one that the tree has
 * @param nodeAt gives the roots of full subtrees
 * @returns `width` × 32 bytes
 * @example makeTile({ level: 0, index: 0, width: 3 }, view.nodeAt)
 */
export function makeTile(tile: TileId, nodeAt: NodeAt): Uint8Array {
  const hashes: Uint8Array[] = [];
  for (let i = 0; i < tile.width; i++) hashes.push(nodeAt(tile.level * TILE_HEIGHT, tile.index * TILE_WIDTH + i));
  return concatBytes(...hashes);
}
