/** One row, by column name. 64-bit integers arrive as `bigint`, or as text that `Number` reads. */
export type Row = Readonly<Record<string, unknown>>;

/** What runs statements: a connection, or a transaction on one. */
export interface SqlQueries {
  /** Runs one statement with parameters `$1, $2, …` (text, numbers, bytes, null); bytes for a text parameter are UTF-8. */
  query(text: string, parameters?: readonly unknown[]): Promise<readonly Row[]>;
}

/**
 * A PostgreSQL-speaking database: the one seam between the store and `pg` or PGlite.
 *
 * A resolved `transaction` is durable (fsync at commit) and was applied whole; a rejected one left nothing behind, unless the
 * connection broke at commit: then the caller reads back what happened.
 */
export interface SqlClient extends SqlQueries {
  readonly kind: 'pglite' | 'postgres';
  /** Runs several statements without parameters. */
  execute(text: string): Promise<void>;
  transaction<T>(work: (queries: SqlQueries) => Promise<T>): Promise<T>;
  /**
   * Listens to a channel (NOTIFY) on a connection of its own; a broken one is opened again.
   *
   * @returns the function that stops listening
   */
  listen(channel: string, onNotification: (payload: string) => void): Promise<() => Promise<void>>;
  /**
   * Reads record lines [from, to) of a chain as bytes, in the order of seq, where the driver can; it may outlive the statement that began it.
   *
   * @param borrowed whether a chunk need not hold longer than until the next one is asked for
   */
  records?(chain: number, from: number, to: number, borrowed: boolean): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}
