import { join } from 'node:path';
import { Pool } from 'pg';
import { afterAll, describe, test } from 'vitest';
import { fromPool } from '../../packages/audit-chain/src/adapters/pg.ts';
import { openPglite } from '../../packages/audit-chain/src/node/pglite/open.ts';
import { temporaryFolder } from '../../packages/audit-chain/test/support/database.ts';
import { newDatabase, postgresMissing } from '../../packages/audit-chain/test/support/postgres.ts';
import { PGLITE_TEMPLATE } from '../../packages/audit-chain/test/support/template.ts';
import { cpSync } from 'node:fs';
import { survivesKills, survivesRace } from './kill.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());

// `npm run soak:quick` makes it 300 rounds, `npm run soak` 1,000.
const rounds = Number(process.env['COUNTERSIGN_KILLS'] ?? 20);
const seed = Number(process.env['COUNTERSIGN_SEED'] ?? 20261121);

describe.concurrent('kill -9 at random moments of append and seal: everything acknowledged is there, once, in order, signed', () => {
  test('on the embedded store', { timeout: rounds * 60_000 }, async () => {
    const database = join(folder.path, 'db');
    cpSync(PGLITE_TEMPLATE, database, { recursive: true });
    await survivesKills({ database, open: () => openPglite(database), folder: join(folder.path, 'embedded'), rounds, seed });
  });

  test.skipIf(postgresMissing() !== undefined)('on PostgreSQL', { timeout: rounds * 60_000 }, async () => {
    const database = await newDatabase();
    const open = (): Promise<ReturnType<typeof fromPool>> => Promise.resolve(fromPool(new Pool({ connectionString: database })));
    await survivesKills({ database, open, folder: join(folder.path, 'server'), rounds, seed });
  });
});

test.skipIf(postgresMissing() !== undefined)(
  'processes that race to make a chain in an empty database make one, and append and seal to it together',
  async () => {
    const database = await newDatabase();
    const open = (): Promise<ReturnType<typeof fromPool>> => Promise.resolve(fromPool(new Pool({ connectionString: database })));
    await survivesRace({ database, open, folder: join(folder.path, 'race') }, 3);
  },
);
