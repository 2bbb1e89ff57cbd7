import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { CompactRange } from '@countersign/proof-core/merkle/compact-range';
import { consistencyPath, makeConsistency } from '@countersign/proof-core/merkle/consistency';
import { inclusionPath, makeInclusion } from '@countersign/proof-core/merkle/inclusion';
import { type NodeAt, type NodeId, floorLog2, hashSubtrees, subtreesOf, trailingZeros } from '@countersign/proof-core/merkle/subtree';
import { type TileReads, readTile } from './stored-tree.ts';
import { TILE_WIDTH } from './tiles.ts';

/** A node as the entries of a tile: those from `from` on, 2^`height` of them. */
function inTile({ level, index }: NodeId) {
  const tileLevel = Math.floor(level / 8);
  const height = level % 8;
  const first = index * 2 ** height;
  return { tileLevel, tileIndex: Math.floor(first / TILE_WIDTH), from: first % TILE_WIDTH, count: 2 ** height };
}

/** Reads the tiles that some nodes of the tree of `size` records lie in, each once. */
async function readNodes(store: TileReads, nodes: readonly NodeId[], size: number, engine: Engine): Promise<NodeAt> {
  const tiles = new Map<string, Uint8Array>();
  for (const node of nodes) {
    const { tileLevel, tileIndex } = inTile(node);
    const key = `${tileLevel}/${tileIndex}`;
    if (tiles.has(key)) continue;
    const width = Math.min(TILE_WIDTH, Math.floor(size / TILE_WIDTH ** tileLevel) - tileIndex * TILE_WIDTH);
    tiles.set(key, await readTile(store, tileLevel, tileIndex, width, engine));
  }
  return (level, index) => {
    const { tileLevel, tileIndex, from, count } = inTile({ level, index });
    const row = tiles.get(`${tileLevel}/${tileIndex}`)!.slice(from * 32, (from + count) * 32);
    for (let pairs = count / 2; pairs >= 1; pairs /= 2) {
      for (let i = 0; i < pairs; i++) engine.nodeInto(row, i * 64, row, i * 32);
    }
    return row.slice(0, 32);
  };
}

/**
 * Makes the inclusion proof of a stored record (RFC 6962 §2.1.1) from tiles: at most two tiles on each level are read.
 *
 * @param index 0 to size − 1
 * @param size the size of a checkpoint, at most that of the chain
 * @returns the proof, not yet checked against a root
 * @throws ChainError ERR_CHAIN_TAMPERED when a tile is missing
 * @example await storedInclusion(store, 17, note.size)
 */
export async function storedInclusion(
  store: TileReads,
  index: number,
  size: number,
  engine: Engine = defaultEngine,
): Promise<Uint8Array[]> {
  return makeInclusion(index, size, await readNodes(store, inclusionPath(index, size).flat(), size, engine), engine);
}

/**
 * Makes the proof that the tree of `to` records begins with that of `from` records (RFC 6962 §2.1.2) from tiles.
 *
 * @param from 1 to `to`
 * @param to the size of a checkpoint, at most that of the chain
 * @returns the proof, not yet checked against the roots
 * @throws ChainError ERR_CHAIN_TAMPERED when a tile is missing
 * @example await storedConsistency(store, manifest.size, note.size)
 */
export async function storedConsistency(store: TileReads, from: number, to: number, engine: Engine = defaultEngine): Promise<Uint8Array[]> {
  return makeConsistency(from, to, await readNodes(store, consistencyPath(from, to).flat(), to, engine), engine);
}

/**
 * The root of a stored chain at any size up to its own, from tiles.
 *
 * @param size 1 or more
 * @returns 32 bytes, not yet compared with anything signed
 * @throws ChainError ERR_CHAIN_TAMPERED when a tile is missing
 * @example await storedRoot(store, witnessed.size)
 */
export async function storedRoot(store: TileReads, size: number, engine: Engine = defaultEngine): Promise<Uint8Array> {
  const nodes = subtreesOf(0, size);
  return hashSubtrees(nodes, await readNodes(store, nodes, size, engine), engine).slice();
}

/**
 * Reads the compact range of the records [begin, end) from tiles.
 *
 * @param end at most the size of the chain
 * @returns the range; nothing in it is trusted before it has given a signed root
 * @throws ChainError ERR_CHAIN_TAMPERED when a tile is missing
 * @example await storedRange(store, 0, first)
 */
export async function storedRange(store: TileReads, begin: number, end: number, engine: Engine = defaultEngine): Promise<CompactRange> {
  const nodes = rangeNodes(begin, end);
  const nodeAt = await readNodes(store, nodes, end, engine);
  return CompactRange.between(begin, end, nodes.map(({ level, index }) => nodeAt(level, index))); // prettier-ignore
}

/** The fewest full subtrees of the tree that cover the leaves [begin, end), left to right. */
function rangeNodes(begin: number, end: number): NodeId[] {
  const nodes: NodeId[] = [];
  for (let at = begin; at < end;) {
    const fits = floorLog2(end - at);
    const level = at === 0 ? fits : Math.min(fits, trailingZeros(at));
    nodes.push({ level, index: at / 2 ** level });
    at += 2 ** level;
  }
  return nodes;
}
