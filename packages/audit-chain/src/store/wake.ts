import * as sql from './statements.ts';
import type { SqlClient } from './sql.ts';

/** How often chains with waiting events are looked for when no notification came. */
const POLL_MS = 1000;

/**
 * Wakes the chains of one database that have events waiting: by LISTEN, and by one query for all chains at an interval, because a
 * notification can be lost with its connection.
 */
export class Waker {
  readonly #client: SqlClient;
  readonly #callbacks = new Map<number, Set<() => void>>();
  #stop: (() => Promise<void>) | undefined;
  #closed = false;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(client: SqlClient) {
    this.#client = client;
  }

  /** Starts with the first subscriber. @returns the function that ends the subscription */
  subscribe(chain: number, callback: () => void): () => void {
    const callbacks = this.#callbacks.get(chain) ?? new Set();
    this.#callbacks.set(chain, callbacks.add(callback));
    this.#timer ??= this.#start();
    return () => {
      callbacks.delete(callback);
      if (callbacks.size === 0) this.#callbacks.delete(chain);
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
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

  #start(): ReturnType<typeof setInterval> {
    this.#client
      .listen('countersign', (payload) => this.#wake(Number(payload)))
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
    const timer = setInterval(() => void this.#poll(), POLL_MS);
    unref(timer);
    return timer;
  }

  async #poll(): Promise<void> {
    try {
      for (const row of await this.#client.query(sql.WAITING_CHAINS)) this.#wake(Number(row['chain']));
    } catch {
      // The database is away: the next poll asks again, and whoever appends meets the error itself.
    }
  }

  #wake(chain: number): void {
    for (const callback of this.#callbacks.get(chain) ?? []) callback();
  }
}

/** Under Node a timer keeps the process alive; this one must not. */
function unref(timer: unknown): void {
  (timer as { unref?: () => void }).unref?.();
}
