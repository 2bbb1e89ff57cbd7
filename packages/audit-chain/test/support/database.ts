import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedClient, openPglite } from '../../src/node/pglite/open.ts';
import type { WriteFault } from '../../src/node/pglite/durable-filesystem.ts';
import { PGLITE_TEMPLATE } from './template.ts';

/** A new folder that `remove` deletes. */
export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'countersign-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** An embedded database in `folder` that has the tables of the store and nothing in them. */
export async function emptyDatabase(folder: string, options: { readonly fault?: WriteFault } = {}): Promise<EmbeddedClient> {
  cpSync(PGLITE_TEMPLATE, folder, { recursive: true });
  return await openPglite(folder, options);
}
