import * as sql from './statements.ts';
import type { SqlClient } from './sql.ts';

/** How often chains with waiting events are looked for when no notification came, milliseconds. */
const POLL_MS = 1000;
/** How soon after some were found, or notified of. */
const SOON_MS = 50;

/**
 * Wakes the chains of one database that have events waiting: by LISTEN, and by one query for all chains, because a notification can be lost
 * with its connection.
 *
 * Only the first of a row of waiting events notifies, and a transaction that left its event behind others may commit after those have been
 * taken. So it is looked again soon after there was something new, and then ever later: what a long transaction left is found after about as
 * long again at most.
 */
export class Waker {
  readonly #client: SqlClient;
  readonly #callbacks = new Map<number, Set<() => void>>();
  #stop: (() => Promise<void>) | undefined;
  #started = false;
  #closed = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #pauseMs = POLL_MS;
  /** Of each chain the first event that waited at the last poll. */
  #first: ReadonlyMap<number, number> = new Map();

  constructor(client: SqlClient) {
    this.#client = client;
  }

  /** Starts with the first subscriber. @returns the function that ends the subscription */
  subscribe(chain: number, callback: () => void): () => void {
    const callbacks = this.#callbacks.get(chain) ?? new Set();
    this.#callbacks.set(chain, callbacks.add(callback));
    if (!this.#started) this.#start();
    return () => {
      callbacks.delete(callback);
      if (callbacks.size === 0) this.#callbacks.delete(chain);
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#callbacks.clear();
    await this.#end();
  }

  async #end(): Promise<void> {
    try {
      await this.#stop?.();
    } catch {
      // The connection is gone, and what was listened to with it.
    }
  }

  #start(): void {
    this.#started = true;
    this.#client
      .listen('countersign', (payload) => {
        this.#wake(Number(payload));
        // Never later than it is due: others' notifications must not put it off.
        if (this.#pauseMs > SOON_MS) this.#pollIn(SOON_MS);
      })
      .then(
        (stop) => {
          this.#stop = stop;
          // It was closed before the connection was there.
          if (this.#closed) void this.#end();
        },
        () => {
          // Polling goes on without it.
        },
      );
    this.#pollIn(POLL_MS);
  }

  #pollIn(milliseconds: number): void {
    if (this.#closed) return;
    clearTimeout(this.#timer);
    this.#pauseMs = milliseconds;
    this.#timer = setTimeout(() => void this.#poll(), milliseconds);
    unref(this.#timer);
  }

  async #poll(): Promise<void> {
    // What waits as it did the last time cannot be taken for now: that is no reason to look again soon.
    let isNew = false;
    try {
      const rows = await this.#client.query(sql.WAITING_CHAINS);
      const first = new Map(rows.map((row) => [Number(row['chain']), Number(row['n'])]));
      for (const [chain, n] of first) isNew ||= this.#callbacks.has(chain) && this.#first.get(chain) !== n;
      this.#first = first;
      for (const chain of first.keys()) this.#wake(chain);
    } catch {
      // The database is away: the next poll asks again, and whoever appends meets the error itself.
    }
    this.#pollIn(isNew ? SOON_MS : Math.min(POLL_MS, 2 * this.#pauseMs));
  }

  #wake(chain: number): void {
    for (const callback of this.#callbacks.get(chain) ?? []) callback();
  }
}

/** Under Node a timer keeps the process alive; this one must not. */
function unref(timer: unknown): void {
  (timer as { unref?: () => void }).unref?.();
}
