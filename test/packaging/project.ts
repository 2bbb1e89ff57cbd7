import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../repository/tree.ts';

/** A project in a temporary folder with the packed packages installed in it. */
export interface Project {
  readonly folder: string;
  /** Subpaths that proof-core publishes, from the declaration files in the installed package. */
  readonly subpaths: readonly string[];
  readonly write: (path: string, content: string | Uint8Array) => void;
  readonly run: (command: string, ...args: readonly string[]) => { readonly status: number | null; readonly output: string };
}

/** What the packages need of others, and what that needs. */
const THIRD_PARTY = {
  'proof-core': ['@noble/ed25519', '@noble/hashes', 'jose'],
  'signer-registry': [],
  'audit-chain': [],
  'verify-cli': ['commander', 'cli-progress', 'string-width', 'emoji-regex', 'is-fullwidth-code-point', 'strip-ansi', 'ansi-regex'],
} as const;

/** A package that can be installed; those that it depends on have to be too. */
export type PackageName = keyof typeof THIRD_PARTY;

function run(cwd: string, command: string, args: readonly string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  return { status, output: `${stdout}${stderr}` };
}

function must(result: { status: number | null; output: string }): void {
  if (result.status !== 0) throw new Error(result.output);
}

/**
 * Packs packages of ours and what they depend on, and installs the tarballs in an empty project: no network, no cache, no link back to
 * the workspace, and no optional peer.
 */
export function installPacked(ours: readonly PackageName[] = ['proof-core', 'signer-registry']): Project {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-project-'));
  const others = ours.flatMap((name) => [...THIRD_PARTY[name]]);
  const thirdParty = others.map((name) => join(ROOT, 'node_modules', name));
  must(run(folder, process.execPath, [join(ROOT, 'tools/pack.mjs'), 'tarballs', ...ours]));
  must(run(folder, 'npm', ['pack', '--silent', '--ignore-scripts', '--offline', '--pack-destination', 'tarballs', ...thirdParty]));
  const tarballs = readdirSync(join(folder, 'tarballs'));
  const tarball = (name: string): string => {
    const start = `${name.replace('@', '').replace('/', '-')}-`;
    return `file:tarballs/${tarballs.find((file) => file.startsWith(start))}`;
  };
  const names = [...ours.map((name) => `@countersign/${name}`), ...others];
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ private: true, type: 'module', dependencies: Object.fromEntries(names.map((name) => [name, tarball(name)])) }),
  );
  must(run(folder, 'npm', ['install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund', '--cache', join(folder, '.npm')]));

  const installed = join(folder, 'node_modules/@countersign/proof-core/dist');
  return {
    folder,
    subpaths: readdirSync(installed, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.d.ts'))
      .map((path) => path.slice(0, -'.d.ts'.length))
      .sort(),
    write: (path, content) => writeFileSync(join(folder, path), content),
    run: (command, ...args) => run(folder, command, args),
  };
}

/** The licence, README, declarations and modules that a published package must carry. */
export function readInstalled(project: Project, path: string): string {
  return readFileSync(join(project.folder, 'node_modules', path), 'utf8');
}
