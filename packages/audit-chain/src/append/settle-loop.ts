import { ChainError } from '../errors.ts';
import type { ChainMeter } from '../hooks/meter.ts';
import type { Batcher } from './batcher.ts';
import type { ChainLimits } from './limits.ts';
import type { Pace } from './pace.ts';
import { backOff } from './queue.ts';
import type { Reserved, Settled, Settler } from './settle.ts';
import type { Unsettled } from './unsettled.ts';

/** What the loop works with. */
export interface SettleLoopParts {
  readonly settler: Settler;
  readonly batcher: Batcher;
  readonly pace: Pace;
  readonly unsettled: Unsettled;
  readonly limits: ChainLimits;
  readonly meter: ChainMeter | undefined;
}

// A chain that is being closed gives up after so many failures in a row, and after so many pauses for another process's note: some five seconds.
const MOST_FAILURES = 2;
const MOST_PAUSES = 10;

/**
 * The one place where an open chain settles: checkpoints are reserved one after the other, and their signatures are under way side by side where the
 * signer is slow.
 */
export class SettleLoop {
  readonly #parts: SettleLoopParts;
  readonly #underWay = new Set<Promise<void>>();
  /** Why nothing could be settled, since something was: the last reason, how many of them were failures, and how often it was paused for them. */
  #reason: unknown;
  #failures = 0;
  #pauses = 0;
  #mustPause = false;
  #closed = false;
  /** Ends a wait for something to happen. */
  #goOn: (() => void) | undefined;
  #running: Promise<void> | undefined;

  constructor(parts: SettleLoopParts) {
    this.#parts = parts;
  }

  /** Until nothing waits, or it cannot be settled and the chain is closed; undefined while nothing is to be done. */
  get running(): Promise<void> | undefined {
    return this.#running;
  }

  /** Begins, or goes on, where something waits. */
  wake(): void {
    if (!this.#parts.settler.isWaiting) return;
    this.#running ??= this.#run();
    this.#goOn?.();
  }

  /** From now on gives up when nothing can be settled for a while. */
  close(): void {
    this.#closed = true;
  }

  get #givesUp(): boolean {
    return this.#closed && (this.#failures >= MOST_FAILURES || this.#pauses >= MOST_PAUSES);
  }

  async #run(): Promise<void> {
    const { settler, pace, unsettled } = this.#parts;
    this.#failures = 0;
    this.#pauses = 0;
    for (;;) {
      if (!this.#givesUp && this.#mustPause) {
        this.#mustPause = false;
        await backOff(this.#pauses++);
      } else if (!this.#givesUp && settler.isBehind && this.#underWay.size < pace.signatures) await this.#step();
      else if (this.#underWay.size > 0) await new Promise<void>((resolve) => (this.#goOn = resolve));
      else break;
    }
    // No wait from here on: who becomes durable during one would be neither told nor woken for.
    if (this.#givesUp) unsettled.fail(this.#reason, true);
    this.#running = undefined;
  }

  async #step(): Promise<void> {
    const { settler, batcher, pace } = this.#parts;
    try {
      await pace.gather(batcher, this.#underWay.size);
      const next = await settler.reserve();
      if (next === undefined) {
        // Another process has signed beyond this one's records: they are read, then its note is taken over.
        this.#waits(elsewhere());
        batcher.wake();
      } else if ('note' in next) this.#settled(next);
      else this.#sign(next);
    } catch (error) {
      this.#failed(error);
    }
  }

  #sign(reserved: Reserved): void {
    const { settler, limits } = this.#parts;
    const { size } = reserved.view;
    const signature = settler
      .sign(reserved, limits.signTimeoutMs)
      .then(
        (settled) => {
          if (settled !== undefined) this.#settled(settled);
        },
        (error: unknown) => {
          // A larger checkpoint covers it, or is about to.
          if (size > Math.max(settler.size, settler.signing)) this.#failed(error);
        },
      )
      .finally(() => {
        this.#underWay.delete(signature);
        this.#goOn?.();
      });
    this.#underWay.add(signature);
  }

  #settled(settled: Settled): void {
    const { unsettled, limits, meter } = this.#parts;
    meter?.checkpoint(settled.size);
    unsettled.resolve(settled, ({ deadline }) => meter?.settled(deadline - limits.settleTimeoutMs));
    this.#failures = 0;
    this.#pauses = 0;
  }

  #failed(error: unknown): void {
    const { unsettled, meter } = this.#parts;
    meter?.failed(error, unsettled.since);
    this.#failures++;
    this.#waits(error, this.#closed);
  }

  /** Nothing could be settled: who cannot wait on is told, and it is tried again after a pause. */
  #waits(reason: unknown, closed = false): void {
    this.#parts.unsettled.fail(reason, closed);
    this.#reason = reason;
    this.#mustPause = true;
  }
}

function elsewhere(): ChainError {
  const message = 'another process has signed further and its note is not there yet; the events are durable and wait for a checkpoint';
  return new ChainError('ERR_SIGNER_UNAVAILABLE', message, { field: 'note' });
}
