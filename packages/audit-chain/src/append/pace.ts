import { ChainError } from '../errors.ts';
import { type PreparedEvent, sizeOf } from '../record/event.ts';
import { type Caller, MAX_BATCH } from './queue.ts';

// Storing a batch takes about this long.
const SLOW_MS = 10;

/**
 * What is in flight in one chain, from the call of `append` until its event is settled or rejected, and what follows for the size of batches
 * and the moment of signing.
 */
export class Pace {
  #callers = 0;
  #bytes = 0;
  /** How long the last checkpoint took, milliseconds. */
  #settleMs = 0;

  /**
   * Memory is bounded whether events are many or large, and whether the database or the signer is slow.
   *
   * @param queued callers that are not stored yet
   * @throws ChainError ERR_BUSY
   */
  requireRoom(event: PreparedEvent, queued: number, limits: { readonly queue: number; readonly bytes: number }): void {
    if (queued >= limits.queue) throw busy(`${limits.queue} events`);
    if (this.#bytes > 0 && this.#bytes + sizeOf(event) > limits.bytes) throw busy(`${limits.bytes} bytes`);
  }

  /** Counts a caller until it is answered. */
  enter(caller: Caller): Caller {
    const size = sizeOf(caller.event);
    this.#callers++;
    this.#bytes += size;
    const leave = (): void => {
      this.#callers--;
      this.#bytes -= size;
    };
    return {
      ...caller,
      resolve: (receipt) => {
        leave();
        caller.resolve(receipt);
      },
      reject: (error) => {
        leave();
        caller.reject(error);
      },
    };
  }

  /**
   * How many events a batch takes. Half of what is in flight: one half is stored while the other is signed and its callers come back. With a
   * signer that takes longer than storing does, all: each half would wait for a signature of its own.
   */
  share(): number {
    return this.#settleMs > SLOW_MS ? MAX_BATCH : Math.ceil(this.#callers / 2);
  }

  /** Makes a checkpoint, and remembers how long that took. */
  async time<T>(settle: () => Promise<T>): Promise<T> {
    const start = Date.now();
    const settled = await settle();
    this.#settleMs = Date.now() - start;
    return settled;
  }

  /** Waits a little for callers who will be stored in a moment, when that is little beside what the signer takes. */
  async gather(batcher: { readonly isBusy: boolean; readonly length: number }): Promise<void> {
    if (this.#settleMs <= SLOW_MS) return;
    const end = Date.now() + this.#settleMs / 5;
    do await new Promise<void>((resolve) => void setTimeout(resolve, 1));
    while (batcher.isBusy && batcher.length <= MAX_BATCH && Date.now() < end);
  }
}

function busy(limit: string): ChainError {
  return new ChainError('ERR_BUSY', `${limit} wait already; the event was not appended`, {
    field: 'queue',
    expected: `at most ${limit}`,
    actual: 'more',
  });
}
