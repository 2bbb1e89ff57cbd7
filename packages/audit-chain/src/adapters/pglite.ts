import type { Row, SqlClient, SqlQueries } from '../store/sql.ts';
import { storeError } from '../store/errors.ts';

/** How parameters of a statement are handed over, by the OID of their type. */
interface PgliteOptions {
  readonly serializers?: { readonly [oid: number]: (value: unknown) => unknown };
}

/** The part of a PGlite database, or of a transaction on one, that runs a statement. */
export interface PgliteQueries {
  query(text: string, parameters?: unknown[], options?: PgliteOptions): Promise<{ rows: unknown[] }>;
}

/** The part of `PGlite` (@electric-sql/pglite) that is used. */
export interface PgliteLike extends PgliteQueries {
  exec(text: string): Promise<unknown>;
  transaction<T>(work: (transaction: PgliteQueries) => Promise<T>): Promise<T>;
  listen(channel: string, callback: (payload: string) => void): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

const encoder = /* @__PURE__ */ new TextEncoder();
const LONG = 1000;

// PGlite measures and copies text a character at a time, and a batch of records is a megabyte of it; bytes it takes as they are, and PostgreSQL
// takes them for `text` (OID 25, src/include/catalog/pg_type.dat) as UTF-8.
const LONG_TEXT_AS_BYTES: PgliteOptions = { serializers: { 25: textParameter } };

function textParameter(value: unknown): unknown {
  if (value instanceof Uint8Array) return value;
  return typeof value === 'string' && value.length > LONG ? encoder.encode(value) : String(value);
}

/** Runs statements on a PGlite database or transaction as the store does; also for a caller's own transaction. */
export function pgliteQueries(database: PgliteQueries): SqlQueries {
  return {
    async query(text, parameters = []) {
      try {
        return (await database.query(text, [...parameters], LONG_TEXT_AS_BYTES)).rows as readonly Row[];
      } catch (error) {
        throw storeError(error);
      }
    },
  };
}

/**
 * Wraps a PGlite database. PGlite has one session: its transactions run one after another.
 *
 * @param onClose runs after the database is closed
 * @example const sql = fromPglite(await PGlite.create(…));
 */
export function fromPglite(database: PgliteLike, onClose: () => void = () => {}): SqlClient {
  return {
    kind: 'pglite',
    ...pgliteQueries(database),
    async execute(text) {
      try {
        await database.exec(text);
      } catch (error) {
        throw storeError(error);
      }
    },
    async transaction(work) {
      try {
        return await database.transaction((transaction) => work(pgliteQueries(transaction)));
      } catch (error) {
        throw storeError(error);
      }
    },
    listen: (channel, onNotification) => database.listen(channel, onNotification),
    async close() {
      await database.close();
      onClose();
    },
  };
}
