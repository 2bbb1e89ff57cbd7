export const title = 'every dependency is written down with its reason';

const PAGE = 'docs/design/dependencies.md';
const KINDS = ['dependencies', 'devDependencies', 'peerDependencies', 'optionalDependencies'];

/** `docs/design/dependencies.md` names, in backticks, what any package.json asks for, and nothing else in its tables. */
export function check(tree) {
  const manifests = tree.files.filter(({ path }) => path === 'package.json' || path.endsWith('/package.json'));
  const asked = new Map();
  for (const { path } of manifests)
    for (const kind of KINDS)
      for (const name of Object.keys(tree.json(path)[kind] ?? {})) if (!name.startsWith('@countersign/')) asked.set(name, path);

  const page = tree.files.find(({ path }) => path === PAGE)?.text ?? '';
  const rows = page.split('\n').flatMap((text, i) => [...text.matchAll(/^\| `([^`]+)` \|/g)].map(({ 1: name }) => ({ name, line: i + 1 })));
  const named = new Set(rows.map(({ name }) => name));
  return [
    ...[...asked].filter(([name]) => !named.has(name)).map(([name, path]) => ({ path, message: `${name} is not in ${PAGE}` })),
    ...rows.filter(({ name }) => !asked.has(name)).map(({ name, line }) => ({ path: PAGE, line, message: `nothing depends on ${name}` })),
  ];
}
