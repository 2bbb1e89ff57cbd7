import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { mayMend, pause } from '../archive/retry.ts';
import { type TileParts, publishTiles } from './publish.ts';

/**
 * Publishes the tile tree of a chain again and again. Failures that may mend themselves are tried again, after pauses that grow.
 *
 * @param options `every` milliseconds; `signal` ends it between two checkpoints; `onFailure` is told of each attempt that will be repeated
 * @yields each checkpoint that was published; it ends when `signal` does
 * @throws ChainError as `publishTiles`, but for what may mend itself
 * @example for await (const { size } of followTiles(parts, { every: 60_000, signal })) console.log(size);
 */
export async function* followTiles(
  parts: TileParts,
  options: { readonly every: number; readonly signal: AbortSignal; readonly onFailure?: (error: unknown) => void },
  engine: Engine = defaultEngine,
): AsyncGenerator<{ readonly size: number }> {
  for (let failures = 0; !options.signal.aborted;) {
    try {
      yield* publishTiles(parts, options, engine);
      failures = 0;
    } catch (error) {
      if (!mayMend(error)) throw error;
      options.onFailure?.(error);
      failures++;
    }
    await pause(options.every, failures, options.signal);
  }
}
