import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { formatNote, parseNote, parseSignatures } from '@countersign/proof-core/note/note';
import { ChainError } from '../errors.ts';
import type { ChainStore } from '../store/store.ts';
import { missingRecord } from './missing.ts';
import type { AppendReceipt } from './receipt.ts';
import { receiptOf } from './stored-receipt.ts';

/**
 * Makes the receipt of a record under the newest note that witnesses have cosigned, with their lines: whoever pins them knows by when it was in the log.
 *
 * What the lines say is for the holder of the receipt to check, as the note's own signature is.
 *
 * @throws ChainError ERR_WITNESS_QUORUM when no cosigned note covers the record yet, ERR_RECORD_PRUNED, ERR_CHAIN_TAMPERED
 * @see docs/spec/receipt.md §3
 * @example const file = await (await cosignedReceipt(store, 17)).bytes();
 */
export async function cosignedReceipt(store: ChainStore, seq: number, engine: Engine = defaultEngine): Promise<AppendReceipt> {
  const note = await cosignedNote(store, seq);
  if (note === undefined) {
    const message = `record ${seq}: no checkpoint that covers it was cosigned yet (audit-chain witness)`;
    throw new ChainError('ERR_WITNESS_QUORUM', message, { field: 'cosignature', expected: 'a cosigned checkpoint', actual: 'none' });
  }
  const record = (await store.recordsAt([seq])).get(seq);
  if (record === undefined) throw await missingRecord(store, seq);
  return receiptOf(store, seq, record, engine, note);
}

async function cosignedNote(store: ChainStore, seq: number): Promise<Uint8Array | undefined> {
  const attestations = store.attestations();
  for (const size of (await attestations.sizes()).filter((one) => one > seq).toReversed()) {
    const lines = (await attestations.of(size)).filter(({ kind }) => kind === 'cosignature');
    const stored = lines.length === 0 ? undefined : await store.note(size);
    if (stored?.size !== size) continue;
    const { textBytes, signatures } = parseNote(utf8Encode(stored.note));
    return formatNote(textBytes, [...signatures, ...lines.flatMap(({ content }) => parseSignatures(content))]);
  }
  return undefined;
}
