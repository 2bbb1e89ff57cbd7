import type { TestProject } from 'vitest/node';
import { startPostgres } from '../tools/postgres.mjs';

interface Shared {
  readonly starting: ReturnType<typeof startPostgres>;
  users: number;
}

// Each project loads this module for itself; the process that runs them is one.
const KEY = Symbol.for('countersign.test.server');
const process = globalThis as unknown as { [KEY]?: Shared };

/** Starts a server that the tests on PostgreSQL share, of all projects. */
export default async function startServer(project: TestProject): Promise<() => Promise<void>> {
  const shared = (process[KEY] ??= { starting: startPostgres(), users: 0 });
  shared.users++;
  const server = await shared.starting;
  project.provide('postgres', typeof server === 'string' ? { missing: server } : { url: server.url });
  return async () => {
    if (--shared.users > 0) return;
    delete process[KEY];
    if (typeof server !== 'string') server.stop();
  };
}
