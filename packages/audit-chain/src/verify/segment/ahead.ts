/**
 * Runs tasks a few at a time and hands out their results in order: reading and inflating overlap with judging.
 *
 * @param tasks each starts when at most `depth` - 1 before it are unfinished or not yet taken
 * @param depth 1 or more
 */
export async function* runAhead<T>(tasks: Iterable<() => Promise<T>>, depth: number): AsyncGenerator<T> {
  const queue: Promise<T>[] = [];
  const source = tasks[Symbol.iterator]();
  const start = (): boolean => {
    const next = source.next();
    if (next.done === true) return false;
    const running = next.value();
    // A task that fails while another is awaited is reported when its turn comes, not as an unhandled rejection.
    running.catch(() => undefined);
    queue.push(running);
    return true;
  };
  while (queue.length < depth && start());
  while (queue.length > 0) {
    const result = await queue.shift()!;
    start();
    yield result;
  }
}
