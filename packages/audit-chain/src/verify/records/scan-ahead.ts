import type { ScanPool } from '../scan/pool.ts';
import type { Stretch, StretchJob } from '../scan/stretch.ts';
import { ahead } from './ahead.ts';
import type { LinesInPool } from './shared-lines.ts';

/** Lines that another thread has looked at; without a stretch they are to be judged line by line. */
export interface ScannedLines extends LinesInPool {
  readonly stretch: Stretch | undefined;
}

/**
 * Has buffers of lines looked at by other threads, several at once, and gives them in order. What is yielded holds until the next step.
 *
 * @param jobOf says what to look for in lines
 * @example for await (const { shared, stretch } of scanAhead(sharedLines(reader, pool), pool, jobOf)) …
 */
export async function* scanAhead(
  parts: AsyncIterable<LinesInPool>,
  pool: ScanPool,
  jobOf: (lines: LinesInPool) => StretchJob,
): AsyncGenerator<ScannedLines> {
  const under: { readonly lines: LinesInPool; readonly stretch: Promise<Stretch | undefined> }[] = [];
  const next = async function* (): AsyncGenerator<ScannedLines> {
    const { lines, stretch } = under[0]!;
    yield { ...lines, stretch: await stretch };
    under.shift();
    pool.release(lines.shared);
  };
  let failure: Error | undefined;
  try {
    try {
      // One buffer is being filled, the others are under way.
      for await (const lines of ahead(parts, ({ shared }) => pool.release(shared))) {
        const scanned = lines.open ? Promise.resolve(undefined) : pool.scan(lines.shared, jobOf(lines));
        const stretch = scanned.then((found) => found?.stretch);
        stretch.catch(() => undefined);
        under.push({ lines, stretch });
        if (under.length >= pool.depth - 1) yield* next();
      }
    } catch (error) {
      // What came before it is judged first.
      failure = error as Error;
    }
    while (under.length > 0) yield* next();
    if (failure !== undefined) throw failure;
  } finally {
    for (const { lines, stretch } of under) void stretch.then(() => pool.release(lines.shared), () => pool.release(lines.shared)); // prettier-ignore
  }
}
