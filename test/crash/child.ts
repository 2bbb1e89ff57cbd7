import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** How a child ended. */
export interface Ended {
  /** All lines that arrived. */
  readonly lines: readonly string[];
  /** Undefined when it was killed; else its exit code or signal and what it said on stderr. */
  readonly byItself: string | undefined;
}

/** Runs a child with these arguments and kills it with SIGKILL after so many lines of its output. */
export type KilledAfter = (lines: number, ...argv: readonly string[]) => Promise<Ended>;

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
    const child = spawn(process.execPath, ['--liftoff-only', script, ...argv], { stdio: ['ignore', 'pipe', 'pipe'] });
    // Its output ends before it does: until then it still holds its locks.
    const ended = once(child, 'exit') as Promise<[code: number | null, signal: string | null]>;
    const said = text(child.stderr);
    const lines: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      lines.push(line);
      if (lines.length === count) child.kill('SIGKILL');
    }
    const [code, signal] = await ended;
    return { lines, byItself: signal === 'SIGKILL' ? undefined : `${signal ?? `exit code ${code}`}: ${await said}` };
  };
}
