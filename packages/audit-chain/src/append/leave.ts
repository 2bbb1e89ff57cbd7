import { utf8Decode } from '@countersign/proof-core/bytes/utf8';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { pgQueries } from '../adapters/pg.ts';
import { ChainError } from '../errors.ts';
import type { PreparedEvent } from '../record/event.ts';
import { formatPrivateValues } from '../store/add-batch.ts';
import type { ChainStore, LeftEvent } from '../store/store.ts';
import { requireSame } from './taken.ts';

/** A caller's transaction: a `pg` client between BEGIN and COMMIT, or the transaction PGlite hands to its callback. */
export interface TransactionLike {
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
  /** PGlite says whether its transaction has ended. */
  readonly closed?: boolean;
}

/** An event left in a transaction. */
export interface Left extends LeftEvent {
  readonly on: TransactionLike;
}

/**
 * Writes an event and its id into a caller's transaction. Whatever can be refused is refused here, and leaves the transaction usable.
 *
 * @throws ChainError ERR_ID_CONFLICT, ERR_ID_REDACTED, ERR_STORE
 */
export async function leaveEvent(store: ChainStore, on: TransactionLike, event: PreparedEvent, engine: Engine): Promise<Left> {
  const left = await store.leave(pgQueries(on), {
    id: event.id,
    digest: event.digest,
    event: utf8Decode(event.bytes),
    private: event.privateValues.length === 0 ? null : formatPrivateValues(event.privateValues),
  });
  if (!left.fresh) await requireSameLeft(store.within(pgQueries(on)), event, engine);
  return { ...left, on };
}

/** The id is held: by a record, or by an event that waits, of this transaction or of one that has committed. */
async function requireSameLeft(
  store: Pick<ChainStore, 'chain' | 'takenIds' | 'recordsAt' | 'privateValues' | 'pruned'>,
  event: PreparedEvent,
  engine: Engine,
) {
  const [there] = await store.takenIds([event.id]);
  if (there === undefined || there.aside || there.digest !== event.digest)
    throw new ChainError('ERR_ID_CONFLICT', `id ${event.id}: the chain holds another event under it`, { field: 'id', actual: event.id });
  if (there.seq !== undefined) await requireSame(store, there, await store.recordsAt([there.seq]), event, engine);
  else if (event.privateValues.length > 0) {
    throw new ChainError('ERR_ID_CONFLICT', `id ${event.id}: it waits with private values, which cannot be compared yet`, {
      field: 'id',
      actual: event.id,
    });
  }
}
