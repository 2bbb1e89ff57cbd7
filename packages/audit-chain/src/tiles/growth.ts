import type { Engine } from '@countersign/proof-core/engine/engine';
import { CompactRange } from '@countersign/proof-core/merkle/compact-range';
import { formatEntryBundle } from '@countersign/proof-core/merkle/entry-bundle';
import { TILE_WIDTH } from '@countersign/proof-core/merkle/tile';
import { hashRecords } from '../append/lines.ts';
import { orPruned } from '../append/missing.ts';
import { peaksOf, readTile } from '../append/stored-tree.ts';
import { TileBuilder, openTiles } from '../append/tiles.ts';
import type { ChainStore, Tile } from '../store/store.ts';

const LF = 10;

/** What a tree that grows from one size to another has new, and its roots. */
export interface Growth {
  readonly bundles: readonly { readonly index: number; readonly width: number; readonly bytes: Uint8Array }[];
  /** Tiles of 256 hashes, lower levels first wherever they belong together. */
  readonly full: readonly Pick<Tile, 'level' | 'index' | 'hashes'>[];
  /** The tiles of the right edge that are not full. */
  readonly partials: readonly { readonly level: number; readonly index: number; readonly hashes: Uint8Array }[];
  /** Root of the tree of the smaller size; of the larger. */
  readonly rootBefore: Uint8Array;
  readonly root: Uint8Array;
}

/**
 * Reads what is new in the tree of `size` records after the one of `from`, and folds both roots from it.
 *
 * Leaf hashes are those of the stored records; what the database says of the tree to their left is proven or refuted by the roots.
 *
 * @throws ChainError ERR_CHAIN_TAMPERED, ERR_RECORD_PRUNED
 */
export async function readGrowth(store: ChainStore, from: number, size: number, engine: Engine): Promise<Growth> {
  // From the beginning of the tile that was open: its bundle and its hashes are published anew, wider.
  const start = Math.floor(from / TILE_WIDTH) * TILE_WIDTH;
  const { builder, range } = await treeBefore(store, start, engine);
  const bundles = new BundleBuilder(start);
  const expect = { chain: store.chain, first: start, count: size - start };
  const read = (): ReturnType<typeof hashRecords> => hashRecords(bundles.take(store.records(start, size)), expect, engine);
  const { leaves } = await orPruned(store, start, read);
  range.appendMany(leaves.subarray(0, (from - start) * 32), from - start, engine);
  const rootBefore = range.root(engine);
  range.appendMany(leaves.subarray((from - start) * 32), size - from, engine);
  const full = builder.add(leaves);
  return { bundles: bundles.finish(), full, partials: builder.partials(), rootBefore, root: range.root(engine) };
}

/** The tree of `size` records, a multiple of 256, from the roots of its full tiles. */
async function treeBefore(store: ChainStore, size: number, engine: Engine): Promise<{ builder: TileBuilder; range: CompactRange }> {
  const open = openTiles(size);
  const none = Promise.resolve(new Uint8Array(0));
  const read = open.map(({ index, width }, level) => (width === 0 ? none : readTile(store, level, index, width, engine)));
  const hashes = await Promise.all(read);
  const peaks = hashes.map((flat, level) => peaksOf(flat, open[level]!.width, engine)).toReversed();
  return { builder: TileBuilder.resume(size, hashes, engine), range: CompactRange.from(size, peaks.flat()) };
}

/** Collects the records that pass by into entry bundles. */
class BundleBuilder {
  readonly #done: Growth['bundles'][number][] = [];
  #index: number;
  #entries: Uint8Array[] = [];

  constructor(start: number) {
    this.#index = start / TILE_WIDTH;
  }

  async *take(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length;) {
        const end = chunk.indexOf(LF, at);
        this.#entries.push(chunk.subarray(at, end));
        at = end + 1;
        if (this.#entries.length === TILE_WIDTH) this.#end();
      }
      yield chunk;
    }
  }

  finish(): Growth['bundles'] {
    if (this.#entries.length > 0) this.#end();
    return this.#done;
  }

  #end(): void {
    this.#done.push({ index: this.#index++, width: this.#entries.length, bytes: formatEntryBundle(this.#entries) });
    this.#entries = [];
  }
}
