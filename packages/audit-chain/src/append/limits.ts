/** Bounds of an open chain. */
export interface ChainLimits {
  /** How long `append` waits for the checkpoint, milliseconds; the event stays durable and is settled later. Default 10,000. */
  readonly settleTimeoutMs: number;
  /** How long one call of the signer may take, milliseconds. Default 5,000. */
  readonly signTimeoutMs: number;
  /** Callers that may wait to be stored; the next one is refused. Default 10,000. */
  readonly queue: number;
  /** Bytes of events and private values that may be in flight, neither settled nor rejected; the next one is refused. Default 64 MiB. */
  readonly bytes: number;
  /**
   * Calls of the signer that may be under way at once where one takes longer than 10 ms; with 1 it is asked again when it has answered, which is the
   * least that a key service can be paid for. Default 6.
   */
  readonly signatures: number;
}

/** What counts unless a caller says otherwise. */
export const CHAIN_LIMITS: ChainLimits = {
  settleTimeoutMs: 10_000,
  signTimeoutMs: 5000,
  queue: 10_000,
  bytes: 64 * 2 ** 20,
  signatures: 6,
};
