import type { Engine } from '@countersign/proof-core/engine/engine';
import { ChainError } from '../errors.ts';
import { isUnknownOutcome } from '../store/errors.ts';
import type { ChainStore } from '../store/store.ts';
import { type Caller, backOff, takeBatch } from './queue.ts';
import type { Sequencer, Stored } from './sequencer.ts';
import { adoptTaken } from './taken.ts';

/** What a batcher tells its chain. */
export interface BatcherEvents {
  /** A batch is on its way to the database: the hashes of its records. */
  adding(leaves: Uint8Array): void;
  /** A batch is durable; its callers in the order of their events. */
  stored(stored: Stored, own: readonly Caller[]): void;
  /** How many events the next batch should take. */
  share(): number;
  /** Resolves when a record is settled. */
  settled(seq: number): Promise<void>;
}

// Smaller batches cost more than working side by side gains (measured).
const MIN_SHARE = 32;

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
  /** The batch after the one that is being stored, once enough callers are there. */
  #next: Caller[] | undefined;
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
    return this.#queue.length + (this.#next?.length ?? 0);
  }

  push(caller: Caller): void {
    this.#queue.push(caller);
    if (this.#running === undefined) this.#start();
    else if (this.#next === undefined && this.#queue.length >= this.#share()) this.#planNext();
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
    while (this.length > 0 || this.#locked) {
      const batch = this.#next ?? takeBatch(this.#queue, this.#share());
      this.#next = undefined;
      const stored = this.#storeBatch(batch);
      if (this.#sequencer.adding !== undefined) this.#events.adding(this.#sequencer.adding);
      if (this.#queue.length >= this.#share()) this.#planNext();
      await stored;
    }
    this.#running = undefined;
  }

  #share(): number {
    return Math.max(MIN_SHARE, this.#events.share());
  }

  #planNext(): void {
    this.#next = takeBatch(this.#queue, this.#share());
    if (!this.#locked && !this.#askFirst) this.#sequencer.planAhead(this.#next.map(({ event }) => event));
  }

  async #storeBatch(batch: readonly Caller[]): Promise<void> {
    let callers = batch;
    try {
      for (let attempt = 0; ; attempt++) {
        try {
          if (this.#askFirst && callers.length > 0) callers = await this.#adopt(callers);
          if (callers.length === 0 && !this.#locked) return;
          const left = await this.#attempt(callers, attempt);
          if (left === undefined) return;
          callers = left;
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

  /** @returns the callers to try again with; undefined when they are dealt with */
  async #attempt(callers: readonly Caller[], attempt: number): Promise<readonly Caller[] | undefined> {
    const events = callers.map(({ event }) => event);
    const result = await (this.#locked ? this.#sequencer.addLocked(events) : this.#sequencer.add(events));
    if ('conflict' in result) {
      if (result.conflict === 'held') return await this.#refuseHeld(callers, attempt);
      if (result.conflict === 'ids') this.#askFirst = true;
      else this.#locked = true;
      return callers;
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
    return undefined;
  }

  /** Refuses the callers whose ids an open transaction holds: nobody knows how long it lasts. @returns the others */
  async #refuseHeld(callers: readonly Caller[], attempt: number): Promise<readonly Caller[]> {
    const held = new Set(await this.#heldTwice(callers.map(({ event }) => event.id)));
    // What was waited for has ended, or it is no id: a lock on a table, taken by hand.
    if (held.size === 0) await backOff(attempt);
    const now = Date.now();
    return callers.filter((caller) => {
      if (held.has(caller.event.id)) caller.reject(heldId(caller.event.id));
      else if (caller.deadline < now)
        caller.reject(new ChainError('ERR_STORE', 'a lock was not granted in time', { field: 'sqlstate', actual: '55P03' }));
      else return true;
      return false;
    });
  }

  /** The ids that are held, and still are after a pause: a server tells an error before it lets go of what the failed statement held. */
  async #heldTwice(ids: readonly string[]): Promise<readonly string[]> {
    const held = await this.#store.heldIds(ids);
    if (held.length === 0) return held;
    await backOff(0);
    return await this.#store.heldIds(held);
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

function heldId(id: string): ChainError {
  return new ChainError('ERR_ID_HELD', `id ${id}: a transaction that has not ended holds it; the event was not appended`, {
    field: 'id',
    expected: 'an id of no open transaction',
    actual: id,
  });
}
