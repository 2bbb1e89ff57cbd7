/** Counters of a chain, as names of metrics. */
export type ChainCounter =
  /** Events that this process has made durable; they are settled with their checkpoint. */
  | 'countersign_appends_total'
  /** Calls of `append` that were refused; label `reason`. */
  | 'countersign_refusals_total'
  /** Checkpoints that this process has signed, or taken over from another. */
  | 'countersign_checkpoints_total'
  /** Attempts to sign a checkpoint that failed; label `reason`. */
  | 'countersign_signer_errors_total'
  /** Waiting events that were put aside because the library did not write them; label `reason`. */
  | 'countersign_quarantined_total';

/** Distributions. */
export type ChainHistogram =
  /** Events in a batch. */
  | 'countersign_batch_size'
  /** Seconds from the call of `append` to the checkpoint that covers the event. */
  | 'countersign_settle_seconds';

/** Levels, told when they change. */
export type ChainGauge =
  /** Callers that wait to be stored. */
  | 'countersign_queue_depth'
  /** Seconds since the oldest durable event of this process that no checkpoint covers; 0 without one. Told at every attempt to sign. */
  | 'countersign_unsigned_age_seconds';

/** `chain`, and `reason` where a name says so: an error's code in lower case without `err_`, or `internal`. */
export interface ChainLabels {
  readonly chain: string;
  readonly reason?: string;
}

/** Something worth a line in a log. */
export interface ChainLogEvent {
  readonly level: 'info' | 'warn' | 'error';
  readonly event:
    | 'chain.opened'
    | 'chain.closed'
    | 'checkpoint.failed'
    | 'checkpoint.recovered'
    | 'event.quarantined'
    | 'note.unpublished'
    | 'server.changed';
  readonly chain: string;
  /** Numbers, ids and codes; never a payload or a secret. */
  readonly fields: Readonly<Record<string, string | number>>;
}

/**
 * Where the measurements and log events of a chain go: a metrics library and a logger of the caller's.
 *
 * A hook is called in the middle of the work and must not wait; what it throws is dropped, because a metric must not stop an append. Hooks
 * that are absent cost nothing.
 *
 * @example
 * const hooks: ChainHooks = {
 *   onCount: (name, by, labels) => counters[name].inc(labels, by),
 *   onEvent: ({ level, event, chain, fields }) => logger[level]({ event, chain, ...fields }),
 * };
 */
export interface ChainHooks {
  readonly onCount?: (name: ChainCounter, by: number, labels: ChainLabels) => void;
  readonly onMeasure?: (name: ChainHistogram, value: number, labels: ChainLabels) => void;
  readonly onLevel?: (name: ChainGauge, value: number, labels: ChainLabels) => void;
  readonly onEvent?: (event: ChainLogEvent) => void;
}
