import { ChainError } from '../errors.ts';
import { type PreparedEvent, sizeOf } from '../record/event.ts';
import { type Caller, MAX_BATCH } from './queue.ts';
import type { AppendReceipt } from './receipt.ts';

// Storing a batch takes about this long.
const SLOW_MS = 10;

/**
 * What is in flight in one chain, from the call of `append` until its event is settled or rejected, and what follows for the size of batches
 * and the moment of signing.
 */
export class Pace {
  #callers = 0;
  #bytes = 0;
  readonly #settler: { readonly markMs: number; readonly signMs: number };

  readonly #signatures: number;

  /**
   * @param settler knows how long the mark and the signer took for the last checkpoint, milliseconds
   * @param signatures that a slow signer may be asked for at once
   */
  constructor(settler: { readonly markMs: number; readonly signMs: number }, signatures: number) {
    this.#settler = settler;
    this.#signatures = signatures;
  }

  /**
   * Memory is bounded whether events are many or large, and whether the database or the signer is slow.
   *
   * @param queued callers that are not stored yet
   * @throws ChainError ERR_BUSY
   */
  requireRoom(events: readonly PreparedEvent[], queued: number, limits: { readonly queue: number; readonly bytes: number }): void {
    if (queued + events.length > limits.queue) throw busy(`${limits.queue} events`);
    if (this.#bytes === 0) return;
    let bytes = this.#bytes;
    for (const event of events) bytes += sizeOf(event);
    if (bytes > limits.bytes) throw busy(`${limits.bytes} bytes`);
  }

  /** A caller that is counted until it is answered. */
  enter(event: PreparedEvent, deadline: number, resolve: (receipt: AppendReceipt) => void, reject: (error: unknown) => void): Caller {
    const caller = new CountedCaller(this, event, deadline, resolve, reject);
    this.#callers++;
    this.#bytes += caller.size;
    return caller;
  }

  /** Callers of a list of events, answered as one: with all receipts, or with the first error, while the others go on. */
  enterAll(
    events: readonly PreparedEvent[],
    deadline: number,
  ): { readonly callers: readonly Caller[]; readonly receipts: Promise<AppendReceipt[]> } {
    const callers: Caller[] = [];
    const receipts = new Promise<AppendReceipt[]>((resolve, reject) => {
      const settled: AppendReceipt[] = [];
      let left = events.length;
      if (left === 0) resolve(settled);
      for (const [i, event] of events.entries()) {
        const one = (receipt: AppendReceipt): void => {
          settled[i] = receipt;
          if (--left === 0) resolve(settled);
        };
        callers.push(this.enter(event, deadline, one, reject));
      }
    });
    return { callers, receipts };
  }

  leave(size: number): void {
    this.#callers--;
    this.#bytes -= size;
  }

  /**
   * How many events a batch takes. Half of what is in flight: one half is stored while the other is signed and its callers come back. Where more
   * checkpoints are signed side by side, smaller parts are there sooner: all but one of the signatures have theirs.
   */
  share(): number {
    return Math.min(MAX_BATCH, Math.ceil(this.#callers / Math.max(2, this.signatures - 1)));
  }

  /**
   * How many signatures may be under way. With one, whoever becomes durable just after a slow call has begun waits for nearly all of it, and then
   * for one more. So a slow signer is asked for every part of what is in flight, and for who comes between them.
   */
  get signatures(): number {
    return this.#settler.signMs > SLOW_MS ? Math.max(1, this.#signatures) : 1;
  }

  /**
   * Waits for callers who are being stored, where a checkpoint takes long and no other may be begun beside it: those who miss it wait for a whole
   * further one. No longer than a fifth of what it takes, and not when more of them wait than a batch takes.
   *
   * @param underWay signatures that are
   */
  async gather(batcher: { readonly length: number; idle(): Promise<void> }, underWay: number): Promise<void> {
    const { markMs, signMs } = this.#settler;
    const isLast = underWay + 1 >= this.signatures || markMs > SLOW_MS;
    if (!isLast || markMs + signMs <= SLOW_MS || batcher.length > MAX_BATCH) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const end = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, (markMs + signMs) / 5);
    });
    // Callers that have just been answered come back within a turn.
    const stored = new Promise<void>((resolve) => void setTimeout(resolve, 0)).then(() => batcher.idle());
    await Promise.race([stored, end]);
    clearTimeout(timer);
  }
}

/** A class and not a literal with functions of its own: one is made for every event. */
class CountedCaller implements Caller {
  readonly event: PreparedEvent;
  readonly deadline: number;
  readonly size: number;
  readonly #pace: Pace;
  readonly #resolve: (receipt: AppendReceipt) => void;
  readonly #reject: (error: unknown) => void;

  constructor(
    pace: Pace,
    event: PreparedEvent,
    deadline: number,
    resolve: (receipt: AppendReceipt) => void,
    reject: (error: unknown) => void,
  ) {
    this.event = event;
    this.deadline = deadline;
    this.size = sizeOf(event);
    this.#pace = pace;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  resolve(receipt: AppendReceipt): void {
    this.#pace.leave(this.size);
    this.#resolve(receipt);
  }

  reject(error: unknown): void {
    this.#pace.leave(this.size);
    this.#reject(error);
  }
}

function busy(limit: string): ChainError {
  return new ChainError('ERR_BUSY', `${limit} wait already; the event was not appended`, {
    field: 'queue',
    expected: `at most ${limit}`,
    actual: 'more',
  });
}
