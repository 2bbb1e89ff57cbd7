import type { Timers } from '../../src/node/signer/timers.ts';

/** Time that stands still until a test moves it. */
export interface ManualTimers extends Timers {
  /** The waits asked for so far, in milliseconds. */
  readonly waits: number[];
  /** Moves time on and ends the waits that are over. */
  advance(milliseconds: number): Promise<void>;
  /** Ends waits one after another until the work is settled. */
  run(work: Promise<unknown>): Promise<void>;
}

/** Lets promises and sockets that are ready have their turn. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export function manualTimers(start = Date.UTC(2026, 0, 1)): ManualTimers {
  let time = start;
  let waiting: { at: number; end: () => void }[] = [];
  const waits: number[] = [];
  const advance = async (milliseconds: number): Promise<void> => {
    time += milliseconds;
    const over = waiting.filter(({ at }) => at <= time);
    waiting = waiting.filter(({ at }) => at > time);
    for (const { end } of over) end();
    await turn();
  };
  return {
    waits,
    now: () => time,
    random: () => 0.5,
    sleep(milliseconds, signal) {
      waits.push(milliseconds);
      return new Promise((resolve, reject) => {
        const entry = { at: time + milliseconds, end: resolve };
        waiting.push(entry);
        signal?.addEventListener('abort', () => {
          waiting = waiting.filter((one) => one !== entry);
          reject(signal.reason as Error);
        });
      });
    },
    advance,
    async run(work) {
      let settled = false;
      work.then(
        () => (settled = true),
        () => (settled = true),
      );
      for (;;) {
        await turn();
        if (settled) return;
        const next = Math.min(...waiting.map(({ at }) => at));
        if (Number.isFinite(next)) await advance(next - time);
      }
    },
  };
}
