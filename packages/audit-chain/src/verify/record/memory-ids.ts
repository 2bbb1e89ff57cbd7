import { hexEncode } from '@countersign/proof-core/bytes/hex';
import type { IdStore } from '../ports.ts';

/**
 * Finds repeated ids in memory: for platforms without files, and for chains of up to some hundred thousand records.
 *
 * @example await inspectRecords(source, { level: 'deep', ids: memoryIds });
 */
export function memoryIds(): IdStore {
  const firsts = new Map<string, number>();
  const repeated: { seq: number; first: number }[] = [];
  return {
    add(id, seq) {
      const key = hexEncode(id);
      const first = firsts.get(key);
      if (first === undefined) firsts.set(key, seq);
      // The same record read again (a duplicate line) is another finding.
      else if (first !== seq) repeated.push({ seq, first });
    },
    repeated: () => Promise.resolve(repeated),
    close: () => Promise.resolve(),
  };
}
