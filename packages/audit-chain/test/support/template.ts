import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MIGRATIONS } from '../../src/store/migrations.ts';

const require = createRequire(import.meta.url);
const manifest = require.resolve('@electric-sql/pglite').replace(/dist[\\/].*$/, 'package.json');
const { version } = require(manifest) as { version: string };
const digest = createHash('sha256').update(JSON.stringify(MIGRATIONS)).digest('hex');

/**
 * A database folder of the pinned PGlite with the tables of the store, and nothing in them; made once by test/template-setup.ts and kept in the
 * package cache.
 */
export const PGLITE_TEMPLATE: string = join(
  dirname(fileURLToPath(import.meta.url)),
  `../../../../node_modules/.cache/countersign/pglite-${version}-${digest.slice(0, 16)}`,
);
