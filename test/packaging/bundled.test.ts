import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from '../repository/tree.ts';
import { type Project, installPacked } from './project.ts';

const PACKAGE = join(ROOT, 'packages/proof-core');
const MODULES = readdirSync(join(PACKAGE, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.startsWith('internal/'))
  .map((path) => path.slice(0, -'.ts'.length));
/**
 * Minified bytes of what verifies a receipt, keys aside: 48 kB when this was written, and 117 kB for the whole package. A bundle that
 * takes the package whole misses this bound by far; raise it knowingly.
 */
const BUDGET = 60_000;

describe('proof-core as packed, its modules in few files for Node', () => {
  let project: Project;
  beforeAll(() => {
    if (!existsSync(join(PACKAGE, 'dist/index.js'))) throw new Error('build first: npm run build');
    project = installPacked();
  });
  afterAll(() => rmSync(project.folder, { recursive: true }));

  /** Runs a script in the project and reads what it prints. */
  function evaluate(script: string): unknown {
    project.write('script.mjs', script);
    const { status, output } = project.run(process.execPath, 'script.mjs');
    expect(status, output).toBe(0);
    return JSON.parse(output);
  }

  test('every module has the names that it has as built, and comes out of a bundle', () => {
    const result = evaluate(`
      const differences = [];
      for (const module of ${JSON.stringify(MODULES)}) {
        const packed = '@countersign/proof-core/' + module;
        const names = async (specifier) => Object.keys(await import(specifier)).join();
        const [ours, built] = [await names(packed), await names(${JSON.stringify(`file://${PACKAGE}/dist/`)} + module + '.js')];
        if (ours !== built) differences.push(module + ': ' + ours + ' instead of ' + built);
        if (!import.meta.resolve(packed).includes('/bundle/')) differences.push(module + ' is not from a bundle');
      }
      console.log(JSON.stringify(differences));`);
    expect(MODULES).toContain('receipt/verify');
    expect(result).toEqual([]);
  });

  test('a class is the same class through whichever subpath and package it comes', () => {
    const result = evaluate(`
      import { ProofError } from '@countersign/proof-core';
      import * as errors from '@countersign/proof-core/errors';
      import { verifyReceipt } from '@countersign/proof-core/receipt/verify';
      import { verifyDocument } from '@countersign/proof-core/document/verify';
      import { importPublicKey } from '@countersign/proof-core/key/import';
      import { engine } from '@countersign/proof-core/engine/portable';
      import { parseRegistry } from '@countersign/signer-registry/registry/parse';
      const bytes = new Uint8Array(3);
      const portable = () => engine.canonicalize(2 ** 60);
      const refused = [verifyReceipt, verifyDocument, importPublicKey, portable, parseRegistry].map(async (verify) => {
        try { await verify(bytes, {}); } catch (error) { return error instanceof ProofError; }
      });
      console.log(JSON.stringify([ProofError === errors.ProofError, ...await Promise.all(refused)]));`);
    expect(result).toEqual([true, true, true, true, true, true]);
  });

  test('verifying receipts needs neither noble nor jose', () => {
    const folders = ['@noble', 'jose'].map((name) => join(project.folder, 'node_modules', name));
    for (const folder of folders) renameSync(folder, `${folder}.away`);
    try {
      expect(evaluate("await import('@countersign/proof-core/receipt/verify'); console.log(true);")).toBe(true);
    } finally {
      for (const folder of folders) renameSync(`${folder}.away`, folder);
    }
  });

  test('a bundle for a browser that verifies a receipt holds no Node code and not the whole package', async () => {
    const contents = "export { inspectReceipt, verifyReceipt } from '@countersign/proof-core/receipt/verify';";
    const stdin = { contents, resolveDir: project.folder };
    const options = { stdin, bundle: true, minify: true, format: 'esm', platform: 'browser', metafile: true, write: false } as const;
    const { metafile, outputFiles } = await build({ ...options, external: ['node:*'], logLevel: 'silent' });
    expect(Object.keys(metafile.inputs).filter((path) => /\/dist\/node\/|\/bundle\//.test(path))).toEqual([]);
    expect(outputFiles[0]!.text).not.toContain('node:');
    expect(outputFiles[0]!.contents.length).toBeLessThan(BUDGET);
  });

  test('packing the same build again gives the same tarball', () => {
    const digest = (folder: string): string => {
      const path = join(
        project.folder,
        folder,
        readdirSync(join(project.folder, folder)).find((name) => name.includes('proof-core'))!,
      );
      return createHash('sha256').update(readFileSync(path)).digest('hex');
    };
    expect(project.run(process.execPath, join(ROOT, 'tools/pack.mjs'), 'again', 'proof-core').status).toBe(0);
    expect(digest('again')).toBe(digest('tarballs'));
  });
});
