import type { SignRequest, Signer } from '@countersign/proof-core/ports';
import { unexpected } from '../../errors.ts';
import { type Timers, systemTimers } from './timers.ts';
import { wrapSigner } from '../../signer/wrap.ts';

/**
 * Ends a signature that takes too long, whether or not the backend heeds its signal.
 *
 * @param milliseconds for all attempts together
 * @throws RangeError not a positive time
 * @example deadlineSigner(signer, 10_000)
 */
export function deadlineSigner(signer: Signer, milliseconds: number, timers: Timers = systemTimers): Signer {
  if (!(milliseconds > 0)) throw new RangeError('milliseconds: a positive time');
  return wrapSigner(signer, async (request: SignRequest): Promise<Uint8Array> => {
    const attempt = new AbortController();
    const done = new AbortController();
    const forward = (): void => attempt.abort(request.signal?.reason);
    if (request.signal?.aborted === true) forward();
    request.signal?.addEventListener('abort', forward, { once: true });
    const late = timers.sleep(milliseconds, done.signal).then(() => {
      const error = unexpected('ERR_BACKEND_DEADLINE', signer.kid, `a signature within ${milliseconds} ms`, 'none');
      attempt.abort(error);
      throw error;
    });
    const aborted = new Promise<never>((_, reject) => {
      attempt.signal.addEventListener('abort', () => reject(attempt.signal.reason as Error), { once: true });
    });
    aborted.catch(() => {});
    late.catch(() => {});
    try {
      attempt.signal.throwIfAborted();
      return await Promise.race([signer.sign({ ...request, signal: attempt.signal }), late, aborted]);
    } finally {
      done.abort();
      request.signal?.removeEventListener('abort', forward);
    }
  });
}
