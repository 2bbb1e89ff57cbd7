import type { SignRequest, Signer } from '@countersign/proof-core/ports';
import { RegistryError } from '../../errors.ts';
import { type Timers, systemTimers } from './timers.ts';
import { wrapSigner } from '../../signer/wrap.ts';

/** How often and how patiently a signature is asked for. */
export interface RetryPolicy {
  /** Attempts in all, 1 or more. Default 4. */
  readonly attempts?: number;
  /** The first wait is at most this long, each further one at most twice the one before. Default 50. */
  readonly firstWaitMilliseconds?: number;
  /** No wait is longer. Default 2,000. */
  readonly longestWaitMilliseconds?: number;
}

/** Tells whether the same request may succeed a moment later: the backend was busy or away. A refusal is final. */
export function isPassing(error: unknown): boolean {
  return error instanceof RegistryError && (error.code === 'ERR_BACKEND_UNAVAILABLE' || error.code === 'ERR_BACKEND_THROTTLED');
}

/**
 * Asks a signer again while its backend is busy or away, with full jitter; never after a refusal, and never another key.
 *
 * @throws RangeError a policy without an attempt
 * @example retrySigner(kmsSigner, { attempts: 3 })
 */
export function retrySigner(signer: Signer, policy: RetryPolicy = {}, timers: Timers = systemTimers): Signer {
  const { attempts = 4, firstWaitMilliseconds = 50, longestWaitMilliseconds = 2000 } = policy;
  if (!Number.isSafeInteger(attempts) || attempts < 1) throw new RangeError('attempts: 1 or more');
  return wrapSigner(signer, async (request: SignRequest): Promise<Uint8Array> => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await signer.sign(request);
      } catch (error) {
        if (attempt >= attempts || !isPassing(error)) throw error;
      }
      const longest = Math.min(longestWaitMilliseconds, firstWaitMilliseconds * 2 ** (attempt - 1));
      await timers.sleep(timers.random() * longest, request.signal);
    }
  });
}
