// Writes docs/vectors/*.json from the oracles in test/vectors: naive transcriptions, none of the code under test.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';

const ROOT = new URL('..', import.meta.url);
const FOLDER = new URL('docs/vectors/', ROOT);
const BUNDLE = new URL('.fuzz/vectors.mjs', ROOT);

await build({
  entryPoints: [new URL('test/vectors/all.ts', ROOT).pathname],
  outfile: BUNDLE.pathname,
  bundle: true,
  format: 'esm',
  platform: 'node',
  conditions: ['source'],
  logLevel: 'error',
});
const { FILES, formatVectors } = await import(BUNDLE.href);
rmSync(BUNDLE);

mkdirSync(FOLDER, { recursive: true });
for (const name of readdirSync(FOLDER)) if (name.endsWith('.json')) rmSync(new URL(name, FOLDER));
for (const file of FILES) writeFileSync(new URL(`${file.name}.json`, FOLDER), formatVectors(file));
console.log(`${FILES.length} files, ${FILES.reduce((sum, { vectors }) => sum + vectors.length, 0)} vectors`);
