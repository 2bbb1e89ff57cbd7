import type { SqlClient } from '../../src/store/sql.ts';

/** Runs a statement as an intruder who has got hold of the role that owns the tables: nothing in the database stops that one. */
export async function asOwner(client: SqlClient, sql: string, parameters: readonly unknown[] = []): Promise<void> {
  await client.transaction(async (queries) => {
    await queries.query('set local role countersign_owner');
    await queries.query(sql, parameters);
  });
}
