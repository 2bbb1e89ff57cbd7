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
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    // Embedded databases of tests live for seconds: optimising their WebAssembly costs more than it saves (a third of the time, measured).
    execArgv: ['--liftoff-only'],
  },
});
