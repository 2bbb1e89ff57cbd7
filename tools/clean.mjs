// Removes what builds, demos and benchmarks leave behind; installed packages stay.
import { readdirSync, rmSync } from 'node:fs';

const root = new URL('..', import.meta.url);
const remove = (path) => rmSync(new URL(path, root), { recursive: true, force: true });

for (const path of ['coverage', '.demo', '.fuzz', 'bench/out']) remove(path);
for (const name of readdirSync(new URL('packages', root))) remove(`packages/${name}/dist`);
for (const name of readdirSync(root)) if (name.endsWith('.tgz')) remove(name);
