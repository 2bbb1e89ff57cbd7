import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { PGLITE_TEMPLATE } from '../packages/audit-chain/test/support/template.ts';
import { openPglite } from '../packages/audit-chain/src/node/pglite/open.ts';

/** Creating an embedded database takes seconds, copying one does not: the tests copy this one. */
export default async function setup(): Promise<void> {
  if (existsSync(PGLITE_TEMPLATE)) return;
  const building = `${PGLITE_TEMPLATE}.${process.pid}`;
  rmSync(building, { recursive: true, force: true });
  mkdirSync(building, { recursive: true });
  await (await openPglite(building)).close();
  renameSync(building, PGLITE_TEMPLATE);
}
