import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { orPruned } from '../append/missing.ts';
import { TILE_WIDTH } from '../append/tiles.ts';
import { ZERO_HASH } from '@countersign/proof-core/record/link';
import { ChainError } from '../errors.ts';
import { seekTime } from '../read/seek.ts';
import { prepareOwnEvent } from '../record/own-event.ts';
import type { ChainStore, StoredSegment } from '../store/store.ts';
import { requirePast } from './past.ts';

/**
 * Proves that an archive holds a segment as it was signed; rejects when it does not.
 *
 * @see archiveVerifier
 */
export type VerifySegment = (first: number, last: number) => Promise<void>;

/** What may be pruned, by whom. */
export interface PruneRequest {
  /** The archive that the records were sealed to: `ArchiveTarget.name`. */
  readonly target: string;
  /** The policy: only records that entered the chain before, RFC 3339 UTC with milliseconds. */
  readonly olderThan: string;
  /** A pseudonymous id, 1–200 bytes. */
  readonly actor: string;
  readonly verifySegment: VerifySegment;
  /** Records in one transaction, each of which leaves its own event; default 1,048,576. */
  readonly records?: number;
}

/** Records that were pruned in one transaction, and the id of the event that says so. */
export interface PrunedRecords {
  readonly first: number;
  readonly last: number;
  readonly id: string;
}

const RECORDS = 4096 * TILE_WIDTH;

/**
 * Prunes the records that are sealed, older than the policy and proven to be in the archive, and leaves the event `chain.pruned` in the same
 * transaction (docs/spec/reserved-events.md).
 *
 * Tiles and ids stay, so that proofs can be made, roots continued and ids never used twice. The end is a full-tile edge (a multiple of 256) and
 * never beyond the last sealed segment or the newest note. Every segment that is touched is verified first: one that fails stops everything.
 *
 * @returns what was pruned; nothing when there is nothing to prune
 * @throws ChainError ERR_PRUNE_REFUSED, ERR_EVENT_MEMBER, ERR_CHAIN_TAMPERED, ERR_STORE; what `verifySegment` rejects with
 * @example await pruneRecords(store, { target: target.name, olderThan, actor: 'system:retention', verifySegment });
 */
export async function pruneRecords(store: ChainStore, request: PruneRequest, engine: Engine = defaultEngine): Promise<PrunedRecords[]> {
  const { target, olderThan, actor, records = RECORDS } = request;
  const now = await store.now();
  requirePast(olderThan, now);
  const payload = { first: 0, last: 0, manifest: ZERO_HASH, older_than: olderThan };
  const newEvent = () => prepareOwnEvent({ type: 'chain.pruned', actor, payload }, { chain: store.chain, now }, engine).id;
  newEvent();
  const from = await store.firstStored();
  const segments = await store.segments(target);
  const signed = (await store.note())?.size ?? 0;
  const to = edgeBefore(Math.min(sealedSize(segments), signed - 1));
  if (to <= from) return [];
  const end = await endBefore(store, olderThan, from, to);
  if (end === undefined) return [];
  for (const { first, last } of segments) if (last >= from && first < end) await request.verifySegment(first, last);
  const pruned: PrunedRecords[] = [];
  const step = Math.max(TILE_WIDTH, edgeBefore(records));
  for (let next = Math.min(end, from + step); next > (pruned.at(-1)?.last ?? from - 1) + 1; next = Math.min(end, next + step)) {
    const id = newEvent();
    const range = await store.retention().prune({ end: next, target, olderThan, actor, id });
    // Somebody else prunes at the same time.
    if (range === undefined) break;
    pruned.push({ ...range, id });
  }
  return pruned;
}

/** Where the records that are older end; undefined when somebody else has pruned them meanwhile. */
async function endBefore(store: ChainStore, olderThan: string, from: number, to: number): Promise<number | undefined> {
  try {
    return edgeBefore(await orPruned(store, from, () => seekTime(store, olderThan, from, to)));
  } catch (error) {
    if (error instanceof ChainError && error.code === 'ERR_RECORD_PRUNED') return undefined;
    throw error;
  }
}

function edgeBefore(size: number): number {
  return Math.floor(Math.max(0, size) / TILE_WIDTH) * TILE_WIDTH;
}

/** Records from 0 on that are sealed without a gap. */
function sealedSize(segments: readonly StoredSegment[]): number {
  let size = 0;
  for (const { first, last, manifest } of segments) {
    if (first !== size || manifest === undefined) break;
    size = last + 1;
  }
  return size;
}
