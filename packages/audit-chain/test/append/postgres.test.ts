import { Pool } from 'pg';
import { describe } from 'vitest';
import { fromPool } from '../../src/adapters/pg.ts';
import { newDatabase, postgresMissing } from '../support/postgres.ts';
import { describeAppend } from './shared.ts';

describe.skipIf(postgresMissing() !== undefined)('with a server', () => {
  describeAppend('PostgreSQL', async () => {
    const pool = new Pool({ connectionString: await newDatabase(), max: 12 });
    return {
      client: fromPool(pool),
      async transaction(work) {
        const client = await pool.connect();
        try {
          await client.query('begin');
          const result = await work(client);
          await client.query('commit');
          return result;
        } catch (error) {
          await client.query('rollback');
          throw error;
        } finally {
          client.release();
        }
      },
      close: () => Promise.resolve(),
    };
  });
});
