import type { ServerChange } from '../marks/server-guard.ts';
import type { ChainHooks, ChainLabels, ChainLogEvent } from './hooks.ts';
import { label, reasonOf } from './reason.ts';

/** What a chain tells its hooks; made only where there are any. */
export class ChainMeter {
  readonly #hooks: ChainHooks;
  readonly #labels: ChainLabels;
  #failures = 0;

  private constructor(chain: string, hooks: ChainHooks) {
    this.#hooks = hooks;
    this.#labels = { chain };
  }

  /** @returns undefined without hooks */
  static of(chain: string, hooks: ChainHooks | undefined): ChainMeter | undefined {
    return hooks === undefined ? undefined : new ChainMeter(chain, hooks);
  }

  opened(size: number, settled: number, change: ServerChange | undefined): void {
    this.#log('info', 'chain.opened', { size, settled });
    this.serverChanged(change);
  }

  closed(size: number, settled: number): void {
    this.#log('info', 'chain.closed', { size, settled });
  }

  refused(error: unknown): void {
    this.#tell(() => this.#hooks.onCount?.('countersign_refusals_total', 1, this.#because(error)));
  }

  /** A batch is durable. */
  stored(count: number, queue: number, quarantined: readonly { readonly id: string; readonly reason: string }[]): void {
    if (count > 0) {
      this.#tell(() => this.#hooks.onCount?.('countersign_appends_total', count, this.#labels));
      this.#tell(() => this.#hooks.onMeasure?.('countersign_batch_size', count, this.#labels));
    }
    this.#tell(() => this.#hooks.onLevel?.('countersign_queue_depth', queue, this.#labels));
    for (const { id, reason } of quarantined) {
      const labels = { ...this.#labels, reason: label(reason.split(' ')[0]!) };
      this.#tell(() => this.#hooks.onCount?.('countersign_quarantined_total', 1, labels));
      this.#log('error', 'event.quarantined', { id, reason });
    }
  }

  /** A caller's event is settled. @param since when the caller came, milliseconds since 1970 */
  settled(since: number): void {
    this.#tell(() => this.#hooks.onMeasure?.('countersign_settle_seconds', Math.max(0, Date.now() - since) / 1000, this.#labels));
  }

  /** A checkpoint covers everything up to `size`. */
  checkpoint(size: number): void {
    this.#tell(() => this.#hooks.onCount?.('countersign_checkpoints_total', 1, this.#labels));
    this.#age('');
    if (this.#failures > 0) this.#log('info', 'checkpoint.recovered', { size, failures: this.#failures });
    this.#failures = 0;
  }

  /** An attempt to sign failed; the log is told of the first in a row alone. @param oldest `link.time` of the oldest unsigned record */
  failed(error: unknown, oldest: string): void {
    this.#tell(() => this.#hooks.onCount?.('countersign_signer_errors_total', 1, this.#because(error)));
    this.#age(oldest);
    if (this.#failures++ > 0) return;
    this.#log('error', 'checkpoint.failed', { reason: reasonOf(error), unsigned_since: oldest });
  }

  unpublished(error: unknown): void {
    this.#log('warn', 'note.unpublished', { reason: reasonOf(error) });
  }

  serverChanged(change: ServerChange | undefined): void {
    if (change !== undefined) this.#log('warn', 'server.changed', { from: change.from, to: change.to });
  }

  #age(oldest: string): void {
    const age = oldest === '' ? 0 : Math.max(0, Date.now() - Date.parse(oldest)) / 1000;
    this.#tell(() => this.#hooks.onLevel?.('countersign_unsigned_age_seconds', age, this.#labels));
  }

  #because(error: unknown): ChainLabels {
    return { ...this.#labels, reason: reasonOf(error) };
  }

  #log(level: ChainLogEvent['level'], event: ChainLogEvent['event'], fields: ChainLogEvent['fields']): void {
    this.#tell(() => this.#hooks.onEvent?.({ level, event, chain: this.#labels.chain, fields }));
  }

  #tell(hook: () => void): void {
    try {
      hook();
    } catch {
      // A metric must not stop an append.
    }
  }
}
