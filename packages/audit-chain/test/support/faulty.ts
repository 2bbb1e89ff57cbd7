import { storeError } from '../../src/store/errors.ts';
import type { SqlClient, SqlQueries } from '../../src/store/sql.ts';

/** Decides for the n-th statement (from 0): fail before it runs, after it took effect, or not at all. */
export type FaultPlan = (n: number, text: string) => 'before' | 'after' | undefined;

/** What a driver throws when the connection breaks: no SQLSTATE. */
class ConnectionLost extends Error {
  readonly code = 'ECONNRESET';
}

/** A client whose statements, and commits, fail as a plan says; the database itself is whole. */
export function faultyClient(client: SqlClient, plan: FaultPlan): SqlClient & { statements: number } {
  const fail = async <T>(text: string, run: () => Promise<T>): Promise<T> => {
    const fault = plan(faulty.statements++, text);
    if (fault === 'before') throw lost();
    const result = await run();
    if (fault === 'after') throw lost();
    return result;
  };
  const wrap = (queries: SqlQueries): SqlQueries => ({ query: (text, parameters) => fail(text, () => queries.query(text, parameters)) });
  const faulty = {
    ...client,
    statements: 0,
    ...wrap(client),
    // A fault after a statement in a transaction rolls it back; one after the whole is a commit whose answer was lost.
    transaction: <T>(work: (queries: SqlQueries) => Promise<T>): Promise<T> =>
      fail('transaction', () => client.transaction((queries) => work(wrap(queries)))),
  };
  return faulty;
}

function lost(): Error {
  return storeError(new ConnectionLost('connection lost'));
}
