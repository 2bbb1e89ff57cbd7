import { equalBytes } from '@countersign/proof-core/bytes/compare';
import { hexEncode } from '@countersign/proof-core/bytes/hex';
import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { TILE_WIDTH, formatEntriesPath, formatTilePath } from '@countersign/proof-core/merkle/tile';
import type { Checkpoint } from '@countersign/proof-core/note/checkpoint';
import type { KeyResolver } from '@countersign/proof-core/ports';
import { type SegmentLimits, segmentEnd } from '../archive/limits.ts';
import { putSame } from '../archive/put.ts';
import { requireSigned } from '../archive/signed-note.ts';
import { ChainError } from '../errors.ts';
import type { ChainStore, StoredNote } from '../store/store.ts';
import { type Growth, readGrowth } from './growth.ts';
import { CHECKPOINT, readPublished } from './published.ts';
import type { TileTarget } from './target.ts';

/** What publishing a tile tree needs. */
export interface TileParts {
  readonly store: ChainStore;
  readonly target: TileTarget;
  readonly resolver: KeyResolver;
  /** How much is read into memory at once; by default as a segment. */
  readonly limits?: Pick<SegmentLimits, 'records' | 'bytes'>;
}

/**
 * Publishes everything that is signed as a C2SP tlog-tiles tree: entry bundles and tiles first, then the checkpoint that needs them.
 *
 * What is published is what the signed checkpoints say: every step is folded to its note's root, and to the root of the checkpoint that was
 * published before, from the records themselves. The checkpoint is replaced by a larger one alone. Cut off, it is completed by the next call;
 * two at once publish one tree.
 *
 * @param options `signal` ends it between two checkpoints
 * @yields each checkpoint that was published, in rising size; nothing when there is nothing new
 * @throws ChainError ERR_ARCHIVE_CONFLICT, ERR_CHAIN_FORKED and ERR_CHAIN_ROLLED_BACK against what was published, ERR_CHAIN_TAMPERED,
 *   ERR_RECORD_PRUNED, ERR_STORE, ERR_ARCHIVE_STORE, ERR_DISK_FULL; ProofError ERR_NOTE_…
 * @see docs/spec/tiles.md §5
 * @example for await (const { size } of publishTiles({ store, target: folderTarget('tiles'), resolver })) console.log(size);
 */
export async function* publishTiles(
  parts: TileParts,
  options: { readonly signal?: AbortSignal } = {},
  engine: Engine = defaultEngine,
): AsyncGenerator<{ readonly size: number }> {
  const { store, target, resolver, limits = {} } = parts;
  while (options.signal?.aborted !== true) {
    const { bytes, checkpoint } = await readPublished(target, store.chain, resolver, engine);
    const note = await segmentEnd(store, checkpoint?.size ?? 0, limits, false);
    if (note === undefined) {
      await requireLatest(store, checkpoint);
      return;
    }
    const growth = await readGrowth(store, checkpoint?.size ?? 0, note.size, engine);
    requireConsistent(checkpoint, growth);
    await requireSigned(store.chain, note, growth.root, resolver, `records below ${note.size}`, engine);
    await putTiles(target, growth);
    // Who was faster has published a checkpoint of the same log: the next turn goes on from that.
    if (await target.replace(CHECKPOINT, utf8Encode(note.note), bytes)) yield { size: note.size };
  }
}

async function putTiles(target: TileTarget, { bundles, full, partials }: Growth): Promise<void> {
  const retention = await target.retention();
  const files = [
    ...bundles.map(({ index, width, bytes }) => [formatEntriesPath(index, width), bytes] as const),
    ...full.map(({ level, index, hashes }) => [formatTilePath({ level, index, width: TILE_WIDTH }), hashes] as const),
    ...partials.map(({ level, index, hashes }) => [formatTilePath({ level, index, width: hashes.length / 32 }), hashes] as const),
  ];
  const { atOnce = 1 } = target;
  for (let at = 0; at < files.length; at += atOnce) {
    const puts = files.slice(at, at + atOnce).map(([path, bytes]) => putSame(target, path, bytes, retention));
    // Those that are on their way are waited for, also when one of them fails.
    await Promise.allSettled(puts);
    await Promise.all(puts);
  }
}

/** The tree that was published must be the beginning of this one. */
function requireConsistent(published: Checkpoint | undefined, { rootBefore }: Growth): void {
  if (published !== undefined && !equalBytes(published.root, rootBefore)) throw forked(published, hexEncode(rootBefore));
}

/** Nothing is newer than what was published: then it must be what the chain has there. */
async function requireLatest(store: ChainStore, published: Checkpoint | undefined): Promise<void> {
  if (published === undefined) return;
  const newest: StoredNote | undefined = await store.note();
  const size = newest?.size ?? 0;
  if (size < published.size) {
    throw new ChainError('ERR_CHAIN_ROLLED_BACK', `a checkpoint of ${published.size} records was published; the newest here has ${size}`, {
      field: 'size',
      expected: published.size,
      actual: size,
    });
  }
  const stored = await store.checkpoint(size);
  if (stored !== undefined && !equalBytes(stored.root, published.root)) throw forked(published, hexEncode(stored.root));
}

function forked({ size, root }: Checkpoint, actual: string): ChainError {
  return new ChainError(
    'ERR_CHAIN_FORKED',
    `the checkpoint that was published has another root at ${size} records; nothing was published`,
    {
      field: 'root',
      expected: hexEncode(root),
      actual,
    },
  );
}
