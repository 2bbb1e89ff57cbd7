import { pause } from '../archive/retry.ts';
import type { CosignResult, Cosigner } from './cosign.ts';

/** How to follow. */
export interface FollowWitnessesOptions {
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Between two looks, milliseconds; default 1,000. */
  readonly intervalMs?: number;
  /** Told of every checkpoint that witnesses were asked about, when all of them have answered or run out of time. */
  readonly onResult?: (result: CosignResult) => void;
  /** Told when the database or its note could not be used; the next look tries again. */
  readonly onError?: (error: unknown) => void;
}

/**
 * Has each new checkpoint cosigned as it appears, until told to end or until a witness has seen another history. A witness that is slow holds
 * up nobody else; one that did not answer is asked again at the next look, about the checkpoint that is the newest then.
 *
 * @returns the result that showed a conflict: signing has been stopped; undefined when it was told to end
 * @example const conflict = await followWitnesses(new Cosigner(parts), { signal, onResult: log });
 */
export async function followWitnesses(cosigner: Cosigner, options: FollowWitnessesOptions): Promise<CosignResult | undefined> {
  const { signal, intervalMs = 1000, onResult, onError } = options;
  const running = new Set<Promise<void>>();
  let conflict: CosignResult | undefined;
  const look = async (): Promise<void> => {
    try {
      const result = await cosigner.cosign(signal);
      if (result === undefined) return;
      onResult?.(result);
      if (result.conflict !== undefined) conflict ??= result;
    } catch (error) {
      if (!isAborted(signal)) onError?.(error);
    }
  };
  // Calls: what they tell changes while this waits.
  const goesOn = (): boolean => !isAborted(signal) && conflict === undefined;
  while (goesOn()) {
    const one = look();
    running.add(one);
    void one.then(() => running.delete(one));
    await pause(intervalMs, 0, signal);
  }
  await Promise.all(running);
  return conflict;
}

const isAborted = (signal: AbortSignal): boolean => signal.aborted;
