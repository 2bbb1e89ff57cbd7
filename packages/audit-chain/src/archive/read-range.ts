import { hexEncode } from '@countersign/proof-core/bytes/hex';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { CompactRange } from '@countersign/proof-core/merkle/compact-range';
import type { KeyResolver } from '@countersign/proof-core/ports';
import { ZERO_HASH, readLink } from '@countersign/proof-core/record/link';
import { hashRecords, tampered } from '../append/lines.ts';
import { orPruned } from '../append/missing.ts';
import type { ChainStore, StoredNote } from '../store/store.ts';
import { requireSigned } from './signed-note.ts';
import { type GzipMember, SegmentBuilder, type SegmentFile, type SegmentMemory } from './segment.ts';

/** The records of a segment, read once, verified and compressed. */
export interface ReadRange {
  readonly segment: SegmentFile;
  /** Compact range of [0, first), hex. */
  readonly frontier: readonly string[];
  readonly firstPrev: string;
  /** `link.time` of the first record. */
  readonly time: string;
  /** Of the last one: nothing that speaks of it was signed before. */
  readonly lastTime: string;
  readonly lastHash: string;
  /** Root of the tree of size `last + 1`, hex. */
  readonly root: string;
}

/**
 * Reads the records [first, note.size) and requires that they continue the signed chain: what contradicts a note is not sealed.
 *
 * @throws ChainError ERR_CHAIN_TAMPERED, ERR_RECORD_PRUNED; ProofError ERR_NOTE_… when the note does not verify
 */
export async function readRange(
  store: ChainStore,
  first: number,
  note: StoredNote,
  parts: { readonly resolver: KeyResolver; readonly gzip: GzipMember },
  memory: SegmentMemory,
  engine: Engine,
): Promise<ReadRange> {
  const frontier = await frontierOf(store, first);
  const frontierHashes = frontier.toHex();
  const builder = new SegmentBuilder(first, parts.gzip, engine, memory);
  const range = { first: undefined as Uint8Array | undefined };
  const chunks = tee(store.records(first, note.size, { borrowed: true }), builder, (line) => (range.first = line));
  const expect = { chain: store.chain, first, count: note.size - first };
  const { leaves, hash, time: lastTime } = await orPruned(store, first, () => hashRecords(chunks, expect, engine));
  frontier.appendMany(leaves, note.size - first, engine);
  const root = frontier.root(engine);
  await requireSigned(store.chain, note, root, parts.resolver, `records ${first} to ${note.size - 1}`, engine);
  const link = readLink(range.first!, 0, range.first!.length)!;
  if (first === 0 && link.prev !== ZERO_HASH) throw tampered('record 0', 'no predecessor', link.prev);
  return {
    segment: await builder.finish(),
    frontier: frontierHashes,
    firstPrev: link.prev,
    time: link.time,
    lastTime,
    lastHash: hash,
    root: hexEncode(root),
  };
}

async function frontierOf(store: ChainStore, first: number): Promise<CompactRange> {
  if (first === 0) return CompactRange.empty();
  const stored = await store.checkpoint(first);
  if (stored === undefined) throw tampered(`checkpoint ${first}`, 'the one where the segment before ends', 'none');
  const range = CompactRange.fromBytes(stored.frontier);
  if (range.begin !== 0 || range.size !== first) throw tampered(`frontier of size ${first}`, 'the range of that size', 'another');
  return range;
}

/** Hands all lines to the builder on their way to the hasher, and the first one to `onFirst`. */
async function* tee(
  chunks: AsyncIterable<Uint8Array>,
  builder: SegmentBuilder,
  onFirst: (line: Uint8Array) => void,
): AsyncIterable<Uint8Array> {
  for await (const chunk of chunks) {
    if (builder.count === 0) onFirst(chunk.slice(0, chunk.indexOf(10)));
    builder.add(chunk);
    yield chunk;
    await builder.room();
  }
}
