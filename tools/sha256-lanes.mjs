// node tools/sha256-lanes.mjs: writes packages/proof-core/src/node/lanes-module.ts, the WebAssembly that hashes four nodes at once, from
// tools/sha256-lanes. A test keeps them equal.
import { writeFileSync } from 'node:fs';
import { lanesModule } from './sha256-lanes/module.mjs';

const lines = Buffer.from(lanesModule())
  .toString('base64')
  .match(/.{1,132}/g);

writeFileSync(
  new URL('../packages/proof-core/src/node/lanes-module.ts', import.meta.url),
  `/**
 * WebAssembly in base64, written by \`node tools/sha256-lanes.mjs\`; what is in it, tools/sha256-lanes/module.mjs says.
 *
 * @internal
 */
export const LANES_MODULE: string =
${lines.map((line, i) => `  '${line}'${i === lines.length - 1 ? ';' : ' +'}\n`).join('')}`,
);
