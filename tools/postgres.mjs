import { execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** PostgreSQL refuses to run as root; `nobody` exists everywhere and owns nothing. */
const NOBODY = 65534;

function binaries() {
  const named = process.env['COUNTERSIGN_POSTGRES_BIN'];
  if (named !== undefined) return named;
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian)
    ? readdirSync(debian)
        .map(Number)
        .filter((version) => version >= 15)
    : [];
  const newest = versions.toSorted((a, b) => b - a)[0];
  return newest === undefined ? undefined : join(debian, String(newest), 'bin');
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/**
 * Starts a private server; resolves to the reason when the machine has no PostgreSQL 15 or newer.
 *
 * @param {readonly string[]} settings further `name=value` settings
 * @returns {Promise<{ url: string, socket: { host: string, port: number, user: string, database: string }, version: string, stop(): void } | string>} `socket`: as the options of a client
 */
export async function startPostgres(settings = []) {
  const bin = binaries();
  if (bin === undefined || !existsSync(join(bin, 'postgres'))) return 'no PostgreSQL 15 or newer on this machine';
  const folder = mkdtempSync(join(tmpdir(), 'countersign-postgres-'));
  const data = join(folder, 'data');
  const user = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  mkdirSync(data, { mode: 0o700 });
  if ('uid' in user) for (const path of [folder, data]) chownSync(path, NOBODY, NOBODY);
  execFileSync(join(bin, 'initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'], {
    ...user,
    stdio: 'pipe',
  });
  const launch = async () => {
    const port = await freePort();
    const all = [
      `port=${port}`,
      'listen_addresses=127.0.0.1',
      `unix_socket_directories=${folder}`,
      'shared_buffers=256MB',
      'max_connections=200',
      ...settings,
    ];
    const child = spawn(join(bin, 'postgres'), ['-D', data, ...all.flatMap((setting) => ['-c', setting])], {
      ...user,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    await new Promise((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`postgres ended with ${code}: ${said}`)));
      child.stderr.on('data', (text) => {
        said += text;
        if (said.includes('ready to accept connections')) resolve();
      });
    });
    child.stderr.removeAllListeners('data').resume();
    return { child, port };
  };
  // Somebody may take the port before the server does: then another one.
  const again = (error) => (/Address already in use/.test(error.message) ? launch() : Promise.reject(error));
  const { child, port } = await launch().catch(again).catch(again);
  const stop = () => {
    child.kill('SIGINT');
    // The server still writes while it ends.
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  };
  process.on('exit', stop);
  const version = execFileSync(join(bin, 'postgres'), ['--version'], { encoding: 'utf8' }).trim();
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    socket: { host: folder, port, user: 'postgres', database: 'postgres' },
    version,
    stop,
  };
}
