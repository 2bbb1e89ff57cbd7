import { hexEncode } from '@countersign/proof-core/bytes/hex';
import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { ProofError } from '@countersign/proof-core/errors';
import { hashLeaf } from '@countersign/proof-core/merkle/hash';
import { verifyInclusion } from '@countersign/proof-core/merkle/inclusion';
import { parseCheckpoint } from '@countersign/proof-core/note/checkpoint';
import { parseNote } from '@countersign/proof-core/note/note';
import { formatReceipt } from '@countersign/proof-core/receipt/receipt';
import { tampered } from '../append/lines.ts';
import { AppendReceipt } from '../append/receipt.ts';
import { storedInclusion } from '../append/stored-proof.ts';
import { type TileReads, collect } from '../append/stored-tree.ts';
import type { StoredNote } from '../store/store.ts';

// Tiles are 8 KiB: at most half a megabyte.
const KEPT = 64;

/** Remembers the newest answers to questions that are asked again. */
function remembering<K extends readonly number[], V>(ask: (...key: K) => Promise<V>): (...key: K) => Promise<V> {
  const answers = new Map<string, Promise<V>>();
  return (...key) => {
    const name = key.join('/');
    const answer = answers.get(name) ?? ask(...key);
    answers.delete(name);
    answers.set(name, answer);
    if (answers.size > KEPT) answers.delete(answers.keys().next().value!);
    return answer;
  };
}

/** A store whose tiles, and the records of its open tile, are read once for many proofs. */
function withMemory(store: TileReads): TileReads {
  const records = remembering(async (from: number, to: number) => await collect(store.records(from, to)));
  return {
    chain: store.chain,
    tile: remembering((level: number, index: number) => store.tile(level, index)),
    tileRoots: remembering((level: number, from: number, to: number) => store.tileRoots(level, from, to)),
    async *records(from, to) {
      yield await records(from, to);
    },
  };
}

/**
 * Makes receipts of many records under one note; what their proofs share is read once.
 *
 * @param note a stored note; its signature is for the holder of a receipt to check
 * @returns the receipt of a settled record; its `bytes` throw ChainError ERR_CHAIN_TAMPERED when the record is not in the signed tree
 * @example const receiptOf = receiptsUnder(store, (await store.note())!);
 */
export function receiptsUnder(
  store: TileReads,
  note: StoredNote,
  engine: Engine = defaultEngine,
): (seq: number, record: Uint8Array, id: string) => AppendReceipt {
  const tiles = withMemory(store);
  const bytes = utf8Encode(note.note);
  const { size, root } = parseCheckpoint(parseNote(bytes).textBytes);
  return (seq, record, id) => {
    const leaf = hashLeaf(record, engine);
    return new AppendReceipt({ id, seq, hash: hexEncode(leaf) }, async () => {
      const hashes = await storedInclusion(tiles, seq, size, engine);
      try {
        verifyInclusion(seq, size, leaf, hashes, root, engine);
      } catch (error) {
        if (!(error instanceof ProofError)) throw error;
        throw tampered(`record ${seq}`, 'the record that is in the tree');
      }
      return formatReceipt({ record, index: seq, hashes, note: bytes });
    });
  };
}
