import type { Engine } from '@countersign/proof-core/engine/engine';
import { ChainError } from '../errors.ts';
import type { PreparedEvent } from '../record/event.ts';
import type { ChainStore } from '../store/store.ts';
import type { Caller } from './queue.ts';
import type { AppendReceipt } from './receipt.ts';
import { receiptOf } from './stored-receipt.ts';

/** How often it is looked whether another process has placed what is awaited here. */
const LOOK_MS = 250;

/**
 * Callers that wait for events they left in transactions of their own, whichever process places them.
 */
export class Waiters {
  readonly #store: ChainStore;
  readonly #chain: { readonly wake: () => void; readonly settled: (seq: number) => Promise<void> };
  readonly #engine: Engine;
  readonly #callers = new Map<string, Caller[]>();
  readonly #unsubscribe: () => void;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(store: ChainStore, chain: { readonly wake: () => void; readonly settled: (seq: number) => Promise<void> }, engine: Engine) {
    this.#store = store;
    this.#chain = chain;
    this.#engine = engine;
    this.#unsubscribe = store.onWaiting(chain.wake);
  }

  /** Resolves when the event of a committed transaction is settled. */
  wait(event: PreparedEvent, deadline: number): Promise<AppendReceipt> {
    return new Promise((resolve, reject) => {
      const callers = this.#callers.get(event.id) ?? [];
      this.#callers.set(event.id, [...callers, { event, deadline, resolve, reject }]);
      this.#chain.wake();
      this.#timer ??= this.#start();
    });
  }

  /** The callers of an event that this process has placed, as one. */
  take(id: string): Caller | undefined {
    const callers = this.#callers.get(id);
    if (callers === undefined) return undefined;
    this.#callers.delete(id);
    return {
      ...callers[0]!,
      resolve: (receipt) => callers.forEach((caller) => caller.resolve(receipt)),
      reject: (error) => callers.forEach((caller) => caller.reject(error)),
    };
  }

  close(): void {
    this.#unsubscribe();
    clearInterval(this.#timer);
    for (const id of this.#callers.keys()) this.take(id)?.reject(new ChainError('ERR_CLOSED', 'the chain was closed', { field: 'chain' }));
  }

  #start(): ReturnType<typeof setInterval> {
    return setInterval(() => void this.#look(), LOOK_MS);
  }

  async #look(): Promise<void> {
    if (this.#callers.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      return;
    }
    try {
      for (const { id, seq } of await this.#store.takenIds([...this.#callers.keys()])) {
        if (seq !== undefined) await this.#answer(id, seq);
      }
    } catch (error) {
      this.#expire(error);
    }
    this.#expire(
      new ChainError('ERR_SIGNER_UNAVAILABLE', 'the event is durable and waits for its place and checkpoint', { field: 'signer' }),
    );
  }

  async #answer(id: string, seq: number): Promise<void> {
    const caller = this.take(id);
    if (caller === undefined) return;
    try {
      await this.#chain.settled(seq);
      caller.resolve(receiptOf(this.#store, seq, (await this.#store.recordsAt([seq])).get(seq)!, this.#engine));
    } catch (error) {
      caller.reject(error);
    }
  }

  #expire(error: unknown): void {
    const now = Date.now();
    for (const [id, callers] of this.#callers) if (callers.every(({ deadline }) => deadline < now)) this.take(id)?.reject(error);
  }
}
