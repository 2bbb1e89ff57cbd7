import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Runs a child with these arguments and kills it with SIGKILL after so many lines of its output; resolves to all lines that arrived. */
export type KilledAfter = (lines: number, ...argv: readonly string[]) => Promise<string[]>;

const scripts = new Map<string, Promise<string>>();

/** Bundles a script in this folder, once: a child must not read it while it is written again. */
async function bundle(name: string): Promise<string> {
  const script = fileURLToPath(new URL(`../../node_modules/.cache/countersign/${process.pid}-${name}`, import.meta.url));
  await build({
    entryPoints: [fileURLToPath(new URL(name, import.meta.url))],
    outfile: script,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['source'],
    external: ['pg', '@electric-sql/pglite', '@aws-sdk/*'],
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'error',
  });
  return script;
}

/**
 * Makes a child of a script in this folder: one file from the sources, because a child that lives for a second should not spend it on loading.
 *
 * Under --liftoff-only an embedded database starts in half the time.
 */
export async function killableChild(name: string): Promise<KilledAfter> {
  const making = scripts.get(name) ?? bundle(name);
  scripts.set(name, making);
  const script = await making;
  return async (count, ...argv) => {
    const child = spawn(process.execPath, ['--liftoff-only', script, ...argv], { stdio: ['ignore', 'pipe', 'inherit'] });
    // Its output ends before it does: until then it still holds its locks.
    const ended = once(child, 'exit');
    const lines: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      lines.push(line);
      if (lines.length === count) child.kill('SIGKILL');
    }
    await ended;
    return lines;
  };
}
