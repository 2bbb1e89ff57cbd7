import { Pool } from 'pg';
import { describe, expect, test } from 'vitest';
import { fromPool } from '../../src/adapters/pg.ts';
import { openSqlMark } from '../../src/marks/sql-cell.ts';
import { newDatabase, postgresMissing } from '../support/postgres.ts';
import { describeMark } from './contract.ts';
import { placeOn } from './sql.ts';

describe.skipIf(postgresMissing() !== undefined)('with a server', () => {
  describeMark('a second database', async () => {
    const client = fromPool(new Pool({ connectionString: await newDatabase(), max: 12 }));
    return await placeOn(client, () => client.close());
  });

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
