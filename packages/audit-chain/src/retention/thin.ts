import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { seekTime } from '../read/seek.ts';
import { prepareOwnEvent } from '../record/own-event.ts';
import type { ChainStore } from '../store/store.ts';
import { requirePast } from './past.ts';

/** Which notes may go, by whom. */
export interface ThinRequest {
  /** The policy: only notes over records that entered the chain before, RFC 3339 UTC with milliseconds. */
  readonly olderThan: string;
  /** A pseudonymous id, 1–200 bytes. */
  readonly actor: string;
  /** Further sizes to keep. */
  readonly keep?: readonly number[];
}

/**
 * Removes old notes that nothing relies on, with their checkpoints, and leaves the event `checkpoint.thinned` in the same transaction.
 *
 * Kept are notes that are cosigned (a signature line by another name than the log's) or time-stamped, at the end of a segment and thus in a manifest, the first
 * or last of a key, or named by `keep`, and one in every 10,000 records, so that what is sealed later has places to end at. Newer notes cover what the removed ones did; a receipt that somebody holds has its own note inside.
 *
 * @returns how many notes went and the id of the event; undefined when there was nothing to remove
 * @throws ChainError ERR_PRUNE_REFUSED, ERR_EVENT_MEMBER, ERR_CHAIN_TAMPERED, ERR_STORE
 * @example await thinNotes(store, { olderThan: '2026-01-01T00:00:00.000Z', actor: 'system:retention' });
 */
export async function thinNotes(
  store: ChainStore,
  { olderThan, actor, keep = [] }: ThinRequest,
  engine: Engine = defaultEngine,
): Promise<{ readonly id: string; readonly removed: number } | undefined> {
  const now = await store.now();
  requirePast(olderThan, now);
  for (const size of keep) if (!Number.isSafeInteger(size) || size < 1) throw new RangeError(`keep: expected tree sizes, got ${size}`);
  const payload = { below: 1, removed: 1 };
  const { id } = prepareOwnEvent({ type: 'checkpoint.thinned', actor, payload }, { chain: store.chain, now }, engine);
  const to = (await store.note())?.size ?? 0;
  const below = await seekTime(store, olderThan, Math.min(to, await store.firstStored()), to);
  if (below === 0) return undefined;
  const attested = await store.attestations().sizes();
  const removed = await store.retention().thin({ below, keep: [...keep, ...attested], actor, id });
  return removed === 0 ? undefined : { id, removed };
}
