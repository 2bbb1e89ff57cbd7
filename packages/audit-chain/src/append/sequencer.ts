import type { Engine } from '@countersign/proof-core/engine/engine';
import type { Clock } from '@countersign/proof-core/ports';
import { ChainError } from '../errors.ts';
import type { PreparedEvent } from '../record/event.ts';
import type { BatchConflict, ChainStore, LockedChain } from '../store/store.ts';
import { LeftEvents } from './left-events.ts';
import { orPruned } from './missing.ts';
import { type BatchEvents, type Plan, type Position, catchUp, planBatch } from './plan.ts';
import { readWaiting } from './waiting.ts';

/** What a batch came to once it is durable. */
export interface Stored {
  /** Hashes of records that other processes stored before it. */
  readonly before: Uint8Array;
  /** Undefined when there was nothing to add. */
  readonly plan: Plan | undefined;
  /** The events of the batch that waited in the database: they come first in it. */
  readonly waited: readonly PreparedEvent[];
  /** Callers' events in it, in order; a caller's event that was found waiting is not among them. */
  readonly own: readonly PreparedEvent[];
  /** Waiting rows that were put aside. */
  readonly quarantined: readonly { readonly id: string; readonly reason: string }[];
}

// The time in a record is the one of its plan.
const MAX_AHEAD_MS = 1000;
// A call that takes longer may look like a clock that is wrong.
const LATE_MS = 1000;
const LATE_CALLS = 3;

/**
 * Gives events their places and makes them durable, alone or beside other processes.
 *
 * Alone it adds a batch in one call. When another process has added one, or events wait in the database, it locks the chain, goes on over
 * what it finds there, and adds its batch behind it.
 */
export class Sequencer {
  readonly #store: ChainStore;
  readonly #clock: Clock;
  readonly #engine: Engine;
  /** What this process leaves in callers' transactions. */
  readonly left: LeftEvents = new LeftEvents();
  #position: Position;
  /** Database clock minus process clock, milliseconds, as last measured. */
  #offset = 0;
  /** The batch that is being added. */
  #adding: Plan | undefined;
  #ahead: { readonly base: Position; readonly own: readonly PreparedEvent[]; readonly at: number; readonly plan: Plan } | undefined;

  constructor(store: ChainStore, clock: Clock, position: Position, engine: Engine) {
    this.#store = store;
    this.#clock = clock;
    this.#position = position;
    this.#engine = engine;
  }

  /** Records in the chain, as far as this process knows. */
  get size(): number {
    return this.#position.head.size;
  }

  /** The hashes of the records that are on their way to the database in one call. */
  get adding(): Uint8Array | undefined {
    return this.#adding?.batch.leaves;
  }

  /** Measures the database's clock. */
  async measureClock(): Promise<void> {
    const before = this.#clock.now();
    this.#compareClocks(before, await this.#store.now());
  }

  /** The database read its clock somewhere between the call and its answer: what is known stays unless that contradicts it. */
  #compareClocks(sent: number, database: number): void {
    this.#offset = Math.min(Math.max(this.#offset, database - this.#clock.now()), database - sent);
  }

  /** Makes a call again when it was refused for its time, but had been on its way for long: a disk that stalls says nothing about clocks. */
  async #inTime<T>(call: () => Promise<T>): Promise<T> {
    for (let late = 1; ; late++) {
      const sent = this.#clock.now();
      try {
        return await call();
      } catch (error) {
        const isLate = error instanceof ChainError && error.code === 'ERR_CLOCK' && this.#clock.now() - sent > LATE_MS;
        if (!isLate || late > LATE_CALLS) throw error;
      }
    }
  }

  /**
   * Adds events in one call.
   *
   * @throws ChainError ERR_CLOCK, ERR_DISK_FULL, ERR_STORE
   */
  async add(own: readonly PreparedEvent[]): Promise<Stored | { readonly conflict: BatchConflict }> {
    return await this.#inTime(() => this.#add(own));
  }

  async #add(own: readonly PreparedEvent[]): Promise<Stored | { readonly conflict: BatchConflict }> {
    const sent = this.#clock.now();
    const plan = this.#planned(own, sent) ?? this.#plan(this.#position, own, sent);
    this.#adding = plan;
    try {
      const result = await this.#store.addBatch({ ...plan.addition, now: sent });
      if ('conflict' in result) return result;
      this.#compareClocks(sent, result.now);
      this.#position = plan.next;
      return { before: new Uint8Array(0), plan, waited: [], own, quarantined: [] };
    } finally {
      this.#adding = undefined;
    }
  }

  /** Plans the batch that is to follow the one being added, so that the database need not wait for it; forgotten when that one comes to nothing. */
  planAhead(own: readonly PreparedEvent[]): void {
    const base = this.#adding?.next;
    if (base === undefined) return;
    const at = this.#clock.now();
    this.#ahead = { base, own, at, plan: this.#plan(base, own, at) };
  }

  #planned(own: readonly PreparedEvent[], now: number): Plan | undefined {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    if (ahead === undefined || ahead.base !== this.#position || Math.abs(now - ahead.at) > MAX_AHEAD_MS) return undefined;
    return ahead.own.length === own.length && ahead.own.every((event, i) => event === own[i]) ? ahead.plan : undefined;
  }

  #plan(position: Position, own: readonly PreparedEvent[], now: number): Plan {
    const clock = { process: now, database: now + this.#offset };
    return planBatch(this.#store.chain, position, { waiting: [], own }, clock, this.#engine);
  }

  /**
   * Locks the chain, goes on over what other processes added, and adds what waits there and these events.
   *
   * @throws ChainError ERR_CHAIN_ROLLED_BACK, ERR_CHAIN_TAMPERED, ERR_RECORD_PRUNED (the chain has to be opened again), ERR_CLOCK, ERR_DISK_FULL, ERR_STORE
   */
  async addLocked(own: readonly PreparedEvent[]): Promise<Stored | { readonly conflict: BatchConflict }> {
    return await this.#inTime(() => this.#addLocked(own));
  }

  async #addLocked(own: readonly PreparedEvent[]): Promise<Stored | { readonly conflict: BatchConflict }> {
    let stored: Stored | undefined;
    let position = this.#position;
    const conflict = await orPruned(this.#store, position.head.size, () =>
      this.#store.sequence(async (chain) => {
        const found = await this.#continue(chain);
        const { events, quarantined } = await this.#collect(chain, own);
        position = found.position;
        if (events.waiting.length + events.own.length === 0) {
          stored = { before: found.leaves, plan: undefined, waited: [], own: [], quarantined };
          return undefined;
        }
        const clock = { process: this.#clock.now(), database: chain.now };
        const plan = planBatch(this.#store.chain, found.position, events, clock, this.#engine);
        stored = { before: found.leaves, plan, waited: events.waiting.map(({ event }) => event), own: events.own, quarantined };
        return plan.addition;
      }),
    );
    if (conflict !== undefined) return conflict;
    this.#position = stored!.plan?.next ?? position;
    return stored!;
  }

  async #continue(chain: LockedChain) {
    const { size } = this.#position.head;
    if (chain.size < size) {
      const message = `chain ${this.#store.chain} has ${chain.size} records, but had ${size}: an older copy was put back`;
      throw new ChainError('ERR_CHAIN_ROLLED_BACK', message, { field: 'size', expected: size, actual: chain.size });
    }
    if (chain.size === size) return { position: this.#position, leaves: new Uint8Array(0) };
    return await catchUp(this.#store.chain, this.#position, chain.size, (from, to) => chain.records(from, to), this.#engine);
  }

  async #collect(chain: LockedChain, own: readonly PreparedEvent[]) {
    const waiting: BatchEvents['waiting'][number][] = [];
    const quarantined: { id: string; reason: string }[] = [];
    const ids = new Set<string>();
    for (const row of chain.waiting) {
      const known = ids.has(row.id) ? 'ERR_ID_CONFLICT id' : this.left.take(row);
      const event = known ?? readWaiting(row, this.#store.chain, this.#engine);
      if (typeof event !== 'string') {
        waiting.push({ row, event });
        ids.add(row.id);
      } else {
        await chain.quarantine(row, event);
        quarantined.push({ id: row.id, reason: event });
      }
    }
    return { events: { waiting, own: own.filter(({ id }) => !ids.has(id)) }, quarantined };
  }
}
