import { join } from 'node:path';
import { Pool } from 'pg';
import { describe, expect, test } from 'vitest';
import { fromPool } from '../../src/adapters/pg.ts';
import { openSqlMark } from '../../src/marks/sql-cell.ts';
import { storeError } from '../../src/store/errors.ts';
import type { SqlClient } from '../../src/store/sql.ts';
import { emptyDatabase, temporaryFolder } from '../support/database.ts';
import { newDatabase, postgresMissing } from '../support/postgres.ts';
import { type MarkPlace, describeMark } from './contract.ts';

/** Marks in a database whose next step can be made to break. */
async function placeOn(client: SqlClient, remove: () => void = () => {}): Promise<MarkPlace> {
  let broken: 'before' | 'after' | undefined;
  const fragile: SqlClient = {
    ...client,
    async transaction(work) {
      const when = broken;
      broken = undefined;
      const lost = storeError(Object.assign(new Error('connection lost'), { code: 'ECONNRESET' }));
      if (when === 'before') throw lost;
      const result = await client.transaction(work);
      if (when === 'after') throw lost;
      return result;
    },
  };
  await openSqlMark(client);
  return {
    open: () => openSqlMark(fragile),
    breakNextWrite: (when) => void (broken = when),
    async close() {
      await client.close();
      remove();
    },
  };
}

describeMark('an embedded database', async () => {
  const folder = temporaryFolder();
  return await placeOn(await emptyDatabase(join(folder.path, 'db')), () => folder.remove());
});

describe.skipIf(postgresMissing() !== undefined)('with a server', () => {
  describeMark('a second database', async () => await placeOn(fromPool(new Pool({ connectionString: await newDatabase(), max: 12 }))));

  test('a database that does not flush its commits keeps no mark', async () => {
    const client = fromPool(new Pool({ connectionString: await newDatabase(), max: 2, options: '-c synchronous_commit=off' }));
    await expect(openSqlMark(client)).rejects.toMatchObject({ code: 'ERR_NOT_DURABLE', field: 'synchronous_commit', actual: 'off' });
    await client.close();
  });

  test('a damaged row is an error, never a missing mark', async () => {
    const client = fromPool(new Pool({ connectionString: await newDatabase(), max: 2 }));
    const mark = await openSqlMark(client);
    await client.query("insert into countersign_mark values ('example.com/log', '{}')");
    await expect(mark.read('example.com/log')).rejects.toMatchObject({ code: 'ERR_MARK_STORE' });
    await client.close();
  });
});
