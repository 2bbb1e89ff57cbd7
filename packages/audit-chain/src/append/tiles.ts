import { CompactRange } from '@countersign/proof-core/merkle/compact-range';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import type { Tile } from '../store/store.ts';

/** Hashes in a full tile (C2SP tlog-tiles). */
export const TILE_WIDTH = 256;
const TILE_BYTES = TILE_WIDTH * 32;

/** The tile that is filling up on one level. */
interface Open {
  index: number;
  count: number;
  hashes: Uint8Array;
}

/**
 * Collects record hashes into full tiles: level 0 holds record hashes, level n + 1 the roots of level n's full tiles.
 *
 * Only full tiles are stored, each once; what is still open is rebuilt from records and tile roots after a restart.
 */
export class TileBuilder {
  readonly #levels: Open[] = [];
  readonly #engine: Engine;

  constructor(engine: Engine = defaultEngine) {
    this.#engine = engine;
  }

  /**
   * Continues at a tree size with what the open tiles hold.
   *
   * @param size leaves so far
   * @param partials for each level from 0 up, the hashes of its open tile, flat; they must be `openWidths(size)` many
   */
  static resume(size: number, partials: readonly Uint8Array[], engine: Engine = defaultEngine): TileBuilder {
    const builder = new TileBuilder(engine);
    for (const [level, { index, width }] of openTiles(size).entries()) {
      const hashes = new Uint8Array(TILE_BYTES);
      hashes.set(partials[level]!.subarray(0, width * 32));
      builder.#levels.push({ index, count: width, hashes });
    }
    return builder;
  }

  /** The open tiles that hold a hash, lower levels first; views that hold until more is added. */
  partials(): { readonly level: number; readonly index: number; readonly hashes: Uint8Array }[] {
    return this.#levels.flatMap(({ index, count, hashes }, level) =>
      count === 0 ? [] : [{ level, index, hashes: hashes.subarray(0, count * 32) }],
    );
  }

  /** An independent copy. */
  clone(): TileBuilder {
    const copy = new TileBuilder(this.#engine);
    for (const { index, count, hashes } of this.#levels) copy.#levels.push({ index, count, hashes: hashes.slice() });
    return copy;
  }

  /**
   * Adds record hashes.
   *
   * @param leaves 32 bytes each, flat
   * @returns the tiles that became full, lower levels first
   */
  add(leaves: Uint8Array): Tile[] {
    const full: Tile[] = [];
    for (let at = 0; at < leaves.length;) at += this.#fill(0, leaves, at, full);
    return full;
  }

  #fill(level: number, from: Uint8Array, at: number, full: Tile[]): number {
    const open = (this.#levels[level] ??= { index: 0, count: 0, hashes: new Uint8Array(TILE_BYTES) });
    const taken = Math.min(from.length - at, (TILE_WIDTH - open.count) * 32);
    open.hashes.set(from.subarray(at, at + taken), open.count * 32);
    open.count += taken / 32;
    if (open.count === TILE_WIDTH) {
      const range = CompactRange.empty();
      range.appendMany(open.hashes, TILE_WIDTH, this.#engine);
      const root = range.root(this.#engine);
      full.push({ level, index: open.index, root, hashes: open.hashes });
      this.#levels[level] = { index: open.index + 1, count: 0, hashes: new Uint8Array(TILE_BYTES) };
      this.#fill(level + 1, root, 0, full);
    }
    return taken;
  }
}

/** The tile that is open on each level of a tree, from level 0 up to the last that has any hash; widths are 0–255. */
export function openTiles(size: number): { readonly index: number; readonly width: number }[] {
  const tiles: { index: number; width: number }[] = [];
  for (let count = size; count > 0; count = Math.floor(count / TILE_WIDTH)) {
    tiles.push({ index: Math.floor(count / TILE_WIDTH), width: count % TILE_WIDTH });
  }
  return tiles;
}
