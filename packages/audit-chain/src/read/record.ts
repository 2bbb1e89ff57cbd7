import { ProofError } from '@countersign/proof-core/errors';
import type { Link } from '@countersign/proof-core/record/link';
import { type ParsedRecord, type RecordEvent, parseRecord } from '@countersign/proof-core/record/parse';
import { tampered } from '../append/lines.ts';
import type { AppendReceipt } from '../append/receipt.ts';
import type { FoundRecord, RecordFilter } from '../store/find.ts';

/** A record as read from a chain. Nothing of it is verified; its receipt, or `audit-verify`, is. */
export interface ReadRecord {
  readonly seq: number;
  /** The stored bytes. */
  readonly record: Uint8Array;
  readonly event: RecordEvent;
  readonly link: Link;
  /** Whether a signed checkpoint covers it. */
  readonly settled: boolean;
  /** Where receipts were asked for and the record is settled. */
  readonly receipt?: AppendReceipt;
}

/**
 * Reads a stored record and requires that it is one, of this chain and in this place: what is read is what can be verified.
 *
 * @throws ChainError ERR_CHAIN_TAMPERED
 */
export function readStored({ seq, record }: FoundRecord, chain: string): ParsedRecord {
  let parsed: ParsedRecord;
  try {
    parsed = parseRecord(record);
  } catch (error) {
    if (!(error instanceof ProofError)) throw error;
    throw tampered(`record ${seq}`, 'a record', `${error.code} in ${error.field ?? 'it'}`);
  }
  const { link } = parsed;
  if (link.chain !== chain || link.seq !== seq)
    throw tampered(`record ${seq}`, `record ${seq} of ${chain}`, `record ${link.seq} of ${link.chain}`);
  return parsed;
}

/** Tells whether an event is wanted, to the letter. */
export function isWanted(event: Pick<RecordEvent, 'actor' | 'subject' | 'type'>, { actor, subject, type }: RecordFilter): boolean {
  return (
    (type === undefined || event.type === type) &&
    (actor === undefined || event.actor === actor) &&
    (subject === undefined || event.subject === subject)
  );
}
