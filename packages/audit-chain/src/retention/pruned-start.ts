import { hexEncode } from '@countersign/proof-core/bytes/hex';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { CompactRange } from '@countersign/proof-core/merkle/compact-range';
import { type NodeId, subtreesOf } from '@countersign/proof-core/merkle/subtree';
import { readTile } from '../append/stored-tree.ts';
import { TILE_WIDTH } from '../append/tiles.ts';
import type { ChainStore } from '../store/store.ts';

/** Where the records of a pruned chain begin, by its tiles. */
export interface PrunedStart {
  /** The first record that is stored: a multiple of 256. */
  readonly first: number;
  /** The compact range of the records before it. */
  readonly frontier: CompactRange;
  /** Hash of the record before it, hex: what the first record names. */
  readonly prev: string;
}

/**
 * Reads what tiles say of the records that were pruned: what a verifier needs to compute roots from the records that are left.
 *
 * Nothing of it is trusted: the records that follow must give a signed root with it, which no other frontier would.
 *
 * @returns undefined when nothing was pruned
 * @throws ChainError ERR_CHAIN_TAMPERED when a tile is missing, ERR_STORE
 * @example const start = await readPrunedStart(store);
 */
export async function readPrunedStart(store: ChainStore, engine: Engine = defaultEngine): Promise<PrunedStart | undefined> {
  const first = await store.firstStored();
  if (first === 0) return undefined;
  const peaks: Uint8Array[] = [];
  for (const subtree of subtreesOf(0, first)) peaks.push(await rootOf(store, subtree, engine));
  const last = await readTile(store, 0, first / TILE_WIDTH - 1, TILE_WIDTH, engine);
  return { first, frontier: CompactRange.from(first, peaks), prev: hexEncode(last.subarray(-32)) };
}

/** The root of a full subtree: a row of hashes in one tile, hashed up. */
async function rootOf(store: ChainStore, { level, index }: NodeId, engine: Engine): Promise<Uint8Array> {
  const height = level % 8;
  const at = index * 2 ** height;
  const from = at % TILE_WIDTH;
  const count = 2 ** height;
  const tile = await readTile(store, Math.floor(level / 8), Math.floor(at / TILE_WIDTH), from + count, engine);
  const row = CompactRange.empty();
  row.appendMany(tile.slice(from * 32, (from + count) * 32), count, engine);
  return row.root(engine);
}
