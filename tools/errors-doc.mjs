// Writes docs/errors.md from the error tables of the packages. `--check` writes nothing and fails when the page is out of date.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';

const PACKAGES = ['proof-core', 'audit-chain', 'signer-registry', 'verify-cli', 'marketplace-service'];
const ROOT = new URL('..', import.meta.url);
const PAGE = new URL('docs/errors.md', ROOT);

const HEAD = `# Error codes

Data that does not hold throws the error class of the package with one of these codes. A code keeps its meaning for ever and is never
used for another. Beside \`code\` an error has \`field\`, \`expected\` and \`actual\` where that helps; it never shows a payload or a secret.
Programmer errors are \`TypeError\` and \`RangeError\` and have no code.

This page is written from the \`errors.ts\` of each package by \`node tools/errors-doc.mjs\`; a test keeps them equal.
`;

/** The table and the error class of a package's `src/errors.ts`, or undefined where it has none. */
async function readErrors(name) {
  const path = ['src/errors.ts', 'src/node/errors.ts']
    .map((file) => new URL(`packages/${name}/${file}`, ROOT))
    .find((url) => existsSync(url));
  if (path === undefined) return undefined;
  const { outputFiles } = await build({
    entryPoints: [path.pathname],
    bundle: true,
    format: 'esm',
    write: false,
    conditions: ['source'],
    platform: 'node',
  });
  const module = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
  const [, codes] = Object.entries(module).find(([key]) => key.endsWith('_ERRORS'));
  const [className] = Object.entries(module).find(([, value]) => value?.prototype instanceof Error);
  return { name, className, codes };
}

/** The page for these packages. */
function renderPage(packages) {
  const sections = packages.map(({ name, className, codes }) => {
    const rows = Object.entries(codes).map(([code, meaning]) => `| \`${code}\` | ${String(meaning).replaceAll('|', '\\|')} |`);
    return [`## @countersign/${name}: \`${className}\``, '', '| code | meaning |', '|---|---|', ...rows].join('\n');
  });
  return `${[HEAD.trimEnd(), ...sections].join('\n\n')}\n`;
}

const page = renderPage((await Promise.all(PACKAGES.map(readErrors))).filter((errors) => errors !== undefined));
if (!process.argv.includes('--check')) writeFileSync(PAGE, page);
else if (!existsSync(PAGE) || readFileSync(PAGE, 'utf8') !== page) {
  console.error('docs/errors.md differs from the error tables: run node tools/errors-doc.mjs');
  process.exitCode = 1;
}
