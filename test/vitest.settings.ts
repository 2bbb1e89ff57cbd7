import type { ViteUserConfig } from 'vitest/config';

/** What every run of tests has. Sources are tested without a build: every package export has a `source` condition. */
export const SETTINGS = {
  root: new URL('..', import.meta.url).pathname,
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source', 'node'] } },
} as const satisfies ViteUserConfig;

/** What every project has. */
export const PROJECT = {
  setupFiles: ['test/setup.ts'],
  // What hangs is ended; how fast the machine is decides nothing.
  testTimeout: 600_000,
  hookTimeout: 600_000,
  maxWorkers: 2,
  // Embedded databases of tests live for seconds: optimising their WebAssembly costs more than it saves (a third of the time, measured).
  execArgv: ['--liftoff-only'],
} as const satisfies ViteUserConfig['test'];

/** Makes the database that tests copy. */
export const TEMPLATE = 'test/template-setup.ts';
/** Starts the one that they connect to. */
export const SERVER = 'test/server-setup.ts';
