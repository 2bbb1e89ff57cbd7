import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { hexDecode } from '@countersign/proof-core/bytes/hex';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { equalBytes } from '@countersign/proof-core/bytes/compare';
import { ProofError } from '@countersign/proof-core/errors';
import { parseJson } from '@countersign/proof-core/json/parse';
import { type JsonObject, isJsonObject } from '@countersign/proof-core/json/value';
import { ChainError } from '../errors.ts';
import { type EventInput, type PreparedEvent, prepareEvent } from '../record/event.ts';
import { type PrivateValue, commit } from '../record/private.ts';
import { LEFT_BY_DATABASE, checkReservedPayload } from '../record/reserved.ts';
import type { WaitingEvent } from '../store/store.ts';

/**
 * Reads a waiting row as strictly as an event from a caller: the row lies in a database that others write to.
 *
 * A reserved type is accepted from the functions of the database alone (`byLibrary`, which nobody else can set), and only with the payload that
 * they write.
 *
 * @returns the event, or why it is none
 */
export function readWaiting(row: WaitingEvent, chain: string, engine: Engine): PreparedEvent | string {
  try {
    return readEvent(row, chain, engine);
  } catch (error) {
    if (error instanceof ChainError || error instanceof ProofError)
      return `${error.code}${error.field === undefined ? '' : ` ${error.field}`}`;
    throw error;
  }
}

function readEvent(row: WaitingEvent, chain: string, engine: Engine): PreparedEvent {
  const bytes = utf8Encode(row.event);
  const value = parseJson(bytes, 'event');
  if (!isJsonObject(value)) throw rogue('event', 'an object');
  const { private: commitments, ...plain } = value;
  const privateValues = readPrivate(row.private);
  const checked = prepareEvent(plain as unknown as EventInput, { chain, now: 0, allowReserved: row.byLibrary }, engine);
  if (checked.id !== row.id || plain['id'] !== row.id) throw rogue('id', row.id);
  if (row.byLibrary) checkOwn(plain, row.private);
  if (privateValues.length === 0 && commitments !== undefined) throw rogue('private', 'values for the commitments');
  // The bytes that become the record are the ones that the rules give, not the ones that were found.
  const canonical =
    privateValues.length === 0
      ? checked.bytes
      : engine.canonicalize({ ...plain, private: commitmentsOf(privateValues, chain, row.id, engine) });
  if (!equalBytes(canonical, bytes)) throw rogue('event', 'canonical bytes');
  // Its own row was written with it, under the same digest: what is there without it would be a record whose id is not taken.
  if (checked.digest !== row.digest) throw new ChainError('ERR_ID_CONFLICT', 'id: held for no such event', { field: 'id', actual: row.id });
  return { ...checked, bytes: canonical, privateValues };
}

/** An event that a function of the database left for what it did. */
function checkOwn({ type, payload, ...others }: JsonObject, hidden: string | null): void {
  if (!LEFT_BY_DATABASE.includes(type as string)) throw rogue('type', LEFT_BY_DATABASE.join(', '));
  checkReservedPayload(type as string, payload!);
  if (hidden !== null || Object.keys(others).join() !== 'actor,id') throw rogue('event', 'actor, id, payload and type only');
}

function commitmentsOf(values: readonly PrivateValue[], chain: string, id: string, engine: Engine): JsonObject {
  return Object.fromEntries(
    values.map(({ name, value, salt }) => [
      name,
      { digest: commit({ chain, id, name, value: parseJson(utf8Encode(value), 'private') }, salt, engine) },
    ]),
  );
}

function readPrivate(text: string | null): PrivateValue[] {
  if (text === null) return [];
  const values = parseJson(utf8Encode(text), 'private');
  if (!Array.isArray(values)) throw rogue('private', 'an array');
  return (values as readonly unknown[]).map((entry) => {
    const { name, value, salt } = (entry ?? {}) as { name?: unknown; value?: unknown; salt?: unknown };
    if (typeof name !== 'string' || typeof value !== 'string' || typeof salt !== 'string') throw rogue('private', 'name, value and salt');
    return { name, value, salt: hexDecode(salt, 32, 'salt') };
  });
}

function rogue(field: string, expected: string): ChainError {
  return new ChainError('ERR_EVENT_MEMBER', `${field}: expected ${expected}`, { field, expected });
}
