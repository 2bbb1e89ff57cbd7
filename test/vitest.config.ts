import { defineConfig } from 'vitest/config';

// Sources are tested without a build: every package export has a `source` condition.
export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source', 'node'] } },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: ['**/*.slow.test.ts', '**/node_modules/**'],
    globalSetup: ['test/global-setup.ts'],
    setupFiles: ['test/setup.ts'],
    // What hangs is ended; how fast the machine is decides nothing.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    maxWorkers: 2,
    // Embedded databases of tests live for seconds: optimising their WebAssembly costs more than it saves (a third of the time, measured).
    execArgv: ['--liftoff-only'],
  },
});
