import { Pool } from 'pg';
import { describe } from 'vitest';
import { fromPool } from '../../src/adapters/pg.ts';
import { newDatabase, postgresMissing } from '../support/postgres.ts';
import { inTransaction } from '../support/stores.ts';
import { describeAppend } from './shared.ts';

describe.skipIf(postgresMissing() !== undefined)('with a server', () => {
  describeAppend('PostgreSQL', async () => {
    const pool = new Pool({ connectionString: await newDatabase(), max: 12 });
    return {
      client: fromPool(pool),
      transaction: (work) => inTransaction(pool, work),
      close: () => Promise.resolve(),
    };
  });
});
