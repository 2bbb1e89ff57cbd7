import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { ROOT } from './tree.ts';

test('the WebAssembly that is checked in is what its generator writes', async () => {
  const { lanesModule } = (await import(pathToFileURL(join(ROOT, 'tools/sha256-lanes/module.mjs')).href)) as {
    readonly lanesModule: () => Uint8Array;
  };
  const source = readFileSync(join(ROOT, 'packages/proof-core/src/node/lanes-module.ts'), 'utf8');
  const base64 = [...source.matchAll(/^ {2}'([\w+/=]+)'/gm)].map(([, line]) => line).join('');
  expect(base64).toBe(Buffer.from(lanesModule()).toString('base64'));
});
