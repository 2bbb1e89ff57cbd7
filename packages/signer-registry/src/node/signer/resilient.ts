import type { Signer } from '@countersign/proof-core/ports';
import { type BreakerPolicy, type BreakerSigner, breakerSigner } from './breaker.ts';
import { deadlineSigner } from './deadline.ts';
import { type RetryPolicy, retrySigner } from './retry.ts';
import { type Timers, systemTimers } from './timers.ts';

/** How a remote backend is treated. */
export interface ResiliencePolicy {
  readonly retry?: RetryPolicy;
  /** For all attempts together. Default 10,000. */
  readonly deadlineMilliseconds?: number;
  readonly breaker?: BreakerPolicy;
}

/**
 * Makes a remote signer patient and polite: asks again while the backend is busy, gives up at a deadline, and leaves a backend alone that keeps
 * failing. It never turns to another backend or key.
 *
 * @example resilientSigner(kmsSigner(new KMS({ maxAttempts: 1 }), entry))
 */
export function resilientSigner(signer: Signer, policy: ResiliencePolicy = {}, timers: Timers = systemTimers): BreakerSigner {
  const patient = retrySigner(signer, policy.retry, timers);
  return breakerSigner(deadlineSigner(patient, policy.deadlineMilliseconds ?? 10_000, timers), policy.breaker, timers);
}
