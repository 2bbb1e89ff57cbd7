import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The root of this repository. */
export const ROOT: string = fileURLToPath(new URL('../..', import.meta.url));

const MANIFEST = { license: 'Apache-2.0', type: 'module', sideEffects: false, engines: { node: '>=20.19' } };
const manifest = (more: object): string => JSON.stringify({ ...MANIFEST, ...more });

/** The smallest repository in which every check finds nothing: path → text. */
export const SOUND: Readonly<Record<string, string>> = {
  LICENSE: 'licence\n',
  'package.json': JSON.stringify({ devDependencies: { vitest: '4.1.12' } }),
  'package-lock.json': '{ "packages": { "node_modules/pg": { "version": "8.23.1" } } }\n',
  'docs/design/dependencies.md': '| package | why |\n|---|---|\n| `jose` | JWS |\n| `pg` | PostgreSQL |\n| `vitest` | tests |\n',
  'docs/errors.md': 'ERR_HEX and ERR_LOG, never ERR_… in general.\n',
  'packages/proof-core/LICENSE': 'licence\n',
  'packages/proof-core/README.md': '# proof-core\n',
  'packages/proof-core/package.json': manifest({ name: '@countersign/proof-core', dependencies: { jose: '6.2.17' } }),
  'packages/proof-core/tsconfig.json': '{ "references": [] }',
  'packages/proof-core/src/errors.ts': "/** Codes. */\nexport const PROOF_ERRORS = {\n  ERR_HEX: 'no hex',\n} as const;\n",
  'packages/proof-core/src/bytes/hex.ts':
    "import { compactVerify } from 'jose';\n/** @throws ERR_HEX */\nexport const hex = [compactVerify, 'ERR_HEX', { process: 1 }];\n",
  'packages/proof-core/src/node/hash.ts':
    "import { hash } from 'node:crypto';\n/** Seen. */\nexport const sha = [hash, process.pid, Buffer];\n",
  'packages/audit-chain/LICENSE': 'licence\n',
  'packages/audit-chain/README.md': '# audit-chain\n',
  'packages/audit-chain/package.json': manifest({
    name: '@countersign/audit-chain',
    dependencies: { '@countersign/proof-core': '0.1.0' },
    peerDependencies: { pg: '^8' },
  }),
  'packages/audit-chain/tsconfig.json': '{ "references": [{ "path": "../proof-core" }] }',
  'packages/audit-chain/src/errors.ts': "/** Codes. */\nexport const CHAIN_ERRORS = {\n  ERR_LOG: 'no log',\n} as const;\n",
  'packages/audit-chain/src/store/log.ts':
    "import { hex } from '@countersign/proof-core/bytes/hex';\n/** Log. */\nexport const log = [hex, 'ERR_LOG', 'ERR_HEX'];\n",
  'packages/audit-chain/src/adapters/pg.ts': "import { log } from '../store/log.ts';\n/** From. */\nexport const fromPg = log;\n",
  'packages/audit-chain/src/node/pg/pool.ts': "import { Pool } from 'pg';\nimport type { hex } from '@countersign/proof-core/bytes/hex';\n",
  'packages/audit-chain/src/node/open.ts': "/** Opens. */\nexport const open = () => import('./pg/pool.ts');\n",
  'packages/audit-chain/test/store/log.test.ts': "const folder = '/tmp/log';\nimport { log } from '../../src/store/log.ts';\n",
};

type Checker = { readonly runChecks: (root: string) => Promise<{ violations: readonly { text: string }[] }> };
const { runChecks } = (await import(pathToFileURL(join(ROOT, 'tools/check/run.mjs')).href)) as Checker;

/** Writes the files to a temporary folder and hands it over; it is gone afterwards. */
export async function withTree<T>(files: Readonly<Record<string, string>>, use: (root: string) => T | Promise<T>): Promise<T> {
  const root = mkdtempSync(join(tmpdir(), 'countersign-tree-'));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return await use(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}

/** What the checks of this repository find in such a tree: `path:line  message`. */
export async function violationsIn(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  return withTree(files, async (root) => (await runChecks(root)).violations.map(({ text }) => text));
}
