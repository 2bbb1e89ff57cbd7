import { ChainError } from '../errors.ts';
import type { ChainStore } from '../store/store.ts';

// How long an answer counts: one question of the database a second, whatever the number of checkpoints.
const FRESH_MS = 1000;

/**
 * Looks, before each signature, whether signing has been stopped: by whoever follows the witnesses, when one of them has seen another history
 * (docs/operations/witness.md).
 */
export class StopWatch {
  readonly #store: ChainStore;
  #asked = -Infinity;

  constructor(store: ChainStore) {
    this.#store = store;
  }

  /** @throws ChainError ERR_SIGNING_STOPPED, ERR_STORE */
  async check(): Promise<void> {
    if (Math.abs(Date.now() - this.#asked) < FRESH_MS) return;
    const stop = await this.#store.attestations().stopped();
    if (stop !== undefined) {
      const message = `signing of ${this.#store.chain} was stopped at ${stop.at}: ${stop.reason}; what is appended is durable and waits`;
      throw new ChainError('ERR_SIGNING_STOPPED', message, { field: 'stop', actual: stop.at });
    }
    this.#asked = Date.now();
  }
}
