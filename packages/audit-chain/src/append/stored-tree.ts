import { concatBytes } from '@countersign/proof-core/bytes/compare';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import type { ChainStore } from '../store/store.ts';
import { hashRecords, tampered } from './lines.ts';
import { TILE_WIDTH, TileBuilder, openTiles } from './tiles.ts';

/** What proofs are made from. */
export type TileReads = Pick<ChainStore, 'chain' | 'records' | 'tile' | 'tileRoots'>;

/**
 * The hashes of a tile as stored: from the row of the full tile, an open one from records (level 0) or from the roots below.
 *
 * Nothing here is trusted: callers compare what they build from it with a signed root.
 *
 * @param width how many hashes, 1–256
 * @throws ChainError ERR_CHAIN_TAMPERED when they are not there
 */
export async function readTile(
  store: TileReads,
  level: number,
  index: number,
  width: number,
  engine: Engine = defaultEngine,
): Promise<Uint8Array> {
  const first = index * TILE_WIDTH;
  // Asked for first: the right edge of an older tree lies in what is a full tile by now, and its records may have been pruned.
  const hashes =
    (await store.tile(level, index))?.slice(0, width * 32) ??
    (level === 0 ? await recordHashes(store, first, width, engine) : await store.tileRoots(level - 1, first, first + width));
  if (hashes.length !== width * 32) throw tampered(`tile ${level}/${index}`, `${width} hashes`, `${hashes.length / 32}`);
  return hashes;
}

async function recordHashes(store: TileReads, first: number, count: number, engine: Engine): Promise<Uint8Array> {
  if (count === 0) return new Uint8Array(0);
  return (await hashRecords(store.records(first, first + count), { chain: store.chain, first, count }, engine)).leaves;
}

/**
 * Rebuilds the open tiles of a stored chain and requires that they agree with its frontier.
 *
 * @param peaks `CompactRange.hashes` of [0, size)
 * @throws ChainError ERR_CHAIN_TAMPERED
 */
export async function resumeTiles(
  store: ChainStore,
  size: number,
  peaks: readonly Uint8Array[],
  engine: Engine = defaultEngine,
): Promise<TileBuilder> {
  const partials: Uint8Array[] = [];
  let left = peaks.length;
  for (const [level, { index, width }] of openTiles(size).entries()) {
    const hashes = width === 0 ? new Uint8Array(0) : await readTile(store, level, index, width, engine);
    // The open tile of a level gives the peaks for the bits of `width`, smallest last.
    for (const peak of peaksOf(hashes, width, engine).toReversed()) {
      left--;
      if (!same(peaks[left], peak)) throw tampered(`tile ${level}/${index}`, 'hashes that give the frontier');
    }
    partials.push(hashes);
  }
  return TileBuilder.resume(size, partials, engine);
}

/**
 * The roots of the full subtrees that the hashes of an open tile make, largest first.
 *
 * @param width hashes, 0–255
 */
export function peaksOf(hashes: Uint8Array, width: number, engine: Engine): Uint8Array[] {
  const peaks: Uint8Array[] = [];
  let at = 0;
  for (let power = TILE_WIDTH / 2; power >= 1; power /= 2) {
    if ((width & power) === 0) continue;
    let row = hashes.slice(at * 32, (at + power) * 32);
    while (row.length > 32) {
      const next = new Uint8Array(row.length / 2);
      for (let i = 0; i < next.length; i += 32) engine.nodeInto(row, 2 * i, next, i);
      row = next;
    }
    peaks.push(row);
    at += power;
  }
  return peaks;
}

function same(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a !== undefined && a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** Chunks of an async iterable joined: for short ranges only. */
export async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return concatBytes(...parts);
}
