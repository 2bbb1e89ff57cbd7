// Builds verify.html: one file, no network. `node tools/verify-page.mjs [OUT]`, by default packages/verify-cli/dist/verify.html.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const read = (name) => readFileSync(`${ROOT}tools/page/${name}`, 'utf8');

/** A Content-Security-Policy source that allows exactly this inline text. */
const allow = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

export async function buildPage() {
  const { outputFiles } = await build({
    entryPoints: [`${ROOT}tools/page/main.ts`],
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    conditions: ['source'],
    write: false,
    charset: 'utf8',
    legalComments: 'none',
  });
  // An HTML parser ends a script at the first `</script`, wherever it stands.
  const script = outputFiles[0].text.trim().replaceAll('</script', '<\\/script');
  const style = (await transform(read('page.css'), { loader: 'css', minify: true })).code.trim();
  const policy = `default-src 'none'; script-src ${allow(script)}; style-src ${allow(style)}; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'`;
  return read('page.html')
    .replace('content="CSP"', () => `content="${policy}"`)
    .replace('<style></style>', () => `<style>${style}</style>`)
    .replace('<script type="module"></script>', () => `<script type="module">${script}</script>`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const out = process.argv[2] ?? `${ROOT}packages/verify-cli/dist/verify.html`;
  mkdirSync(dirname(out), { recursive: true });
  writeFileSync(out, await buildPage());
}
