import { join } from 'node:path';
import { emptyDatabase, temporaryFolder } from '../support/database.ts';
import { describeAppend } from './shared.ts';

describeAppend('embedded PostgreSQL', async () => {
  const folder = temporaryFolder();
  const client = await emptyDatabase(join(folder.path, 'db'));
  return {
    client,
    transaction: (work) => client.database.transaction((transaction) => work(transaction)),
    // oxlint-disable-next-line typescript/require-await -- other databases wait here
    close: async () => folder.remove(),
  };
});
