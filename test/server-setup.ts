import type { TestProject } from 'vitest/node';
import { startPostgres } from '../tools/postgres.mjs';

/** Starts a server that the tests on PostgreSQL share. */
export default async function startServer(project: TestProject): Promise<() => void> {
  const server = await startPostgres();
  if (typeof server === 'string') {
    project.provide('postgres', { missing: server });
    return () => {};
  }
  project.provide('postgres', { url: server.url });
  return () => server.stop();
}
