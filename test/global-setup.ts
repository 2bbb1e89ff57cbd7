import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import type { TestProject } from 'vitest/node';
import { startPostgres } from '../tools/postgres.mjs';
import { PGLITE_TEMPLATE } from '../packages/audit-chain/test/support/template.ts';
import { openPglite } from '../packages/audit-chain/src/node/pglite/open.ts';
import { openStore } from '../packages/audit-chain/src/store/sql-store.ts';

/** Creating an embedded database and its tables takes seconds, copying one does not: the tests copy this one. */
async function makeTemplate(): Promise<void> {
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

export default async function setup(project: TestProject): Promise<() => void> {
  await makeTemplate();
  const server = await startPostgres();
  if (typeof server === 'string') {
    project.provide('postgres', { missing: server });
    return () => {};
  }
  project.provide('postgres', { url: server.url });
  return () => server.stop();
}
