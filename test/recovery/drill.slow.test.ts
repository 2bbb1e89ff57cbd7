import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Client } from 'pg';
import { describe, expect, inject, test, vi } from 'vitest';
import { temporaryFolder } from '../../packages/audit-chain/test/support/database.ts';
import { postgresMissing } from '../../packages/audit-chain/test/support/postgres.ts';
import { matched, parseScript, runStep } from '../../packages/verify-cli/test/audit-chain/script.ts';

// The commands of docs/operations/disaster-recovery.md, run by a shell as they stand there.
const page = readFileSync(new URL('../../docs/operations/disaster-recovery.md', import.meta.url), 'utf8');
const script = parseScript(Array.from(page.matchAll(/^```console drill\n(.*?)\n```$/gms), ([, body]) => `${body!}\n`).join(''));

/** Where Debian keeps `createdb` and `dropdb`, newest first. */
const DEBIAN = '/usr/lib/postgresql';
const CLIENTS = (existsSync(DEBIAN) ? readdirSync(DEBIAN) : [])
  .toSorted((a, b) => Number(b) - Number(a))
  .map((version) => join(DEBIAN, version, 'bin'));

describe.skipIf(postgresMissing() !== undefined)('the drill', () => {
  test('every command does what the page says', async () => {
    const provided = inject('postgres') as { readonly url: string };
    const server = new URL(provided.url);
    const folder = temporaryFolder();
    const client = new Client(provided.url);
    await client.connect();
    for (const name of ['drill', 'yesterday']) await client.query(`drop database if exists ${name}`);
    await client.query('create database drill');
    vi.stubEnv('LOG', provided.url.replace(/postgres$/, 'drill'));
    vi.stubEnv('PGHOST', server.hostname);
    vi.stubEnv('PGPORT', server.port);
    vi.stubEnv('PGUSER', server.username);
    vi.stubEnv('PATH', [...CLIENTS, process.env['PATH']].join(delimiter));
    try {
      for (const step of script.steps) {
        const { stdout, stderr, code } = runStep(step, folder.path);
        const seen = { stdout: matched(stdout, step.stdout), stderr: matched(stderr, step.stderr), code };
        expect(seen, step.command).toEqual({ stdout: step.stdout, stderr: step.stderr, code: step.code });
      }
    } finally {
      vi.unstubAllEnvs();
      for (const name of ['drill', 'yesterday']) await client.query(`drop database if exists ${name}`);
      await client.end();
      folder.remove();
    }
  });
});
