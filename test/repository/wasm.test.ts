import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { ROOT } from './tree.ts';

test('the WebAssembly that is checked in is what its generator writes', async () => {
  const { MODULES, moduleFile } = (await import(pathToFileURL(join(ROOT, 'tools/wasm.mjs')).href)) as {
    readonly MODULES: object;
    readonly moduleFile: (name: string) => string;
  };
  expect(Object.keys(MODULES)).toEqual(['lanes', 'lines']);
  for (const name of Object.keys(MODULES)) {
    expect(readFileSync(join(ROOT, `packages/proof-core/src/node/${name}-module.ts`), 'utf8')).toBe(moduleFile(name));
  }
});
