import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import type { ChainStore } from '../store/store.ts';
import { type RecordQuery, readRecords } from './query.ts';
import { seekTime } from './seek.ts';
import type { ReadRecord } from './record.ts';

const SOON_MS = 1000;
const SHORT_MS = 20;

/** How to follow a chain. */
export interface FollowOptions {
  /** How often new checkpoints are looked for, milliseconds; default 500. */
  readonly pollMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * Goes on reading as records are settled, until the signal ends it.
 *
 * An event that is left in a transaction wakes it at once (NOTIFY); otherwise it looks at an interval. Each record comes once, in order.
 *
 * @param query `from` is where it starts
 * @throws ChainError as `readRecords`
 * @example for await (const { event } of followRecords(store, { from: size }, { signal })) console.log(event.type);
 */
export async function* followRecords(
  store: ChainStore,
  query: Omit<RecordQuery, 'id' | 'limit' | 'newestFirst' | 'to' | 'unsettled'>,
  { pollMs = 500, signal }: FollowOptions = {},
  engine: Engine = defaultEngine,
): AsyncGenerator<ReadRecord> {
  const bell = new Bell();
  const stop = store.onWaiting(() => bell.ring());
  const abort = (): void => bell.ring();
  signal?.addEventListener('abort', abort);
  try {
    let size = (await store.note())?.size ?? 0;
    const since = typeof query.from === 'string' ? query.from : '';
    let from = typeof query.from === 'string' ? await seekTime(store, since, await store.firstStored(), size) : (query.from ?? 0);
    for (; !isAborted(signal); size = (await store.note())?.size ?? 0) {
      for await (const found of readRecords(store, { ...query, from, to: size - 1 }, engine)) {
        if (found.link.time >= since) yield found;
        if (isAborted(signal)) return;
      }
      from = Math.max(from, size);
      await bell.wait(pollMs);
    }
  } finally {
    stop();
    signal?.removeEventListener('abort', abort);
  }
}

// A call: what a signal says changes while this waits.
const isAborted = (signal: AbortSignal | undefined): boolean => signal?.aborted === true;

/** Ends a wait early, and makes the next ones short: an event that waits is settled soon. */
class Bell {
  #rung = 0;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#rung = Date.now();
    this.#wake?.();
  }

  async wait(milliseconds: number): Promise<void> {
    const isSoon = Date.now() - this.#rung < SOON_MS;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, isSoon ? Math.min(SHORT_MS, milliseconds) : milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
  }
}
