import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { parseJson } from '@countersign/proof-core/json/parse';
import { ChainError } from '../errors.ts';
import type { PreparedEvent } from '../record/event.ts';
import { commit } from '../record/private.ts';
import type { ChainStore, TakenId } from '../store/store.ts';
import { missingRecord } from './missing.ts';
import type { Caller } from './queue.ts';
import { eventOf, receiptOf } from './stored-receipt.ts';

/**
 * Answers the callers whose ids the chain already holds: the same event gets the receipt of its record, another one is refused.
 *
 * @param settled resolves when a record is settled, rejects when it cannot be for now
 * @returns the other callers
 */
export async function adoptTaken(
  store: ChainStore,
  taken: readonly TakenId[],
  callers: readonly Caller[],
  settled: (seq: number) => Promise<void>,
  engine: Engine,
): Promise<readonly Caller[]> {
  const byId = new Map(taken.map((entry) => [entry.id, entry]));
  const records = await store.recordsAt(taken.flatMap(({ seq }) => seq ?? []));
  const others: Caller[] = [];
  for (const caller of callers) {
    const there = byId.get(caller.event.id);
    // One whose event was put aside never gets a place.
    if (there?.aside === true) caller.reject(conflict(caller.event.id));
    // An id without a place belongs to an event that waits: it gets one with the next batch, and is asked for again then.
    else if (there === undefined || there.seq === undefined) others.push(caller);
    else {
      try {
        const record = await requireSame(store, there, records, caller.event, engine);
        // Not awaited here: the record may wait for the very batch that these callers hold up.
        settled(there.seq).then(
          () => caller.resolve(receiptOf(store, there.seq!, record, engine)),
          (error: unknown) => caller.reject(error),
        );
      } catch (error) {
        caller.reject(error);
      }
    }
  }
  return others;
}

/**
 * Requires that an event is the one that the chain holds under its id.
 *
 * @returns the bytes of its record
 * @throws ChainError ERR_ID_CONFLICT, ERR_ID_REDACTED, ERR_RECORD_PRUNED, ERR_CHAIN_TAMPERED
 */
export async function requireSame(
  store: Pick<ChainStore, 'chain' | 'privateValues' | 'pruned'>,
  there: TakenId,
  records: ReadonlyMap<number, Uint8Array>,
  event: PreparedEvent,
  engine: Engine,
): Promise<Uint8Array> {
  if (there.seq === undefined || there.digest !== event.digest) throw conflict(event.id);
  const record = records.get(there.seq);
  if (record === undefined) throw await missingRecord(store, there.seq);
  const commitments = eventOf(record).private ?? {};
  if (Object.keys(commitments).length !== event.privateValues.length) throw conflict(event.id);
  if (event.privateValues.length === 0) return record;
  const stored = new Map((await store.privateValues(event.id)).map((value) => [value.name, value]));
  for (const { name, value } of event.privateValues) {
    const commitment = Object.hasOwn(commitments, name) ? commitments[name] : undefined;
    if (commitment === undefined) throw conflict(event.id);
    const salt = stored.get(name)?.salt;
    if (salt === undefined) {
      throw new ChainError('ERR_ID_REDACTED', `id ${event.id}: a private value of the record was erased`, {
        field: 'id',
        actual: event.id,
      });
    }
    const of = { chain: store.chain, id: event.id, name, value: parseJson(utf8Encode(value), 'private') };
    if (commit(of, salt, engine) !== commitment.digest) throw conflict(event.id);
  }
  return record;
}

function conflict(id: string): ChainError {
  return new ChainError('ERR_ID_CONFLICT', `id ${id}: the chain holds another event under it`, {
    field: 'id',
    expected: 'the same event',
    actual: id,
  });
}
