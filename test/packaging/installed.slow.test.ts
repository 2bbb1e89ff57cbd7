import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from '../repository/tree.ts';
import { readExamples } from '../support/readme.ts';
import { makeSample } from '../support/sample.ts';
import { installPacked, type Project } from './project.ts';

const TSC = join(ROOT, 'node_modules/.bin/tsc');
const TYPES = join(ROOT, 'node_modules/@types');

/** What somebody who only verifies writes. */
const CONSUMER = `
import { verifyDocument, type VerifiedDocument } from '@countersign/proof-core/document/verify';
import { DOCUMENT_TYPES } from '@countersign/proof-core/document/types';
import { ProofError } from '@countersign/proof-core';
import { parseVkey } from '@countersign/proof-core/note/key';
import { verifyCheckpoint } from '@countersign/proof-core/note/verify-checkpoint';
import { verifyReceipt } from '@countersign/proof-core/receipt/verify';
import { parseRegistry } from '@countersign/signer-registry/registry/parse';

export async function verifyAll(receipt: Uint8Array, license: Uint8Array, note: Uint8Array, signers: Uint8Array, vkey: string): Promise<string> {
  const resolver = await parseRegistry(signers);
  const { event, index } = await verifyReceipt(receipt, { resolver });
  const { value }: VerifiedDocument = await verifyDocument(license, { type: DOCUMENT_TYPES.license, purpose: 'license', resolver });
  const { checkpoint } = await verifyCheckpoint(note, [parseVkey(vkey)]);
  const refused = await verifyReceipt(receipt.slice(1), { resolver }).catch((error: unknown) => (error instanceof ProofError ? error.code : 'none'));
  return [index, event.type, value['sku'], checkpoint.size, refused].join(' ');
}
`;

describe('packed packages, installed offline in an empty project', () => {
  let project: Project;
  beforeAll(() => {
    if (!existsSync(join(ROOT, 'packages/proof-core/dist/index.js'))) throw new Error('build first: npm run build');
    project = installPacked();
  });
  afterAll(() => rmSync(project.folder, { recursive: true }));

  test('verify a receipt, a document and a checkpoint', async () => {
    const sample = await makeSample();
    project.write('receipt', sample.receipts[3]!);
    project.write('license', sample.license);
    project.write('note', sample.note);
    project.write('signers.json', sample.registry);
    const main = `import { readFileSync } from 'node:fs';
      const [receipt, license, note, signers] = ['receipt', 'license', 'note', 'signers.json'].map((path) => readFileSync(path));
      console.log(await verifyAll(receipt, license, note, signers, ${JSON.stringify(sample.vkey)}));`;
    project.write('verify.mjs', transformSync(`${CONSUMER}${main}`, { loader: 'ts' }).code);
    const { status, output } = project.run(process.execPath, 'verify.mjs');
    expect(output).toBe('3 order.created atlas-3 7 ERR_NOT_CANONICAL\n');
    expect(status).toBe(0);
  });

  test('import every published subpath, and nothing under internal', () => {
    const imports = project.subpaths.map((path) => `await import('@countersign/proof-core/${path}');`);
    project.write('all.mjs', `${imports.join('\n')}\nconsole.log('ok');\n`);
    expect(project.run(process.execPath, 'all.mjs')).toEqual({ status: 0, output: 'ok\n' });
    project.write('internal.mjs', "await import('@countersign/proof-core/internal/anything');");
    expect(project.run(process.execPath, 'internal.mjs').output).toContain('ERR_PACKAGE_PATH_NOT_EXPORTED');
  });

  test.each([
    ['NodeNext, with Node types', { module: 'nodenext', lib: ['es2023'], types: ['node'], typeRoots: [TYPES] }],
    ['Bundler, with DOM types', { module: 'esnext', moduleResolution: 'bundler', lib: ['es2023', 'dom'], types: [] }],
  ])('compile under %s, libraries checked too', (_, options) => {
    const portable = project.subpaths.filter((path) => !path.startsWith('node/') || options.types.length > 0);
    const all = portable.map((path, i) => `import type * as m${i} from '@countersign/proof-core/${path}';`);
    project.write('consumer.ts', CONSUMER);
    // The page's examples read files, so they are for Node.
    const examples = options.types.length > 0 ? readExamples('packages/proof-core/README.md') : [];
    examples.forEach(({ code }, i) => project.write(`example-${i}.ts`, code));
    project.write('all.ts', `${all.join('\n')}\nexport type All = [${portable.map((__, i) => `typeof m${i}`).join(', ')}];\n`);
    const compilerOptions = {
      ...options,
      target: 'es2023',
      strict: true,
      noEmit: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: false,
    };
    project.write(
      'tsconfig.json',
      JSON.stringify({ compilerOptions, files: ['consumer.ts', 'all.ts', ...examples.map((__, i) => `example-${i}.ts`)] }),
    );
    expect(project.run(TSC, '-p', 'tsconfig.json')).toEqual({ status: 0, output: '' });
  });

  test('carry licence, README and sources beside the build', () => {
    for (const path of ['LICENSE', 'README.md', 'package.json', 'src/receipt/verify.ts', 'dist/receipt/verify.js'])
      expect(existsSync(join(project.folder, 'node_modules/@countersign/proof-core', path)), path).toBe(true);
  });
});
