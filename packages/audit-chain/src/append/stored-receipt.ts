import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { hexEncode } from '@countersign/proof-core/bytes/hex';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { ProofError } from '@countersign/proof-core/errors';
import { parseJson } from '@countersign/proof-core/json/parse';
import { hashLeaf } from '@countersign/proof-core/merkle/hash';
import { verifyInclusion } from '@countersign/proof-core/merkle/inclusion';
import { parseCheckpoint } from '@countersign/proof-core/note/checkpoint';
import { parseNote } from '@countersign/proof-core/note/note';
import { formatReceipt } from '@countersign/proof-core/receipt/receipt';
import { ChainError } from '../errors.ts';
import type { ChainStore } from '../store/store.ts';
import { tampered } from './lines.ts';
import { missingRecord } from './missing.ts';
import { AppendReceipt } from './receipt.ts';
import { storedInclusion } from './stored-proof.ts';

/**
 * Makes the receipt of a record from what is stored, under the newest note.
 *
 * The proof is made and checked against the note's root when the receipt's bytes are asked for; the note's signature is for the holder of
 * the receipt to check.
 *
 * @throws ChainError ERR_SEQ_UNKNOWN, ERR_RECORD_PRUNED naming the archive that has the record, ERR_CHAIN_TAMPERED
 * @example const file = await (await storedReceipt(store, 17)).bytes();
 */
export async function storedReceipt(store: ChainStore, seq: number, engine: Engine = defaultEngine): Promise<AppendReceipt> {
  const size = (await store.note())?.size ?? 0;
  if (!Number.isSafeInteger(seq) || seq < 0 || seq >= size) throw unknownSeq(seq, size);
  const record = (await store.recordsAt([seq])).get(seq);
  if (record === undefined) throw await missingRecord(store, seq);
  return receiptOf(store, seq, record, engine);
}

function unknownSeq(seq: number, size: number): ChainError {
  const expected = size === 0 ? 'a settled record' : `0 to ${size - 1}`;
  return new ChainError('ERR_SEQ_UNKNOWN', `seq: expected ${expected}, got ${seq}`, { field: 'seq', expected, actual: seq });
}

/**
 * The receipt of a stored record that is already at hand.
 *
 * @param under the note that it is under; the newest one when its bytes are asked for, when absent
 */
export function receiptOf(store: ChainStore, seq: number, record: Uint8Array, engine: Engine, under?: Uint8Array): AppendReceipt {
  const hash = hexEncode(hashLeaf(record, engine));
  const prove = async (): Promise<Uint8Array> =>
    await proveStored(store, seq, record, under ?? utf8Encode((await store.note())!.note), engine);
  return new AppendReceipt({ id: eventOf(record).id, seq, hash }, prove);
}

async function proveStored(store: ChainStore, seq: number, record: Uint8Array, note: Uint8Array, engine: Engine): Promise<Uint8Array> {
  const { size, root } = parseCheckpoint(parseNote(note).textBytes);
  // A note that could not be stored is signed again with the next batch.
  if (seq >= size) throw unknownSeq(seq, size);
  const hashes = await storedInclusion(store, seq, size, engine);
  try {
    verifyInclusion(seq, size, hashLeaf(record, engine), hashes, root, engine);
  } catch (error) {
    if (!(error instanceof ProofError)) throw error;
    throw tampered(`record ${seq}`, 'the record that is in the tree');
  }
  return formatReceipt({ record, index: seq, hashes, note });
}

/** The event of a stored record. */
export function eventOf(record: Uint8Array): { readonly id: string; readonly private?: Commitments } {
  return (parseJson(record, 'record') as unknown as { readonly event: { readonly id: string; readonly private?: Commitments } }).event;
}

/** The commitments to an event's private values, by name. */
export type Commitments = { readonly [name: string]: { readonly digest: string } };
