import { gzipSync } from 'node:zlib';
import { build, type Metafile } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../repository/tree.ts';

/** Everything a page needs to verify a receipt against a registry. */
const VERIFY = `
export { verifyReceipt, inspectReceipt } from '@countersign/proof-core/receipt/verify';
export { parseRegistry } from '@countersign/signer-registry/registry/parse';
`;
/** Minified bytes; raise it knowingly. */
const BUDGET = 100_000;

async function bundle(entry: string, conditions: readonly string[]): Promise<{ metafile: Metafile; code: Uint8Array }> {
  const { metafile, outputFiles } = await build({
    stdin: { contents: entry, resolveDir: ROOT, loader: 'ts' },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    conditions: [...conditions],
    metafile: true,
    write: false,
    // Kept apart instead of refused, so that the report names whoever imports them.
    external: ['node:*', 'pg', '@electric-sql/*', '@aws-sdk/*'],
    logLevel: 'silent',
  });
  return { metafile, code: outputFiles[0]!.contents };
}

/** Files of a bundle that have no place in a browser, and what is imported that cannot be. */
function strangers({ inputs }: Metafile): string[] {
  return Object.entries(inputs).flatMap(([path, { imports }]) => [
    ...(/(^|\/)(src|dist)\/node\/|\.node\.[jt]s$|node_modules\/(pg|@electric-sql|@aws-sdk|@smithy)\//.test(path) ? [path] : []),
    ...imports.filter(({ external }) => external === true).map((imported) => `${path} imports ${imported.path}`),
  ]);
}

describe.each([
  ['as built', []],
  ['from sources', ['source']],
] as const)('a bundle that verifies a receipt in a browser, %s', (title, conditions) => {
  test('holds no Node code, no database and no cloud client, and stays small', async () => {
    const { metafile, code } = await bundle(VERIFY, conditions);
    expect(strangers(metafile)).toEqual([]);
    console.info(
      `verify a receipt, ${title}: ${code.length} bytes minified, ${gzipSync(code).length} gzipped, ${Object.keys(metafile.inputs).length} files`,
    );
    expect(code.length).toBeLessThan(BUDGET);
  });

  test.each([
    ['the engine of Node', "export { engine } from '@countersign/proof-core/node/engine';"],
    ['a module of Node', "export { readFile } from 'node:fs/promises';"],
    ['a database', "export { Pool } from 'pg';"],
    ['a cloud client', "export { KMSClient } from '@aws-sdk/client-kms';"],
  ])('is told apart from one with %s', async (_, entry) => {
    expect(strangers((await bundle(entry, conditions)).metafile)).not.toEqual([]);
  });

  test('takes nothing along from a subpath that it does not use', async () => {
    const { code } = await bundle("import '@countersign/proof-core'; import '@countersign/proof-core/merkle/tree';", conditions);
    expect(code.length).toBe(0);
  });
});
