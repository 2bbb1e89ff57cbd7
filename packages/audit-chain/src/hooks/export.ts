import type { ChainLabels } from './hooks.ts';
import { reasonOf } from './reason.ts';

/** Counters of a sealer, as names of metrics. */
export type ExportCounter =
  /** Segments that this process has sealed, or completed. */
  | 'audit_export_success_total'
  /** Attempts that failed; label `reason`. */
  | 'audit_export_failures_total';

/** Levels of a sealer. */
export type ExportGauge =
  /** Seconds since the oldest settled record that no sealed segment holds entered the chain; 0 without one. */
  'audit_export_lag_seconds';

/**
 * Where the measurements of a sealer go; as `ChainHooks` a hook must not wait, and what it throws is dropped.
 *
 * @example const hooks: ExportHooks = { onCount: (name, by, labels) => counters[name].inc(labels, by) };
 */
export interface ExportHooks {
  readonly onCount?: (name: ExportCounter, by: number, labels: ChainLabels) => void;
  readonly onLevel?: (name: ExportGauge, value: number, labels: ChainLabels) => void;
}

/** Tells the hooks of a sealer what happens. */
export class ExportMeter {
  readonly #chain: string;
  readonly #hooks: ExportHooks;

  constructor(chain: string, hooks: ExportHooks = {}) {
    this.#chain = chain;
    this.#hooks = hooks;
  }

  sealed(): void {
    this.#tell(() => this.#hooks.onCount?.('audit_export_success_total', 1, { chain: this.#chain }));
  }

  failed(error: unknown): void {
    this.#tell(() => this.#hooks.onCount?.('audit_export_failures_total', 1, { chain: this.#chain, reason: reasonOf(error) }));
  }

  lag(seconds: number): void {
    this.#tell(() => this.#hooks.onLevel?.('audit_export_lag_seconds', seconds, { chain: this.#chain }));
  }

  #tell(hook: () => void): void {
    try {
      hook();
    } catch {
      // A metric must not stop an export.
    }
  }
}
