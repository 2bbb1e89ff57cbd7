import { ChainError } from '../errors.ts';
import type { PreparedEvent } from '../record/event.ts';
import type { ChainStore } from '../store/store.ts';
import type { Left } from './leave.ts';
import type { AppendReceipt } from './receipt.ts';

/**
 * What `appendAll` in a caller's transaction resolves to: the events are appended if and only if the transaction commits.
 *
 * @example
 * const pending = await chain.appendAll(events, { transaction: client });
 * await client.query('commit');
 * const receipts = await pending.settled();
 */
export class PendingReceipts {
  /** The events' ids, in their order. */
  readonly ids: readonly string[];
  readonly #events: readonly PreparedEvent[];
  readonly #left: Left;
  readonly #store: Pick<ChainStore, 'transactionStatus'>;
  readonly #wait: (event: PreparedEvent) => Promise<AppendReceipt>;

  constructor(
    events: readonly PreparedEvent[],
    left: Left,
    store: Pick<ChainStore, 'transactionStatus'>,
    wait: (event: PreparedEvent) => Promise<AppendReceipt>,
  ) {
    this.ids = events.map(({ id }) => id);
    this.#events = events;
    this.#left = left;
    this.#store = store;
    this.#wait = wait;
  }

  /**
   * Waits for the checkpoint; to be called after the commit.
   *
   * @returns a receipt for each event, in their order
   * @throws ChainError ERR_TRANSACTION_OPEN inside the open transaction, ERR_TRANSACTION_ABORTED after a rollback, ERR_SIGNER_UNAVAILABLE at
   *   the deadline, and what `append` throws
   */
  async settled(): Promise<AppendReceipt[]> {
    // An embedded database has one session: asking it inside the transaction would wait for ever.
    const status = this.#left.on.closed === false ? 'in progress' : await this.#store.transactionStatus(this.#left.transaction);
    if (status === 'in progress') {
      throw new ChainError('ERR_TRANSACTION_OPEN', 'commit the transaction, then await the receipt', {
        field: 'transaction',
        expected: 'committed',
        actual: status,
      });
    }
    if (status === 'aborted') {
      throw new ChainError('ERR_TRANSACTION_ABORTED', 'the transaction was rolled back; nothing was appended', {
        field: 'transaction',
        expected: 'committed',
        actual: status,
      });
    }
    return await Promise.all(this.#events.map((event) => this.#wait(event)));
  }
}

/**
 * What `append` in a caller's transaction resolves to: the event is appended if and only if the transaction commits.
 *
 * @example
 * const pending = await chain.append(event, { transaction: client });
 * await client.query('commit');
 * const receipt = await pending.settled();
 */
export class PendingReceipt {
  readonly id: string;
  readonly #one: PendingReceipts;

  /** @param one of one event */
  constructor(one: PendingReceipts) {
    this.id = one.ids[0]!;
    this.#one = one;
  }

  /**
   * Waits for the checkpoint; to be called after the commit.
   *
   * @throws ChainError as `PendingReceipts.settled`
   */
  async settled(): Promise<AppendReceipt> {
    return (await this.#one.settled())[0]!;
  }
}
