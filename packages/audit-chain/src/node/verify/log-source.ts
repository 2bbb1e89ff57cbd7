import { Buffer } from 'node:buffer';
import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import type { ChainStore } from '../../store/store.ts';
import type { RecordSource } from '../../verify/ports.ts';

/**
 * The records and notes of one chain of a store, for verification: what the database says about them is not read.
 *
 * @example await inspectRecords(storeSource(log.store), { resolver });
 */
export function storeSource(store: ChainStore): RecordSource {
  return {
    kind: 'log',
    chain: store.chain,
    async *chunks() {
      // One state of the log for the whole run: records that come later belong to the next.
      const size = (await store.checkpoint())?.size ?? 0;
      for await (const chunk of store.records(0, size)) yield chunk;
    },
    async *notes() {
      for await (const { note } of store.notes()) yield utf8Encode(note);
    },
    allocate: (length) => Buffer.allocUnsafeSlow(length),
  };
}
