import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT, SOUND, violationsIn, withTree } from './tree.ts';

const HEX = 'packages/proof-core/src/bytes/hex.ts';
const LOG = 'packages/audit-chain/src/store/log.ts';

/** Each: a name, the files that break a rule, and the start of the line that must be printed. */
const BROKEN: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
  ['an import upward', { [HEX]: append(HEX, "import '@countersign/audit-chain';") }, `${HEX}:4  proof-core may not import audit-chain`],
  ['a dynamic import upward', { [HEX]: append(HEX, "await import('@countersign/audit-chain/x');") }, `${HEX}:4  proof-core may not`],
  [
    'a type import of a sibling',
    { [LOG]: append(LOG, "import type { R } from '@countersign/signer-registry';") },
    `${LOG}:4  audit-chain may`,
  ],
  [
    'a re-export upward by path',
    { [HEX]: append(HEX, "export { log } from '../../../audit-chain/src/store/log.ts';") },
    `${HEX}:4  proof-core`,
  ],
  [
    'a manifest that depends upward',
    { 'packages/proof-core/package.json': manifestWith('proof-core', { dependencies: { jose: '6', '@countersign/audit-chain': '0' } }) },
    'packages/proof-core/package.json  may not depend on @countersign/audit-chain',
  ],
  [
    'a project reference upward',
    { 'packages/proof-core/tsconfig.json': '{ "references": [{ "path": "../audit-chain" }] }' },
    'packages/proof-core/tsconfig.json  may not reference ../audit-chain',
  ],
  [
    'a missing project reference',
    { 'packages/audit-chain/tsconfig.json': '{}' },
    'packages/audit-chain/tsconfig.json  depends on proof-core but no tsconfig references it',
  ],
  [
    'a package outside the arrow',
    { 'packages/extra/package.json': manifestWith('extra', {}) },
    'packages/extra/package.json  package extra has',
  ],
  [
    'node: in plain sources',
    { [HEX]: append(HEX, "import { hash } from 'node:crypto';") },
    `${HEX}:4  browser-safe code imports node:crypto`,
  ],
  [
    'a builtin by its bare name',
    { [HEX]: append(HEX, "import fs from 'fs/promises';") },
    `${HEX}:4  browser-safe code imports fs/promises`,
  ],
  [
    'Node code from plain sources',
    { [HEX]: append(HEX, "import { sha } from '../node/hash.ts';") },
    `${HEX}:4  browser-safe code imports Node`,
  ],
  ['Buffer', { [HEX]: append(HEX, 'export const b = Buffer.from([]);') }, `${HEX}:4  browser-safe code uses Buffer`],
  ['process in a template', { [HEX]: append(HEX, 'export const b = `a${process.pid}`;') }, `${HEX}:4  browser-safe code uses process`],
  [
    '__dirname after a regular expression',
    { [HEX]: append(HEX, 'export const b = /["/]/.test(__dirname);') },
    `${HEX}:4  browser-safe code uses`,
  ],
  [
    'a client in an adapter',
    { 'packages/audit-chain/src/adapters/pg.ts': "import type { Pool } from 'pg';\n" },
    "packages/audit-chain/src/adapters/pg.ts:1  an adapter imports a third-party module ('pg')",
  ],
  ['an optional client in plain sources', { [LOG]: append(LOG, "import('pg');") }, `${LOG}:4  browser-safe code imports the optional 'pg'`],
  [
    'an optional client loaded at once',
    { 'packages/audit-chain/src/node/open.ts': "import './pg/pool.ts';\n" },
    "packages/audit-chain/src/node/open.ts:1  './pg/pool.ts' needs an optional package",
  ],
  ['an undeclared dependency', { [LOG]: append(LOG, "import 'jose';") }, `${LOG}:4  'jose' is no dependency of this package`],
  ['a file of 301 lines', { [LOG]: `${SOUND[LOG]}${'//\n'.repeat(298)}` }, `${LOG}:301  301 lines, at most 300`],
  ['a machine path', { 'docs/start.md': '\nsee `/home/me/log`\n' }, 'docs/start.md:2  machine path /home/'],
  [
    'a download address in the lock file',
    { 'package-lock.json': '{\n"resolved": "https://example.com/pg.tgz" }\n' },
    'package-lock.json:2  the lock file names a server',
  ],
  ['a relative import without .ts', { [HEX]: append(HEX, "import '../errors';") }, `${HEX}:4  relative import without its extension`],
  ['a relative import of nothing', { [HEX]: append(HEX, "import '../error.ts';") }, `${HEX}:4  no such file`],
  ['export *', { [HEX]: append(HEX, "export * from '../errors.ts';") }, `${HEX}:4  export * hides what is public`],
  ['a code that no table has', { [HEX]: append(HEX, "export const e = 'ERR_OTHER';") }, `${HEX}:4  ERR_OTHER is not in the error table`],
  [
    "a higher package's code",
    { [HEX]: append(HEX, "export const e = 'ERR_LOG';") },
    `${HEX}:4  ERR_LOG is not in the error table of proof-core`,
  ],
  ['a code in a comment that no table has', { [HEX]: append(HEX, '// may throw ERR_OTHER') }, `${HEX}:4  ERR_OTHER is in no error table`],
  ['a code in a page that no table has', { 'docs/errors.md': '\nERR_OTHER\n' }, 'docs/errors.md:2  ERR_OTHER is in no error table'],
  [
    'codes out of order, unused and with two meanings',
    { 'packages/proof-core/src/errors.ts': "export const E = {\n  ERR_LOG: '',\n  ERR_HEX: '',\n} as const;\n" },
    'packages/proof-core/src/errors.ts:3  ERR_HEX is out of alphabetical order',
  ],
  [
    'a code with two meanings',
    { 'packages/proof-core/src/errors.ts': "export const E = {\n  ERR_HEX: '',\n  ERR_LOG: '',\n} as const;\n" },
    'packages/proof-core/src/errors.ts:3  ERR_LOG has a meaning in packages/audit-chain/src/errors.ts already',
  ],
  [
    'a code that nothing uses',
    { 'packages/proof-core/src/errors.ts': "export const E = {\n  ERR_HEX: '',\n  ERR_IDLE: '',\n} as const;\n" },
    'packages/proof-core/src/errors.ts:3  nothing uses ERR_IDLE',
  ],
  [
    'a dependency without its reason',
    { 'package.json': '{ "devDependencies": { "vitest": "4", "left-pad": "1" } }' },
    'package.json  left-pad is not in',
  ],
  ['a reason without its dependency', { 'package.json': '{}' }, 'docs/design/dependencies.md:5  nothing depends on vitest'],
  [
    'an exported name without a doc comment',
    { [HEX]: append(HEX, '// why\nexport function bare(): void {}') },
    `${HEX}:5  bare has no doc comment`,
  ],
  [
    'a function of proof-core without an example',
    { [HEX]: append(HEX, '/** Does. */\nexport function bare(): void {}') },
    `${HEX}:5  bare has no @example`,
  ],
  [
    'a parameter that nothing says a word about',
    { [HEX]: append(HEX, '/** Does. @example bare() */\nexport function bare(wide: { a: 1, b: 2 }): void {}') },
    `${HEX}:5  bare has no @param wide`,
  ],
  [
    'a refusal in what is called that no @throws tells of',
    {
      [HEX]: append(
        HEX,
        "/** Does. @example bare() */\nexport function bare(): void {\n  inner();\n}\n\nfunction inner(): void {\n  refuse('ERR_HEX');\n}",
      ),
    },
    `${HEX}:5  bare has no @throws`,
  ],
  ['another licence in a package', { 'packages/proof-core/LICENSE': 'other\n' }, 'packages/proof-core/LICENSE  differs from LICENSE'],
  [
    'a package with side effects',
    { 'packages/proof-core/package.json': '{ "type": "module", "engines": { "node": "20" } }' },
    'packages/proof-core/package.json  does not say',
  ],
];

function append(path: string, line: string): string {
  return `${SOUND[path]}${line}\n`;
}

function manifestWith(name: string, more: object): string {
  return JSON.stringify({ name: `@countersign/${name}`, type: 'module', sideEffects: false, engines: { node: '20' }, ...more });
}

function runCommand(root: string): { status: number | null; stdout: string } {
  return spawnSync(process.execPath, [join(ROOT, 'tools/check.mjs'), root], { encoding: 'utf8' });
}

describe('the repository checks', () => {
  test('find nothing in a sound tree and succeed', async () => {
    const { status, stdout } = await withTree(SOUND, runCommand);
    expect(stdout).toBe(`checked ${Object.keys(SOUND).length} files: nothing found\n`);
    expect(status).toBe(0);
  });

  test('print what they find and fail', async () => {
    const { status, stdout } = await withTree({ ...SOUND, [HEX]: append(HEX, '// may throw ERR_OTHER') }, runCommand);
    expect(stdout).toBe(`errors: every error code has a meaning and a use\n  ${HEX}:4  ERR_OTHER is in no error table\n1 violations\n`);
    expect(status).toBe(1);
  });

  test.each(BROKEN)('find %s, with its place', async (_, files, line) => {
    const found = await violationsIn({ ...SOUND, ...files });
    expect(found.filter((text) => text.startsWith(line))).toHaveLength(1);
  });

  test('are not misled by comments, strings and templates that only mention a name', async () => {
    const decoys = [
      "// import { x } from 'node:fs'; process.exit()",
      'const a = "import(\'node:fs\') Buffer";',
      'const b = `export * from "./x" ${`Buffer ${1}`} process`;',
      'const g = (from: number, to: number) => `${from} to ${to}`;',
      "const h = 'ERR_JWS_INVALID';",
      'const c = 4 / 2 / 1; // Buffer',
      'const d = /["\'`]process/;',
      'const e = { require: 1, f: a.process };',
    ];
    expect(await violationsIn({ ...SOUND, [HEX]: `${SOUND[HEX]}${decoys.join('\n')}\n` })).toEqual([]);
  });
});
