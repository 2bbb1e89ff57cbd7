import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const manifest = require.resolve('@electric-sql/pglite').replace(/dist[\\/].*$/, 'package.json');
const { version } = require(manifest) as { version: string };

/** An empty database folder of the pinned PGlite; made once by test/global-setup.ts and kept in the package cache. */
export const PGLITE_TEMPLATE: string = join(
  dirname(fileURLToPath(import.meta.url)),
  `../../../../node_modules/.cache/countersign/pglite-${version}`,
);
