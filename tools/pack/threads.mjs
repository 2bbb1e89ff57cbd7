import { build } from 'esbuild';
import { inline, options } from './modules.mjs';

/**
 * Writes the modules that threads run. A thread loads everything anew and shares modules with nobody, so each is bundled with all that
 * it needs of our packages, and starts from one or two files; what it loads later lies beside, and shares modules with it.
 *
 * @param {string} folder the staged package
 * @param {string} out where they go, under their names
 * @param {readonly import('./modules.mjs').Module[]} threads
 * @param {ReadonlyMap<string, import('./modules.mjs').Bundled>} bundled the packages that it depends on, by name
 */
export async function writeThreads(folder, out, threads, bundled) {
  if (threads.length === 0) return;
  await build({
    ...options(folder),
    entryPoints: threads.map(({ name }) => `dist/${name}.js`),
    outbase: 'dist',
    outdir: out,
    splitting: true,
    chunkNames: 'internal/thread-[name]-[hash]',
    plugins: [inline(bundled)],
    write: true,
  });
}
