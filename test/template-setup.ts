import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { PGLITE_TEMPLATE } from '../packages/audit-chain/test/support/template.ts';
import { openPglite } from '../packages/audit-chain/src/node/pglite/open.ts';
import { openStore } from '../packages/audit-chain/src/store/sql-store.ts';

/** Creating an embedded database and its tables takes seconds, copying one does not: the tests copy this one. */
export default async function makeTemplate(): Promise<void> {
  if (existsSync(PGLITE_TEMPLATE)) return;
  const building = `${PGLITE_TEMPLATE}.${process.pid}`;
  rmSync(building, { recursive: true, force: true });
  mkdirSync(building, { recursive: true });
  const client = await openPglite(building);
  const store = await openStore(client);
  // What nobody connects to is two thirds of the files.
  await client.execute('update pg_database set datistemplate = false');
  for (const name of ['template0', 'template1']) await client.execute(`drop database ${name}`);
  await client.execute('checkpoint');
  await store.close();
  rmSync(`${building}.lock`, { force: true });
  try {
    renameSync(building, PGLITE_TEMPLATE);
  } catch {
    // Another run was faster: its template is as good.
    rmSync(building, { recursive: true, force: true });
  }
}
