/**
 * Asks for the next value before the one at hand is worked on, so that reading and work overlap. An error comes behind the values before it.
 *
 * @param drop given a value that was read for nobody, when whoever takes them stops early
 * @example for await (const lines of ahead(sharedLines(reader, pool), ({ shared }) => pool.release(shared))) …
 */
export async function* ahead<T>(values: AsyncIterable<T>, drop: (value: T) => void): AsyncGenerator<T> {
  const source = values[Symbol.asyncIterator]();
  const ask = (): Promise<IteratorResult<T, unknown>> => {
    const asked = source.next();
    // One that fails while another is worked on is reported when its turn comes.
    asked.catch(() => undefined);
    return asked;
  };
  let next: Promise<IteratorResult<T, unknown>> | undefined = ask();
  try {
    for (;;) {
      const one: IteratorResult<T, unknown> = await next;
      next = undefined;
      if (one.done === true) return;
      next = ask();
      yield one.value;
    }
  } finally {
    const last = await next?.catch(() => undefined);
    if (last?.done === false) drop(last.value);
    await source.return?.(undefined);
  }
}
