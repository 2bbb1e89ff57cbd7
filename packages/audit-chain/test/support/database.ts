import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPglite } from '../../src/node/pglite/open.ts';
import type { WriteFault } from '../../src/node/pglite/durable-filesystem.ts';
import type { SqlClient } from '../../src/store/sql.ts';

/** A new folder that `remove` deletes. */
export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'countersign-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

let template: string | undefined;

/** An empty embedded database in `folder`; creating one takes seconds, so it is created once a process and copied. */
export async function emptyDatabase(folder: string, options: { readonly fault?: WriteFault } = {}): Promise<SqlClient> {
  if (template === undefined) {
    const { path } = temporaryFolder();
    template = join(path, 'template');
    process.on('exit', () => rmSync(path, { recursive: true, force: true }));
    await (await openPglite(template)).close();
  }
  cpSync(template, folder, { recursive: true });
  return await openPglite(folder, options);
}
