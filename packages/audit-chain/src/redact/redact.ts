import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { eventOf } from '../append/stored-receipt.ts';
import { ChainError } from '../errors.ts';
import { prepareOwnEvent } from '../record/own-event.ts';
import type { ChainStore } from '../store/store.ts';

/** One private value to be erased, by whom and why. */
export interface RedactRequest {
  /** The record. */
  readonly seq: number;
  /** The name under which its event has the value. */
  readonly name: string;
  /** Stays in the log for ever, so without personal data; 1–1000 bytes. */
  readonly reason: string;
  /** A pseudonymous id, 1–200 bytes. */
  readonly actor: string;
}

/**
 * Erases a private value and its salt, and leaves the event `record.redacted`: both in one transaction (docs/spec/reserved-events.md).
 *
 * The record keeps its commitment, which nobody can open any more, so every proof still holds. A value that is not stored, because it was lost
 * before, is marked as erased too: no backup brings it back. The event gets its place from whoever appends to the chain.
 *
 * @returns the id of the event, for `awaitSettled`
 * @throws ChainError ERR_SEQ_UNKNOWN, ERR_PRIVATE_UNKNOWN, ERR_PRIVATE_REDACTED, ERR_EVENT_MEMBER, ERR_EVENT_RESERVED, ERR_STORE; ProofError ERR_JSON_STRING
 * @example await redactPrivateValue(store, { seq: 17, name: 'email', reason: 'request 12', actor: 'user:dpo' });
 */
export async function redactPrivateValue(
  store: ChainStore,
  request: RedactRequest,
  engine: Engine = defaultEngine,
): Promise<{ readonly id: string }> {
  const { seq, name, reason, actor } = request;
  const now = await store.now();
  const payload = { name, reason, seq };
  const { id } = prepareOwnEvent({ type: 'record.redacted', actor, payload }, { chain: store.chain, now }, engine);
  const event = await eventWith(store, seq, name);
  await store.retention().redact({ seq, event, name, reason, actor, id });
  return { id };
}

/** The id of the event of a record that has a private value of this name. */
async function eventWith(store: ChainStore, seq: number, name: string): Promise<string> {
  const record = (await store.recordsAt([seq])).get(seq);
  if (record !== undefined) {
    const { id, private: commitments = {} } = eventOf(record);
    if (Object.hasOwn(commitments, name)) return id;
  } else {
    const id = await store.retention().eventWithPrivateValue(seq, name);
    if (id !== undefined) return id;
    if ((await store.pruned(seq)) === undefined)
      throw new ChainError('ERR_SEQ_UNKNOWN', `seq: the chain has no record ${seq}`, { field: 'seq', actual: seq });
  }
  throw new ChainError('ERR_PRIVATE_UNKNOWN', `name: record ${seq} has no private value of this name`, { field: 'name', actual: seq });
}
