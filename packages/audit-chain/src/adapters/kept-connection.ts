import type { PgClientLike, PgPoolLike, PgQueries } from './pg.ts';

/** So long a connection stays with whoever ran the last statement, milliseconds. */
const KEPT_MS = 5;

/**
 * Runs statements on connections of a pool, and keeps one for the statement that follows at once: a pool hands connections out behind everything
 * else that is due in this turn of the event loop, and meanwhile the server waits for work (measured: docs/operations/postgres.md).
 *
 * @returns what runs one statement at a time on a connection; a connection on which one failed is not used again
 */
export function keepConnection(pool: PgPoolLike): PgQueries {
  let kept: PgClientLike | undefined;
  const watched = new WeakSet<PgClientLike>();

  const release = (client: PgClientLike, isBroken: boolean): void => {
    if (kept !== client) return;
    kept = undefined;
    client.release(isBroken);
  };
  const take = async (): Promise<PgClientLike> => {
    const client = await pool.connect();
    if (watched.has(client)) return client;
    watched.add(client);
    // The pool listens to those that are idle, and a statement tells its own failure.
    client.on('error', () => release(client, true));
    return client;
  };

  return {
    async query(text, values) {
      const client = kept ?? (await take());
      if (client === kept) kept = undefined;
      let result;
      try {
        result = await client.query(text, values);
      } catch (error) {
        client.release(true);
        throw error;
      }
      keep(client);
      return result;
    },
  };

  function keep(client: PgClientLike): void {
    if (kept !== undefined || (pool.waitingCount ?? 0) > 0) return client.release();
    kept = client;
    setTimeout(() => release(client, false), KEPT_MS);
  }
}
