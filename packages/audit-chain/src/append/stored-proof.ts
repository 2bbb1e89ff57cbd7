import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { inclusionPath, makeInclusion } from '@countersign/proof-core/merkle/inclusion';
import { type TileReads, readTile } from './stored-tree.ts';
import { TILE_WIDTH } from './tiles.ts';

/** A node as the entries of a tile: those from `from` on, 2^`height` of them. */
function inTile(level: number, index: number) {
  const tileLevel = Math.floor(level / 8);
  const height = level % 8;
  const first = index * 2 ** height;
  return { tileLevel, tileIndex: Math.floor(first / TILE_WIDTH), from: first % TILE_WIDTH, count: 2 ** height };
}

/**
 * Makes the inclusion proof of a stored record (RFC 6962 §2.1.1) from tiles: at most two tiles on each level are read.
 *
 * @param index 0 to size − 1
 * @param size the size of a checkpoint, at most that of the chain
 * @returns the proof, not yet checked against a root
 * @example await storedInclusion(store, 17, note.size)
 */
export async function storedInclusion(
  store: TileReads,
  index: number,
  size: number,
  engine: Engine = defaultEngine,
): Promise<Uint8Array[]> {
  const tiles = new Map<string, Uint8Array>();
  for (const { level, index: node } of inclusionPath(index, size).flat()) {
    const { tileLevel, tileIndex } = inTile(level, node);
    const key = `${tileLevel}/${tileIndex}`;
    if (tiles.has(key)) continue;
    const width = Math.min(TILE_WIDTH, Math.floor(size / TILE_WIDTH ** tileLevel) - tileIndex * TILE_WIDTH);
    tiles.set(key, await readTile(store, tileLevel, tileIndex, width, engine));
  }
  const nodeAt = (level: number, node: number): Uint8Array => {
    const { tileLevel, tileIndex, from, count } = inTile(level, node);
    const row = tiles.get(`${tileLevel}/${tileIndex}`)!.slice(from * 32, (from + count) * 32);
    for (let pairs = count / 2; pairs >= 1; pairs /= 2) {
      for (let i = 0; i < pairs; i++) engine.nodeInto(row, i * 64, row, i * 32);
    }
    return row.slice(0, 32);
  };
  return makeInclusion(index, size, nodeAt, engine);
}
