import { hexEncode } from '@countersign/proof-core/bytes/hex';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import type { Clock, HighWaterMark, KeyResolver, Signer } from '@countersign/proof-core/ports';
import { ChainError } from '../errors.ts';
import { type EventInput, prepareEvent } from '../record/event.ts';
import type { ChainStore, TakenId } from '../store/store.ts';
import { type Batch, recordAt } from './batch.ts';
import { requireRegistered } from './keys.ts';
import { type Plan, type Position, planBatch } from './plan.ts';
import { type Caller, takeBatch } from './queue.ts';
import { type AppendReceipt, receiptFromView } from './receipt.ts';
import { type ChainState, recoverChain } from './recover.ts';
import { type Settled, Settler } from './settle.ts';
import { storedReceipt } from './stored-receipt.ts';
import { adoptTaken } from './taken.ts';

/** What a chain is opened with. */
export interface ChainParts {
  readonly store: ChainStore;
  /** One signer; both, old and new, while keys overlap. */
  readonly signers: readonly Signer[];
  /** The registry that verifiers will use: a key it does not trust signs nothing. */
  readonly resolver: KeyResolver;
  readonly mark: HighWaterMark;
  readonly clock: Clock;
}

interface Unsettled {
  readonly batch: Batch;
  readonly callers: readonly Caller[];
}

/**
 * One open chain: appends events in batches, each durable first and then covered by a signed checkpoint (architecture §4).
 *
 * Any number of callers may append at once; their events get their places in the order of the calls. While one batch is signed the
 * next is stored.
 *
 * @example
 * const chain = await Chain.open({ store, signers: [signer], resolver: registry, mark, clock: Date });
 * const receipt = await chain.append({ type: 'order.created', actor: 'user:7f3a', payload: { amount: 1999 } });
 */
export class Chain {
  readonly id: string;
  readonly #parts: ChainParts;
  readonly #engine: Engine;
  readonly #settler: Settler;
  #position: Position;
  #queue: Caller[] = [];
  #unsettled: Unsettled[] = [];
  #storing: Promise<void> | undefined;
  #settling: Promise<void> | undefined;
  #idsWereTaken = false;
  #closed = false;

  private constructor(parts: ChainParts, state: ChainState, engine: Engine) {
    this.id = parts.store.chain;
    this.#parts = parts;
    this.#engine = engine;
    this.#position = state;
    this.#settler = new Settler({ ...parts, signed: state.signed }, engine);
    this.#settler.add(state.unsigned);
  }

  /**
   * Opens a chain and signs what a crash left unsigned; a new chain gets `chain.created` and its first checkpoint.
   *
   * @throws ChainError ERR_CHAIN_TAMPERED, ERR_CHAIN_ROLLED_BACK, ERR_CHAIN_FORKED, ERR_MARK_MISSING, ERR_MARK_STORE, ERR_SIGNER_WRONG,
   *   ERR_SIGNER_UNAVAILABLE, ERR_CLOCK, ERR_STORE
   */
  static async open(parts: ChainParts, engine: Engine = defaultEngine): Promise<Chain> {
    const now = new Date(parts.clock.now()).toISOString();
    for (const signer of parts.signers) requireRegistered(signer, parts.resolver, 'checkpoint', parts.store.chain, now);
    const chain = new Chain(parts, await recoverChain(parts.store, parts, engine), engine);
    if (chain.size > 0) await chain.#settler.settle();
    else await chain.#enqueue({ actor: 'system:countersign', type: 'chain.created', payload: { format: 'countersign/chain@1' } }, true);
    return chain;
  }

  /** Records in the chain; the last of them may still wait for their checkpoint. */
  get size(): number {
    return this.#position.head.size;
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
   * @throws ChainError ERR_EVENT_MEMBER, ERR_EVENT_RESERVED, ERR_EVENT_SIZE, ERR_ID_CONFLICT, ERR_ID_REDACTED, ERR_CLOSED, ERR_CLOCK,
   *   ERR_SIGNER_UNAVAILABLE (durable, not yet signed), ERR_SIGNER_WRONG, ERR_STORE, ERR_DISK_FULL (not appended);
   *   ProofError ERR_JSON_… for a payload without canonical form
   */
  async append(input: EventInput): Promise<AppendReceipt> {
    return await this.#enqueue(input, false);
  }

  /**
   * The receipt of a settled record, from what is stored.
   *
   * @throws ChainError ERR_SEQ_UNKNOWN, ERR_CHAIN_TAMPERED
   */
  async receipt(seq: number): Promise<AppendReceipt> {
    return await storedReceipt(this.#parts.store, seq, this.#engine);
  }

  /** Waits until everything appended so far is settled or rejected, and refuses what comes after. */
  async close(): Promise<void> {
    this.#closed = true;
    while (this.#storing !== undefined || this.#settling !== undefined) await Promise.all([this.#storing, this.#settling]);
  }

  #enqueue(input: EventInput, allowReserved: boolean): Promise<AppendReceipt> {
    if (this.#closed) return Promise.reject(new ChainError('ERR_CLOSED', `chain ${this.id} is closed`, { field: 'chain' }));
    const event = prepareEvent(input, { chain: this.id, now: this.#parts.clock.now(), allowReserved }, this.#engine);
    return new Promise((resolve, reject) => {
      this.#queue.push({ event, resolve, reject });
      // One turn later, so that calls of the same turn share a batch.
      this.#storing ??= Promise.resolve().then(() => this.#storeAll());
    });
  }

  async #storeAll(): Promise<void> {
    while (this.#queue.length > 0) await this.#storeBatch(takeBatch(this.#queue));
    this.#storing = undefined;
  }

  async #storeBatch(batch: readonly Caller[]): Promise<void> {
    let callers = batch;
    try {
      // After one batch with known ids (an import run again) the next is likely to be another: asking first spares a rollback.
      if (this.#idsWereTaken) callers = await this.#adopt(await this.#parts.store.takenIds(batch.map(({ event }) => event.id)), batch);
      if (callers.length === 0) return;
      let plan: Plan | undefined;
      const events = callers.map(({ event }) => event);
      const result = await this.#parts.store.add((locked) => {
        plan = planBatch(this.id, this.#position, locked, events, this.#parts.clock, this.#engine);
        return plan.addition;
      });
      this.#idsWereTaken = 'taken' in result;
      if ('added' in result) this.#advance(plan!, callers);
      else await this.#storeBatch(await this.#adopt(result.taken, callers));
    } catch (error) {
      for (const caller of callers) caller.reject(error);
    }
  }

  async #adopt(taken: readonly TakenId[], callers: readonly Caller[]): Promise<readonly Caller[]> {
    return await adoptTaken(this.#parts.store, taken, callers, (seq) => this.#untilSettled(seq), this.#engine);
  }

  /** The batch is durable: the chain goes on from it, and it waits for its checkpoint. */
  #advance({ batch, next }: Plan, callers: readonly Caller[]): void {
    this.#position = next;
    this.#settler.add(batch.leaves);
    this.#unsettled.push({ batch, callers });
    this.#settling ??= this.#settleAll();
  }

  /** The one place that settles, so that no two checkpoints are signed at once. */
  async #settleAll(): Promise<void> {
    do {
      const covered = this.#unsettled.splice(0);
      try {
        const settled = await this.#settler.settle();
        if (settled !== undefined) this.#resolve(covered, settled);
      } catch (error) {
        for (const { callers } of covered) for (const caller of callers) caller.reject(error);
      }
    } while (this.#unsettled.length > 0);
    this.#settling = undefined;
  }

  #resolve(covered: readonly Unsettled[], { view, note }: Settled): void {
    for (const { batch, callers } of covered) {
      for (const [i, { event, resolve }] of callers.entries()) {
        const hash = hexEncode(batch.leaves.subarray(i * 32, i * 32 + 32));
        resolve(receiptFromView(view, note, recordAt(batch, i), { id: event.id, seq: batch.first + i, hash }));
      }
    }
  }

  async #untilSettled(seq: number): Promise<void> {
    if (seq >= this.settledSize) await (this.#settling ??= this.#settleAll());
    if (seq < this.settledSize) return;
    throw new ChainError('ERR_SIGNER_UNAVAILABLE', `record ${seq} is durable and waits for a checkpoint`, { field: 'signer' });
  }
}
