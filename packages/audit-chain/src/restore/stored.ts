import { hexEncode } from '@countersign/proof-core/bytes/hex';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { CompactRange } from '@countersign/proof-core/merkle/compact-range';
import { ZERO_HASH } from '@countersign/proof-core/record/link';
import { tampered } from '../append/lines.ts';
import type { Position } from '../append/plan.ts';
import { resumeTiles } from '../append/stored-tree.ts';
import { TileBuilder } from '../append/tiles.ts';
import { ChainError } from '../errors.ts';
import { passRecords } from '../extract/lines.ts';
import type { ChainStore } from '../store/store.ts';

/** What a database holds already, by the bytes of its records. */
export interface StoredRecords {
  readonly position: Position;
  /** The size up to which it is compared with the archive, and the root there, hex. */
  readonly compared: { readonly size: number; readonly root: string };
}

/**
 * Reads all records of a chain as they are stored: nothing that the database says about them counts.
 *
 * @param store undefined when there is no such chain
 * @param archived records that the archive has
 * @throws ChainError ERR_CHAIN_TAMPERED, ERR_RESTORE_CONFLICT, ERR_STORE
 */
export async function readStored(store: ChainStore | undefined, archived: number, engine: Engine): Promise<StoredRecords> {
  const size = (await store?.checkpoint())?.size ?? 0;
  if (store === undefined || size === 0) {
    const position = { head: { size: 0, hash: ZERO_HASH, time: '' }, range: CompactRange.empty(), tiles: new TileBuilder(engine) };
    return { position, compared: { size: 0, root: hexEncode(position.range.root(engine)) } };
  }
  if ((await store.firstStored()) > 0) {
    throw new ChainError('ERR_RESTORE_CONFLICT', `chain ${store.chain} was pruned: its database is in use, not empty`, {
      field: 'database',
      expected: 'an empty database, or one that a restore has begun to fill',
      actual: 'pruned records',
    });
  }
  const range = CompactRange.empty();
  const end = Math.min(size, archived);
  const first = await read(store, { from: 0, to: end, prev: ZERO_HASH, time: '' }, range, engine);
  const compared = { size: end, root: hexEncode(range.root(engine)) };
  const { hash, time } = await read(store, { from: end, to: size, prev: first.hash, time: first.time }, range, engine);
  if (range.size !== size) throw tampered(`record ${range.size}`, 'a record', 'none');
  return { position: { head: { size, hash, time }, range, tiles: await resumeTiles(store, size, range.hashes, engine) }, compared };
}

async function read(
  store: ChainStore,
  { from, to, prev, time }: { readonly from: number; readonly to: number; readonly prev: string; readonly time: string },
  range: CompactRange,
  engine: Engine,
): Promise<{ readonly hash: string; readonly time: string }> {
  const passing = passRecords(store.records(from, to), { chain: store.chain, first: from, prev }, range, engine);
  for (;;) {
    const { done, value } = await passing.next();
    if (done === true) return from === to ? { hash: prev, time } : value;
  }
}
