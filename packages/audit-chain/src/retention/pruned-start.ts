import { equalBytes } from '@countersign/proof-core/bytes/compare';
import { hexEncode } from '@countersign/proof-core/bytes/hex';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import type { CompactRange } from '@countersign/proof-core/merkle/compact-range';
import { storedRange } from '../append/stored-proof.ts';
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
  const frontier = await storedRange(store, 0, first, engine);
  const last = await readTile(store, 0, first / TILE_WIDTH - 1, TILE_WIDTH, engine);
  return { first, frontier, prev: hexEncode(last.subarray(-32)) };
}

/**
 * The root that a chain had at a size before its pruned beginning ends, from the tiles that are left.
 *
 * What tiles say before `size` and between there and the beginning must give the frontier: once that is known to belong to a signed root, nobody
 * can have made up the root.
 *
 * @param size 1 to `start.first`
 * @returns hex; undefined when the tiles contradict the frontier
 * @throws ChainError ERR_CHAIN_TAMPERED when a tile is missing, ERR_STORE
 * @example await readPrunedRoot(store, previous.size, start)
 */
export async function readPrunedRoot(
  store: ChainStore,
  size: number,
  start: PrunedStart,
  engine: Engine = defaultEngine,
): Promise<string | undefined> {
  const before = await storedRange(store, 0, size, engine);
  const whole = before.clone();
  whole.merge(await storedRange(store, size, start.first, engine), engine);
  return equalBytes(whole.root(engine), start.frontier.root(engine)) ? hexEncode(before.root(engine)) : undefined;
}
