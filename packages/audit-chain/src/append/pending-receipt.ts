import { ChainError } from '../errors.ts';
import type { ChainStore } from '../store/store.ts';
import type { Left } from './leave.ts';
import type { AppendReceipt } from './receipt.ts';

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
  readonly #left: Left;
  readonly #store: ChainStore;
  readonly #wait: () => Promise<AppendReceipt>;

  constructor(id: string, left: Left, store: ChainStore, wait: () => Promise<AppendReceipt>) {
    this.id = id;
    this.#left = left;
    this.#store = store;
    this.#wait = wait;
  }

  /**
   * Waits for the checkpoint; to be called after the commit.
   *
   * @throws ChainError ERR_TRANSACTION_OPEN inside the open transaction, ERR_TRANSACTION_ABORTED after a rollback, ERR_SIGNER_UNAVAILABLE at
   *   the deadline, and what `append` throws
   */
  async settled(): Promise<AppendReceipt> {
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
      throw new ChainError('ERR_TRANSACTION_ABORTED', 'the transaction was rolled back; the event was not appended', {
        field: 'transaction',
        expected: 'committed',
        actual: status,
      });
    }
    return await this.#wait();
  }
}
