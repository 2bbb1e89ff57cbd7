const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Runs work that ends gracefully when the process is told to stop, once; a second signal ends the process at once.
 *
 * @param signal ends it too
 */
export async function untilStopped<T>(signal: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const interrupt = new AbortController();
  const stop = (): void => {
    for (const name of SIGNALS) process.removeListener(name, stop);
    interrupt.abort();
  };
  for (const name of SIGNALS) process.on(name, stop);
  signal?.addEventListener('abort', stop);
  try {
    return await work(interrupt.signal);
  } finally {
    for (const name of SIGNALS) process.removeListener(name, stop);
    signal?.removeEventListener('abort', stop);
  }
}
