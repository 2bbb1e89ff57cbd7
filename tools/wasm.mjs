// node tools/wasm.mjs: writes the WebAssembly of proof-core, packages/proof-core/src/node/*-module.ts, from tools/wasm. A test keeps them equal.
import { writeFileSync } from 'node:fs';
import { lanesModule } from './wasm/lanes.mjs';
import { LAYOUT, linesModule } from './wasm/lines.mjs';

/** Each module by the name of its file. */
export const MODULES = { lanes: lanesModule, lines: linesModule };

/** The text of the file that holds a module. */
export function moduleFile(name) {
  const lines = Buffer.from(MODULES[name]())
    .toString('base64')
    .match(/.{1,132}/g);
  const doc = (text) => `/**\n * ${text}\n *\n * @internal\n */\n`;
  const layout = Object.entries(LAYOUT).map(([key, value]) => `  ${key}: ${value},\n`);
  return [
    doc(`WebAssembly in base64, written by \`node tools/wasm.mjs\`; what is in it, tools/wasm/${name}.mjs says.`),
    `export const ${name.toUpperCase()}_MODULE: string =\n`,
    ...lines.map((line, i) => `  '${line}'${i === lines.length - 1 ? ';' : ' +'}\n`),
    ...(name === 'lines' ? ['\n', doc('Where things lie in its memory.'), 'export const LAYOUT = {\n', ...layout, '} as const;\n'] : []),
  ].join('');
}

if (process.argv[1] === import.meta.filename)
  for (const name of Object.keys(MODULES))
    writeFileSync(new URL(`../packages/proof-core/src/node/${name}-module.ts`, import.meta.url), moduleFile(name));
