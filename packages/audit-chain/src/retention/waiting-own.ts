import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { ProofError } from '@countersign/proof-core/errors';
import { parseJson } from '@countersign/proof-core/json/parse';
import type { JsonValue } from '@countersign/proof-core/json/value';
import { ChainError } from '../errors.ts';
import { checkReservedPayload } from '../record/reserved.ts';
import type { ChainStore } from '../store/store.ts';
import type { Finding } from '../verify/finding.ts';

/** A range that was pruned, as `chain.pruned` says. */
export interface PrunedRecords {
  readonly first: number;
  readonly last: number;
}

/** A private value that was erased, as `record.redacted` says. */
export interface RedactedValue {
  readonly name: string;
  readonly seq: number;
}

/** What the payloads of the events that the database leaves by itself say. */
interface OwnPayloads {
  readonly 'chain.pruned': PrunedRecords;
  readonly 'record.redacted': RedactedValue;
}

/**
 * What the log's own events of a type say that have no record yet: the transaction that prunes or erases leaves one, and whoever appends places it.
 *
 * Nothing of it is signed: it tells that the record may still come. A row may hold anything: one that is no such event says nothing, and is told.
 *
 * @param report takes `WAITING_MALFORMED`
 * @returns in the order in which they will get their places
 * @throws ChainError ERR_STORE
 * @see docs/spec/reserved-events.md
 * @example await readWaitingOwn(store, 'chain.pruned', (finding) => findings.add(finding))
 */
export async function readWaitingOwn<T extends keyof OwnPayloads>(
  store: ChainStore,
  type: T,
  report: (finding: Finding) => void,
): Promise<OwnPayloads[T][]> {
  const events = await store.waitingOwn(type);
  const said = events.map((text) => ownPayload(type, () => eventOf(text)));
  const malformed = said.filter((payload) => payload === undefined).length;
  if (malformed > 0)
    report({
      code: 'WAITING_MALFORMED',
      field: type,
      expected: 'an event of this type',
      actual: `${malformed} of ${events.length} that wait are none`,
    });
  return said.filter((payload) => payload !== undefined);
}

/**
 * What one of the log's own events says; undefined when it cannot be read, or its payload is not of the frozen schema.
 *
 * @param read gives the event, or throws a coded error
 * @example ownPayload('record.redacted', () => parseRecord(record).event)
 */
export function ownPayload<T extends keyof OwnPayloads>(type: T, read: () => unknown): OwnPayloads[T] | undefined {
  try {
    const { payload } = (read() ?? {}) as { readonly payload?: JsonValue };
    checkReservedPayload(type, payload ?? null);
    return payload as unknown as OwnPayloads[T];
  } catch (error) {
    if (error instanceof ProofError || error instanceof ChainError) return undefined;
    throw error;
  }
}

function eventOf(text: string): JsonValue {
  return parseJson(utf8Encode(text));
}
