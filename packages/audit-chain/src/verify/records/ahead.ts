import { runAhead } from '../segment/ahead.ts';

/**
 * Asks for the next value before the one at hand is worked on, so that reading and work overlap. An error comes behind the values before it.
 *
 * @param drop given a value that was read for nobody, when whoever takes them stops early
 * @example for await (const lines of ahead(sharedLines(reader, pool), ({ shared }) => pool.release(shared))) …
 */
export async function* ahead<T>(values: AsyncIterable<T>, drop: (value: T) => void): AsyncGenerator<T> {
  const source = values[Symbol.asyncIterator]();
  let asked: Promise<IteratorResult<T, unknown>> | undefined;
  const asking = function* (): Generator<() => Promise<IteratorResult<T, unknown>>> {
    for (;;) yield () => (asked = source.next());
  };
  try {
    for await (const one of runAhead(asking(), 1)) {
      if (one.done === true) return;
      yield one.value;
    }
  } finally {
    // Always the one behind the one that was given last.
    const rest = await asked?.catch(() => undefined);
    if (rest?.done === false) drop(rest.value);
    await source.return?.(undefined);
  }
}
