import type { Engine } from '@countersign/proof-core/engine/engine';
import { parseJson } from '@countersign/proof-core/json/parse';
import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { ChainError } from '../errors.ts';
import type { PreparedEvent } from '../record/event.ts';
import { commit } from '../record/private.ts';
import type { ChainStore, TakenId } from '../store/store.ts';
import type { Caller } from './queue.ts';
import type { AppendReceipt } from './receipt.ts';
import { collect } from './stored-tree.ts';

type Commitments = { readonly [name: string]: { readonly digest: string } };

/**
 * Answers the callers whose ids the chain already holds: the same event gets the receipt of its record, another one is refused.
 *
 * @param receiptOf waits until the record is settled
 * @returns the other callers
 */
export async function adoptTaken(
  store: ChainStore,
  taken: readonly TakenId[],
  callers: readonly Caller[],
  receiptOf: (seq: number) => Promise<AppendReceipt>,
  engine: Engine,
): Promise<readonly Caller[]> {
  const byId = new Map(taken.map((entry) => [entry.id, entry]));
  const others: Caller[] = [];
  for (const caller of callers) {
    const there = byId.get(caller.event.id);
    if (there === undefined) others.push(caller);
    else {
      try {
        await requireSame(store, there, caller.event, engine);
        // Not awaited here: the record may wait for the very batch that these callers hold up.
        receiptOf(there.seq!).then(caller.resolve, caller.reject);
      } catch (error) {
        caller.reject(error);
      }
    }
  }
  return others;
}

async function requireSame(store: ChainStore, there: TakenId, event: PreparedEvent, engine: Engine): Promise<void> {
  if (there.seq === undefined || there.digest !== event.digest) throw conflict(event.id);
  const commitments = await storedCommitments(store, there.seq);
  const names = Object.keys(commitments);
  if (names.length !== event.privateValues.length) throw conflict(event.id);
  if (names.length === 0) return;
  const stored = new Map((await store.privateValues(event.id)).map((value) => [value.name, value]));
  for (const { name, value } of event.privateValues) {
    const commitment = Object.hasOwn(commitments, name) ? commitments[name] : undefined;
    if (commitment === undefined) throw conflict(event.id);
    const salt = stored.get(name)?.salt;
    if (salt === undefined) {
      throw new ChainError('ERR_ID_REDACTED', `id ${event.id}: a private value of the record was erased`, { field: 'id', actual: event.id });
    }
    const of = { chain: store.chain, id: event.id, name, value: parseJson(utf8Encode(value), 'private') };
    if (commit(of, salt, engine) !== commitment.digest) throw conflict(event.id);
  }
}

async function storedCommitments(store: ChainStore, seq: number): Promise<Commitments> {
  const line = await collect(store.records(seq, seq + 1));
  const { event } = parseJson(line.subarray(0, -1), 'record') as unknown as { readonly event: { readonly private?: Commitments } };
  return event.private ?? {};
}

function conflict(id: string): ChainError {
  return new ChainError('ERR_ID_CONFLICT', `id ${id}: the chain holds another event under it`, { field: 'id', expected: 'the same event', actual: id });
}
