import { utf8Decode } from '@countersign/proof-core/bytes/utf8';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { pgQueries } from '../adapters/pg.ts';
import { ChainError } from '../errors.ts';
import { type PreparedEvent, sizeOf } from '../record/event.ts';
import { formatPrivateValues } from '../store/add-batch.ts';
import type { ChainStore, LeavingEvent } from '../store/store.ts';
import { requireSame } from './taken.ts';

/** A caller's transaction: a `pg` client between BEGIN and COMMIT, or the transaction PGlite hands to its callback. */
export interface TransactionLike {
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
  /** PGlite says whether its transaction has ended. */
  readonly closed?: boolean;
}

/** Where events were left. */
export interface Left {
  readonly on: TransactionLike;
  /** The transaction's id. */
  readonly transaction: string;
}

/** Events that one call leaves at most: what a batch takes. */
export const MAX_LEFT = 1000;
/** Bytes of them and of their private values at most. */
export const MAX_LEFT_BYTES: number = 16 * 2 ** 20;

type Reads = Pick<ChainStore, 'chain' | 'takenIds' | 'recordsAt' | 'privateValues' | 'pruned'>;

/** Requires that events can be left in one call. */
function requireList(events: readonly PreparedEvent[]): void {
  const bytes = events.reduce((sum, event) => sum + sizeOf(event), 0);
  if (events.length === 0 || events.length > MAX_LEFT || bytes > MAX_LEFT_BYTES) {
    const expected = `1 to ${MAX_LEFT} events of at most ${MAX_LEFT_BYTES} bytes together`;
    const actual = `${events.length} events of ${bytes} bytes`;
    throw new ChainError('ERR_EVENTS_SIZE', `events: expected ${expected}, got ${actual}`, { field: 'events', expected, actual });
  }
  const ids = new Set<string>();
  for (const { id } of events) if (ids.size === ids.add(id).size) throw conflict(id, 'the list has it twice');
}

/**
 * Writes events and their ids into a caller's transaction, all or none. Whatever can be refused is refused here, and leaves the transaction usable.
 *
 * @throws ChainError ERR_EVENTS_SIZE, ERR_ID_CONFLICT, ERR_ID_REDACTED, ERR_STORE
 */
export async function leaveEvents(store: ChainStore, on: TransactionLike, events: readonly PreparedEvent[], engine: Engine): Promise<Left> {
  requireList(events);
  const queries = pgQueries(on);
  for (let rest = events; ;) {
    const { transaction, fresh } = await store.leave(queries, rest.map(leaving));
    if (fresh) return { on, transaction };
    rest = await withoutSame(store.within(queries), rest, engine);
    if (rest.length === 0) return { on, transaction };
  }
}

function leaving({ id, digest, bytes, privateValues }: PreparedEvent): LeavingEvent {
  return { id, digest, event: utf8Decode(bytes), private: privateValues.length === 0 ? null : formatPrivateValues(privateValues) };
}

/** Some ids are held: by records, or by events that wait, of this transaction or of ones that have committed. @returns the other events */
async function withoutSame(store: Reads, events: readonly PreparedEvent[], engine: Engine): Promise<readonly PreparedEvent[]> {
  const taken = new Map((await store.takenIds(events.map(({ id }) => id))).map((there) => [there.id, there]));
  if (taken.size === 0) throw conflict(events[0]!.id, 'the chain holds another event under it');
  for (const event of events) {
    const there = taken.get(event.id);
    if (there === undefined) continue;
    if (there.aside || there.digest !== event.digest) throw conflict(event.id, 'the chain holds another event under it');
    if (there.seq !== undefined) await requireSame(store, there, await store.recordsAt([there.seq]), event, engine);
    else if (event.privateValues.length > 0) throw conflict(event.id, 'it waits with private values, which cannot be compared yet');
  }
  return events.filter(({ id }) => !taken.has(id));
}

function conflict(id: string, reason: string): ChainError {
  return new ChainError('ERR_ID_CONFLICT', `id ${id}: ${reason}`, { field: 'id', actual: id });
}
