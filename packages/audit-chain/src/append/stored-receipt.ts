import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { hexEncode } from '@countersign/proof-core/bytes/hex';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { parseJson } from '@countersign/proof-core/json/parse';
import { hashLeaf } from '@countersign/proof-core/merkle/hash';
import { verifyInclusion } from '@countersign/proof-core/merkle/inclusion';
import { parseCheckpoint } from '@countersign/proof-core/note/checkpoint';
import { parseNote } from '@countersign/proof-core/note/note';
import { formatReceipt } from '@countersign/proof-core/receipt/receipt';
import { ChainError } from '../errors.ts';
import type { ChainStore } from '../store/store.ts';
import { AppendReceipt } from './receipt.ts';
import { collect } from './stored-tree.ts';
import { storedInclusion } from './stored-proof.ts';

/**
 * Makes the receipt of a record from what is stored, under the newest note.
 *
 * The proof is checked against the note's root before it is handed out; the note's signature is for the holder of the receipt to check.
 *
 * @throws ChainError ERR_SEQ_UNKNOWN, ERR_CHAIN_TAMPERED; ProofError ERR_INCLUSION_… when stored tiles and note contradict each other
 * @example const file = (await storedReceipt(store, 17)).bytes();
 */
export async function storedReceipt(store: ChainStore, seq: number, engine: Engine = defaultEngine): Promise<AppendReceipt> {
  const stored = await store.note();
  if (stored === undefined || !Number.isSafeInteger(seq) || seq < 0 || seq >= stored.size) {
    const expected = stored === undefined ? 'a settled record' : `0 to ${stored.size - 1}`;
    throw new ChainError('ERR_SEQ_UNKNOWN', `seq: expected ${expected}, got ${seq}`, { field: 'seq', expected, actual: seq });
  }
  const line = await collect(store.records(seq, seq + 1));
  const record = line.subarray(0, -1);
  const note = utf8Encode(stored.note);
  const { size, root } = parseCheckpoint(parseNote(note).textBytes);
  const hashes = await storedInclusion(store, seq, size, engine);
  const leaf = hashLeaf(record, engine);
  verifyInclusion(seq, size, leaf, hashes, root, engine);
  const { event } = parseJson(record, 'record') as unknown as { readonly event: { readonly id: string } };
  return new AppendReceipt({ id: event.id, seq, hash: hexEncode(leaf) }, () => formatReceipt({ record, index: seq, hashes, note }));
}
