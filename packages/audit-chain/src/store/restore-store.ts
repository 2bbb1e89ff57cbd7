import { ChainError } from '../errors.ts';
import { addTo, conflictOr } from './add-batch.ts';
import * as sql from './statements.ts';
import type { SqlClient } from './sql.ts';
import type { Addition, BatchConflict, StoredNote } from './store.ts';

/** What puts the records of an archive back: for `restoreChain`. */
export interface RestoreStore {
  /**
   * Adds the batches of a segment and the note of its end in one transaction: all of it or nothing.
   *
   * @param batches makes the batches, in order; asked again after a deadlock. What it throws leaves nothing behind
   * @throws ChainError ERR_RESTORE_CONFLICT when the chain was changed meanwhile, has events waiting, or holds an id already; ERR_CLOCK,
   *   ERR_DISK_FULL, ERR_STORE; what `batches` throws
   */
  addSegment(batches: () => AsyncIterable<Addition>, note: StoredNote): Promise<void>;
}

const CONFLICTS: { readonly [conflict in BatchConflict]: string } = {
  head: 'another process adds records to it',
  waiting: 'events wait in it to be placed',
  ids: 'it holds ids of these records already',
  held: 'a transaction that has not ended holds what they need',
};

/** Behind the SQL seam. */
export class SqlRestoreStore implements RestoreStore {
  readonly #client: SqlClient;
  readonly #id: number;

  constructor(client: SqlClient, id: number) {
    this.#client = client;
    this.#id = id;
  }

  async addSegment(batches: () => AsyncIterable<Addition>, { size, note }: StoredNote): Promise<void> {
    const outcome = await conflictOr(() =>
      this.#client.transaction(async (queries) => {
        // One batch is inserted while the next one is read and hashed.
        let inserting: Promise<unknown> = Promise.resolve();
        try {
          for await (const batch of batches()) {
            await inserting;
            inserting = addTo(queries, this.#id, batch);
            inserting.catch(() => {});
          }
        } finally {
          // The connection is busy until it has answered, whatever comes next.
          await inserting;
        }
        await queries.query(sql.ADD_NOTE, [this.#id, size, note]);
      }),
    );
    if (outcome === undefined) return;
    const actual = CONFLICTS[outcome.conflict];
    throw new ChainError('ERR_RESTORE_CONFLICT', `the database is no place to restore to: ${actual}`, { field: 'database', actual });
  }
}
