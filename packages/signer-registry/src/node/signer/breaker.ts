import type { SignRequest, Signer } from '@countersign/proof-core/ports';
import { RegistryError, unexpected } from '../../errors.ts';
import { isPassing } from './retry.ts';
import { type Timers, systemTimers } from './timers.ts';
import { wrapSigner } from '../../signer/wrap.ts';

/** When a backend is left alone, and for how long. */
export interface BreakerPolicy {
  /** Failures in a row that open the circuit, 1 or more. Default 5. */
  readonly failures?: number;
  /** How long it stays open before one request tries again. Default 10,000. */
  readonly coolDownMilliseconds?: number;
}

/** A signer whose circuit can be looked at. */
export interface BreakerSigner extends Signer {
  state(): 'closed' | 'open' | 'trying';
}

/**
 * Leaves a backend alone that has failed several times in a row: while the circuit is open, requests fail at once instead of queueing, and
 * after the cool-down one of them tries. Only a backend that is busy, away or late counts; a refusal says that it is there.
 *
 * @throws RangeError a policy without a failure
 * @example breakerSigner(signer, { failures: 5, coolDownMilliseconds: 10_000 })
 */
export function breakerSigner(signer: Signer, policy: BreakerPolicy = {}, timers: Timers = systemTimers): BreakerSigner {
  const { failures = 5, coolDownMilliseconds = 10_000 } = policy;
  if (!Number.isSafeInteger(failures) || failures < 1) throw new RangeError('failures: 1 or more');
  let inRow = 0;
  let openedAt = 0;
  let trying = false;
  const state = (): 'closed' | 'open' | 'trying' => (trying ? 'trying' : inRow >= failures ? 'open' : 'closed');

  /** Lets a request through; true when it is the one that tries an open circuit. */
  const enter = (): boolean => {
    if (inRow < failures) return false;
    if (trying || timers.now() < openedAt + coolDownMilliseconds) {
      throw unexpected('ERR_BACKEND_CIRCUIT_OPEN', signer.kid, 'a backend that answers', `${inRow} failures in a row`);
    }
    return (trying = true);
  };
  const settle = (error: unknown): void => {
    if (isPassing(error) || (error instanceof RegistryError && error.code === 'ERR_BACKEND_DEADLINE')) {
      inRow++;
      openedAt = timers.now();
    } else if (error === undefined || error instanceof RegistryError) inRow = 0;
  };

  const wrapped = wrapSigner(signer, async (request: SignRequest): Promise<Uint8Array> => {
    const trial = enter();
    try {
      const signature = await signer.sign(request);
      settle(undefined);
      return signature;
    } catch (error) {
      settle(error);
      throw error;
    } finally {
      if (trial) trying = false;
    }
  });
  return Object.freeze({ ...wrapped, state });
}
