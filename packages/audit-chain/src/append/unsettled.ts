import { ChainError } from '../errors.ts';
import { type Batch, recordAt, withoutRecords } from './batch.ts';
import type { Caller } from './queue.ts';
import { receiptFromView } from './receipt.ts';
import type { Settled } from './settle.ts';

interface Durable {
  readonly batch: Batch;
  /** By place in the batch. */
  readonly callers: readonly (Caller | undefined)[];
}

/** Batches that are durable, in order, and their callers, who wait for the checkpoint. */
export class Unsettled {
  #batches: Durable[] = [];

  add(batch: Batch, callers: readonly (Caller | undefined)[]): void {
    this.#batches.push({ batch, callers });
  }

  /** `link.time` of the oldest batch; empty without one. */
  get since(): string {
    return this.#batches[0]?.batch.head.time ?? '';
  }

  /**
   * Gives the callers of what a checkpoint covers their receipts.
   *
   * @param each told of every caller before
   */
  resolve({ view, note, size }: Settled, each: (caller: Caller) => void): void {
    const covered = this.#batches.findIndex(({ batch }) => batch.head.size > size);
    for (const { batch, callers } of this.#batches.splice(0, covered < 0 ? this.#batches.length : covered)) {
      for (const [i, caller] of callers.entries()) {
        if (caller === undefined) continue;
        const place = { id: caller.event.id, seq: batch.first + i, hash: batch.hashes[i]! };
        each(caller);
        caller.resolve(receiptFromView(view, note, size, recordAt(batch, i), place));
      }
    }
  }

  /**
   * Callers wait on while the signer or the database may come back, until their deadline; what cannot mend itself they learn at once.
   *
   * @param closed nobody waits any more
   */
  fail(error: unknown, closed: boolean): void {
    const mayMend = error instanceof ChainError && ['ERR_SIGNER_UNAVAILABLE', 'ERR_STORE', 'ERR_MARK_STORE'].includes(error.code);
    const now = Date.now();
    this.#batches = this.#batches.map(({ batch, callers }) => {
      const waiting = callers.map((caller) => {
        if (caller === undefined || (mayMend && caller.deadline > now && !closed)) return caller;
        caller.reject(error);
        return undefined;
      });
      return waiting.some((caller) => caller !== undefined) ? { batch, callers: waiting } : { batch: withoutRecords(batch), callers: [] };
    });
  }
}
