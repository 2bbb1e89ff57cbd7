import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import type { JsonObject } from '@countersign/proof-core/json/value';
import type { AuditEvent, Clock } from '@countersign/proof-core/ports';
import { ChainError } from '../errors.ts';
import type { ChainHooks } from '../hooks/hooks.ts';
import { ChainMeter } from '../hooks/meter.ts';
import { ServerGuard } from '../marks/server-guard.ts';
import { type EventInput, type PreparedEvent, prepareEvent } from '../record/event.ts';
import { prepareOwnEvent } from '../record/own-event.ts';
import type { Predecessor } from '../record/reserved.ts';
import { checkSignerEvent } from '../record/signer-event.ts';
import type { ChainStore } from '../store/store.ts';
import { Batcher } from './batcher.ts';
import { prepareCreated } from './created.ts';
import { prepareHeartbeat } from './heartbeat.ts';
import { requireRegistered } from './keys.ts';
import { type TransactionLike, leaveEvents } from './leave.ts';
import { CHAIN_LIMITS, type ChainLimits } from './limits.ts';
import { PendingReceipt, PendingReceipts } from './pending-receipt.ts';
import { Pace } from './pace.ts';
import type { Caller } from './queue.ts';
import type { AppendReceipt } from './receipt.ts';
import { type ChainState, recoverChain } from './recover.ts';
import { Sequencer, type Stored } from './sequencer.ts';
import { SettleLoop } from './settle-loop.ts';
import { Settler, type SettlerParts } from './settle.ts';
import { storedReceipt } from './stored-receipt.ts';
import { Unsettled } from './unsettled.ts';
import { Waiters } from './waiters.ts';

/** What a chain is opened with. */
export interface ChainParts extends SettlerParts {
  readonly clock: Clock;
  readonly limits?: Partial<ChainLimits>;
  readonly hooks?: ChainHooks;
  /** What `chain.created` of a new chain names as the chain before it: for `succeedChain`. */
  readonly predecessor?: Predecessor;
}

/**
 * One open chain: appends events in batches, each durable first and then covered by a signed checkpoint (architecture §4).
 * Any number of callers may append at once, in any number of processes.
 *
 * @example
 * const chain = await Chain.open({ store, signers: [signer], resolver: registry, mark, clock: Date });
 * const receipt = await chain.append({ type: 'order.created', actor: 'user:7f3a', payload: { amount: 1999 } });
 */
export class Chain {
  readonly id: string;
  readonly #store: ChainStore;
  readonly #clock: Clock;
  readonly #limits: ChainLimits;
  readonly #engine: Engine;
  readonly #sequencer: Sequencer;
  readonly #settler: Settler;
  readonly #batcher: Batcher;
  readonly #waiters: Waiters;
  readonly #meter: ChainMeter | undefined;
  readonly #unsettled = new Unsettled();
  readonly #pace: Pace;
  readonly #settling: SettleLoop;
  #closed = false;

  private constructor(parts: ChainParts, state: ChainState, server: ServerGuard, engine: Engine) {
    this.id = parts.store.chain;
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#limits = { ...CHAIN_LIMITS, ...parts.limits };
    this.#engine = engine;
    this.#sequencer = new Sequencer(parts.store, parts.clock, state, engine);
    this.#meter = ChainMeter.of(this.id, parts.hooks);
    this.#settler = new Settler(parts, state.signed, server, engine);
    this.#pace = new Pace(this.#settler, this.#limits.signatures);
    this.#settler.onUnpublished = (error) => this.#meter?.unpublished(error);
    this.#settler.onServerChange = (change) => this.#meter?.serverChanged(change);
    this.#settler.add(state.unsigned);
    const settled = (seq: number): Promise<void> => this.#untilSettled(seq).then(() => this.#settler.published());
    const events = { adding: this.#settler.prepare, stored: this.#stored.bind(this), settled, share: () => this.#pace.share() };
    this.#batcher = new Batcher(parts.store, this.#sequencer, events, engine);
    this.#settling = new SettleLoop({
      settler: this.#settler,
      batcher: this.#batcher,
      pace: this.#pace,
      unsettled: this.#unsettled,
      limits: this.#limits,
      meter: this.#meter,
    });
    this.#waiters = new Waiters(parts.store, { wake: () => this.#batcher.wake(), settled }, engine);
  }

  /**
   * Opens a chain and signs what a crash left unsigned; a new chain gets `chain.created` and its first checkpoint.
   *
   * @throws ChainError ERR_CHAIN_TAMPERED, ERR_CHAIN_ROLLED_BACK, ERR_CHAIN_FORKED, ERR_MARK_MISSING, ERR_MARK_STORE, ERR_SIGNER_WRONG,
   *   ERR_SIGNER_UNAVAILABLE, ERR_NOT_DURABLE, ERR_CLOCK, ERR_STORE
   */
  static async open(parts: ChainParts, engine: Engine = defaultEngine): Promise<Chain> {
    const now = new Date(parts.clock.now()).toISOString();
    for (const signer of parts.signers) requireRegistered(signer, parts.resolver, 'checkpoint', parts.store.chain, now);
    const server = await ServerGuard.open(parts.store, parts.mark);
    const chain = new Chain(parts, await recoverChain(parts.store, parts, engine), server, engine);
    await server.accept();
    await chain.#sequencer.measureClock();
    await chain.#settler.settle(chain.#limits.signTimeoutMs);
    if (chain.size === 0) await chain.#enqueue(prepareCreated(chain.id, parts.predecessor, engine));
    await chain.#settler.published();
    chain.#meter?.opened(chain.size, chain.settledSize, server.change);
    return chain;
  }

  /** Records in the chain; the last of them may still wait for their checkpoint. */
  get size(): number {
    return this.#sequencer.size;
  }

  /** Records that are settled: durable and covered by a signed checkpoint. */
  get settledSize(): number {
    return this.#settler.size;
  }

  /**
   * Appends one event.
   *
   * The same id with the same event again gives the receipt of the record that is there.
   *
   * @param input read before the call returns; later changes to it do not count
   * @returns when the event is durable and covered by a signed checkpoint
   * @throws ChainError ERR_EVENT_MEMBER, ERR_EVENT_RESERVED, ERR_EVENT_SIZE, ERR_ID_CONFLICT, ERR_ID_REDACTED, ERR_CLOSED, ERR_BUSY, ERR_CLOCK,
   *   ERR_SIGNER_UNAVAILABLE (durable, not yet signed), ERR_SIGNER_WRONG, ERR_STORE, ERR_DISK_FULL (not appended);
   *   ProofError ERR_JSON_… for a payload without canonical form
   */
  append(input: EventInput): Promise<AppendReceipt>;
  /**
   * Leaves one event in the caller's own transaction: it is appended if and only if that commits.
   *
   * @param options `transaction` the `pg` client or PGlite transaction that the caller's own statements run on
   * @returns a receipt to await after the commit
   * @throws ChainError what can be refused is refused here: ERR_EVENT_…, ERR_ID_CONFLICT, ERR_ID_REDACTED, ERR_CLOSED, ERR_STORE
   */
  append(input: EventInput, options: { readonly transaction: TransactionLike }): Promise<PendingReceipt>;
  append(input: EventInput, options?: { readonly transaction: TransactionLike }): Promise<AppendReceipt | PendingReceipt> {
    return this.#counted(this.#append(input, options?.transaction));
  }

  /**
   * Leaves several events in the caller's own transaction, in order and in one statement: all of them, or none when one is refused.
   *
   * @param inputs 1 to 1,000 events of at most 16 MiB together, no id twice; read before the call returns
   * @param options `transaction` as for `append`
   * @returns receipts to await after the commit
   * @throws ChainError ERR_EVENTS_SIZE, and what `append` in a transaction throws; the transaction stays usable
   * @example
   * const pending = await chain.appendAll([created, paid], { transaction: client });
   * await client.query('commit');
   * const receipts = await pending.settled();
   */
  appendAll(inputs: readonly EventInput[], options: { readonly transaction: TransactionLike }): Promise<PendingReceipts> {
    return this.#counted(this.#leave(inputs, options.transaction));
  }

  async #append(input: EventInput, transaction: TransactionLike | undefined): Promise<AppendReceipt | PendingReceipt> {
    if (transaction !== undefined) return new PendingReceipt(await this.#leave([input], transaction));
    return await this.#enqueue(this.#prepare(input));
  }

  async #leave(inputs: readonly EventInput[], transaction: TransactionLike): Promise<PendingReceipts> {
    const events = inputs.map((input) => this.#prepare(input));
    const left = await leaveEvents(this.#store, transaction, events, this.#engine);
    this.#sequencer.left.add(events);
    return new PendingReceipts(events, left, this.#store, (event) => this.#waiters.wait(event, this.#deadline()));
  }

  #prepare(input: EventInput, allowReserved = false): PreparedEvent {
    if (this.#closed) throw new ChainError('ERR_CLOSED', `chain ${this.id} is closed`, { field: 'chain' });
    return prepareEvent(input, { chain: this.id, now: this.#clock.now(), allowReserved }, this.#engine);
  }

  /**
   * Appends prepared events as `append` does each, at less cost: for imports.
   *
   * @returns when all of them are settled; rejected with the first error, while the others go on
   * @internal
   */
  async appendPrepared(events: readonly PreparedEvent[]): Promise<readonly AppendReceipt[]> {
    if (this.#closed) throw new ChainError('ERR_CLOSED', `chain ${this.id} is closed`, { field: 'chain' });
    this.#pace.requireRoom(events, this.#batcher.length, this.#limits);
    const { callers, receipts } = this.#pace.enterAll(events, this.#deadline());
    for (const caller of callers) this.#batcher.push(caller);
    return await receipts;
  }

  /** Tells the meter of what is refused. */
  #counted<T>(appended: Promise<T>): Promise<T> {
    if (this.#meter !== undefined) appended.catch((error: unknown) => this.#meter?.refused(error));
    return appended;
  }

  /**
   * Appends what happened to a signer: the reserved events of the signer registry, which nobody else may append (docs/spec/signers.md §11).
   *
   * @param event `signer.…` with a payload of its frozen schema; give it an id made of what happened, and it is appended once
   * @throws ChainError ERR_EVENT_RESERVED another type, or a member that differs; else as `append`
   * @example await chain.appendSignerEvent(await signRotation({ from, to, registry, actor: 'security:alice' }))
   */
  async appendSignerEvent(event: AuditEvent): Promise<AppendReceipt> {
    checkSignerEvent(event.type, event.payload);
    return await this.#enqueue(this.#prepare(event, true));
  }

  /**
   * Appends a `checkpoint.heartbeat` when nothing has been appended for a while, so that the age of the newest checkpoint tells whether the
   * log is alive (docs/spec/reserved-events.md). Processes that do it at once append one between them.
   *
   * @param quiet milliseconds since the newest record, by the database's clock
   * @returns undefined when the newest record is younger
   * @throws ChainError as `append`
   * @example setInterval(() => void chain.heartbeat(3_600_000).catch(report), 60_000)
   */
  async heartbeat(quiet: number): Promise<AppendReceipt | undefined> {
    if (this.#closed) throw new ChainError('ERR_CLOSED', `chain ${this.id} is closed`, { field: 'chain' });
    const event = await prepareHeartbeat(this.#store, quiet, this.#engine);
    return event && (await this.#enqueue(event));
  }

  /**
   * Appends that the database was put back or moved, and is what was signed (docs/spec/reserved-events.md): for `recordRestored`.
   *
   * @throws ChainError ERR_EVENT_RESERVED a payload of another schema; else as `append`
   */
  async appendRestored(actor: string, payload: JsonObject): Promise<AppendReceipt> {
    if (this.#closed) throw new ChainError('ERR_CLOSED', `chain ${this.id} is closed`, { field: 'chain' });
    const event = { type: 'chain.restored', actor, payload } as const;
    return await this.#enqueue(prepareOwnEvent(event, { chain: this.id, now: this.#clock.now() }, this.#engine));
  }

  /**
   * The receipt of a settled record, from what is stored.
   *
   * @throws ChainError ERR_SEQ_UNKNOWN, ERR_CHAIN_TAMPERED
   */
  async receipt(seq: number): Promise<AppendReceipt> {
    await this.#settler.published();
    return await storedReceipt(this.#store, seq, this.#engine);
  }

  /** Waits until everything appended so far is settled or rejected, and refuses what comes after. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#settling.close();
    this.#waiters.close();
    await this.#batcher.idle();
    await this.#settling.running;
    await this.#settler.published();
    this.#meter?.closed(this.size, this.settledSize);
  }

  #deadline(): number {
    return Date.now() + this.#limits.settleTimeoutMs;
  }

  #enqueue(event: Caller['event']): Promise<AppendReceipt> {
    this.#pace.requireRoom([event], this.#batcher.length, this.#limits);
    return new Promise((resolve, reject) => this.#batcher.push(this.#pace.enter(event, this.#deadline(), resolve, reject)));
  }

  /** A batch is durable: it waits for its checkpoint. */
  #stored({ before, plan, waited, quarantined }: Stored, own: readonly Caller[]): void {
    this.#meter?.stored(plan?.batch.count ?? 0, this.#batcher.length, quarantined);
    this.#settler.add(before, { others: true });
    if (plan !== undefined) {
      this.#settler.add(plan.batch.leaves);
      this.#unsettled.add(plan.batch, [...waited.map((event) => this.#waiters.take(event.id)), ...own]);
    }
    this.#settling.wake();
  }

  async #untilSettled(seq: number): Promise<void> {
    while (seq >= this.settledSize && this.#settling.running !== undefined) await this.#settling.running;
    if (seq < this.settledSize) return;
    this.#batcher.wake();
    await this.#batcher.idle();
    await this.#settling.running;
    if (seq < this.settledSize) return;
    throw new ChainError('ERR_SIGNER_UNAVAILABLE', `record ${seq} is durable and waits for a checkpoint`, { field: 'signer' });
  }
}
