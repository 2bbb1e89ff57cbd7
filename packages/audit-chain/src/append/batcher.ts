import type { Engine } from '@countersign/proof-core/engine/engine';
import { ChainError } from '../errors.ts';
import { isUnknownOutcome } from '../store/errors.ts';
import type { ChainStore } from '../store/store.ts';
import { type Caller, backOff, takeBatch } from './queue.ts';
import type { Sequencer, Stored } from './sequencer.ts';
import { adoptTaken } from './taken.ts';

/** What a batcher tells its chain. */
export interface BatcherEvents {
  /** A batch is durable; its callers in the order of their events. */
  stored(stored: Stored, own: readonly Caller[]): void;
  /** Resolves when a record is settled. */
  settled(seq: number): Promise<void>;
}

/**
 * Makes the events of many callers durable, batch by batch.
 *
 * When a connection breaks in the middle of a commit nobody knows whether the batch is there: the next attempt asks for the ids first, so
 * that what is there is adopted and nothing is doubled.
 */
export class Batcher {
  readonly #store: ChainStore;
  readonly #sequencer: Sequencer;
  readonly #events: BatcherEvents;
  readonly #engine: Engine;
  readonly #queue: Caller[] = [];
  #running: Promise<void> | undefined;
  #locked = false;
  #askFirst = false;

  constructor(store: ChainStore, sequencer: Sequencer, events: BatcherEvents, engine: Engine) {
    this.#store = store;
    this.#sequencer = sequencer;
    this.#events = events;
    this.#engine = engine;
  }

  /** Callers that are not yet stored. */
  get length(): number {
    return this.#queue.length;
  }

  push(caller: Caller): void {
    this.#queue.push(caller);
    this.#start();
  }

  /** Looks for what waits in the database and for records of other processes. */
  wake(): void {
    this.#locked = true;
    this.#start();
  }

  /** Resolves when nothing is left to store. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  #start(): void {
    // One turn later, so that calls of the same turn share a batch.
    this.#running ??= Promise.resolve().then(() => this.#run());
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0 || this.#locked) await this.#storeBatch(takeBatch(this.#queue));
    this.#running = undefined;
  }

  async #storeBatch(batch: readonly Caller[]): Promise<void> {
    let callers = batch;
    try {
      for (let attempt = 0; ; attempt++) {
        try {
          if (this.#askFirst && callers.length > 0) callers = await this.#adopt(callers);
          if (callers.length === 0 && !this.#locked) return;
          if (await this.#attempt(callers)) return;
        } catch (error) {
          if (!isUnknownOutcome(error) || callers.every(({ deadline }) => deadline < Date.now())) throw error;
          this.#askFirst = true;
          this.#locked = true;
          await backOff(attempt);
        }
      }
    } catch (error) {
      this.#locked = false;
      for (const caller of callers) caller.reject(error);
    }
  }

  /** @returns whether the callers are dealt with */
  async #attempt(callers: readonly Caller[]): Promise<boolean> {
    const events = callers.map(({ event }) => event);
    const result = await (this.#locked ? this.#sequencer.addLocked(events) : this.#sequencer.add(events));
    if ('conflict' in result) {
      if (result.conflict === 'ids') this.#askFirst = true;
      else this.#locked = true;
      return false;
    }
    // A row of a thousand may have more behind it.
    this.#locked = result.waited.length >= 1000;
    const own = new Set(result.own);
    this.#events.stored(
      result,
      callers.filter(({ event }) => own.has(event)),
    );
    const found = callers.filter(({ event }) => !own.has(event));
    if (found.length > 0) await this.#adopt(found);
    this.#askFirst &&= own.size === 0;
    return true;
  }

  /** Answers the callers whose ids are held already. @returns the others */
  async #adopt(callers: readonly Caller[]): Promise<readonly Caller[]> {
    const taken = await this.#store.takenIds(callers.map(({ event }) => event.id));
    const others = await adoptTaken(this.#store, taken, callers, (seq) => this.#events.settled(seq), this.#engine);
    // An event that waits in the database under the same id is placed first; its callers are asked about again behind it.
    const waiting = new Set(taken.filter(({ seq }) => seq === undefined).map(({ id }) => id));
    if (waiting.size === 0) return others;
    this.#locked = true;
    this.#queue.push(...others.filter(({ event }) => waiting.has(event.id)));
    return others.filter(({ event }) => !waiting.has(event.id));
  }
}

/** The error for a caller that a bounded queue has no place for. */
export function busy(limit: number): ChainError {
  return new ChainError('ERR_BUSY', `${limit} events wait already; the event was not appended`, {
    field: 'queue',
    expected: `fewer than ${limit}`,
    actual: limit,
  });
}
