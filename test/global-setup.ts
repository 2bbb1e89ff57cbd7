import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import type { TestProject } from 'vitest/node';
import { startPostgres } from '../tools/postgres.mjs';
import { PGLITE_TEMPLATE } from '../packages/audit-chain/test/support/template.ts';
import { openPglite } from '../packages/audit-chain/src/node/pglite/open.ts';

/** Creating an embedded database takes seconds, copying one does not: the tests copy this one. */
async function makeTemplate(): Promise<void> {
  if (existsSync(PGLITE_TEMPLATE)) return;
  const building = `${PGLITE_TEMPLATE}.${process.pid}`;
  rmSync(building, { recursive: true, force: true });
  mkdirSync(building, { recursive: true });
  await (await openPglite(building)).close();
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
