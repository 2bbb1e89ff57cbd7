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

/**
 * The one place where an open chain settles: checkpoints are reserved one after the other, and their signatures are under way side by side where the
 * signer is slow.
 */
export class SettleLoop {
  readonly #parts: SettleLoopParts;
  readonly #underWay = new Set<Promise<void>>();
  /** Attempts that failed since one succeeded. */
  #failures = 0;
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

  /** From now on gives up after a second failure in a row. */
  close(): void {
    this.#closed = true;
  }

  async #run(): Promise<void> {
    const { settler, pace } = this.#parts;
    this.#failures = 0;
    while (!(this.#closed && this.#failures > 1)) {
      if (this.#mustPause) {
        this.#mustPause = false;
        await backOff(this.#failures++);
      } else if (settler.isBehind && this.#underWay.size < pace.signatures) await this.#step();
      else if (this.#underWay.size > 0) await new Promise<void>((resolve) => (this.#goOn = resolve));
      else break;
    }
    // With nothing under way there must be no wait here: a wake during it would be lost.
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
    this.#running = undefined;
  }

  async #step(): Promise<void> {
    const { settler, batcher, pace } = this.#parts;
    try {
      await pace.gather(batcher, this.#underWay.size);
      const next = await settler.reserve();
      if (next === undefined) {
        // Another process has signed beyond this one's records: they are read, then its note is taken over.
        this.#mustPause = true;
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
  }

  #failed(error: unknown): void {
    const { unsettled, meter } = this.#parts;
    meter?.failed(error, unsettled.since);
    unsettled.fail(error, this.#closed);
    this.#mustPause = true;
  }
}
