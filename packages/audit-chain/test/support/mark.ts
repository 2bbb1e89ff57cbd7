import type { HighWaterMark, Mark } from '@countersign/proof-core/ports';
import { advanceMark } from '../../src/append/advance-mark.ts';

/** A high-water mark that several chains of one test share, as several processes would. */
export function memoryMark(): HighWaterMark & { now: Map<string, Mark> } {
  const now = new Map<string, Mark>();
  return {
    now,
    read: (origin) => Promise.resolve(now.get(origin)),
    // oxlint-disable-next-line typescript/require-await -- a refusal must be a rejection
    async reserve(next, proof) {
      if (advanceMark(now.get(next.origin), next, proof)) now.set(next.origin, next);
    },
  };
}
