import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, programOf, startServer, stopServer } from './process.ts';

/** A server that runs. */
export interface RunningServer {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  stop(): Promise<void>;
}

/** What a make of server is known to do otherwise than AWS: docs/operations/object-lock.md says the same. */
export interface Differences {
  /** It honours `If-None-Match: *` and `If-Match` in buckets with versions; without versions they all do. */
  readonly conditions: boolean;
  /** It refuses content with another SHA-256 than was sent along. */
  readonly checksums: boolean;
  /** A bucket without Object Lock refuses an object with a lock. */
  readonly refusesLocks: boolean;
  /** What is put without a lock shows the bucket's default. */
  readonly showsDefault: boolean;
  /** It keeps an administrator from shortening a lock under `COMPLIANCE`. */
  readonly keepsDates: boolean;
  /** `GOVERNANCE` can be bypassed by who has all permissions. */
  readonly bypass: boolean;
}

/** A make of server, found or not. */
export interface ServerMake {
  readonly name: string;
  /** Undefined when it is there; else what is missing. */
  readonly missing: string | undefined;
  readonly differences: Differences;
  readonly start: () => Promise<RunningServer>;
}

const CACHE = fileURLToPath(new URL('../../../node_modules/.cache/countersign/conformance', import.meta.url));
const KEYS = { accessKeyId: 'conformance', secretAccessKey: 'conformance-secret-0000000000000000' } as const;

const VERSITYGW = 'v1.7.0';

function findVersitygw(): string | undefined {
  const bin = join(CACHE, 'go/bin');
  const program = join(bin, 'versitygw');
  if (existsSync(program)) return program;
  const go = programOf('go');
  if (go === undefined) return undefined;
  mkdirSync(bin, { recursive: true });
  const made = spawnSync(go, ['install', `github.com/versity/versitygw/cmd/versitygw@${VERSITYGW}`], {
    env: { ...process.env, GOBIN: bin },
    timeout: 900_000,
  });
  return made.status === 0 ? program : undefined;
}

/** The Versity gateway over a folder: the POSIX back end with versions. */
export function versitygw(): ServerMake {
  const program = findVersitygw();
  return {
    name: `versitygw ${VERSITYGW}`,
    missing: program === undefined ? 'to be built with Go' : undefined,
    differences: {
      conditions: true,

      checksums: true,
      refusesLocks: false,
      showsDefault: false,
      keepsDates: false,
      bypass: false,
    },
    async start() {
      const folder = mkdtempSync(join(tmpdir(), 'versitygw-'));
      for (const name of ['data', 'versions']) mkdirSync(join(folder, name));
      const port = await freePort();
      const endpoint = `http://127.0.0.1:${port}`;
      const { accessKeyId, secretAccessKey } = KEYS;
      const gateway = ['--port', `127.0.0.1:${port}`, '--access', accessKeyId, '--secret', secretAccessKey, '--quiet'];
      const posix = ['posix', '--versioning-dir', join(folder, 'versions'), join(folder, 'data')];
      const child = await startServer(program!, [...gateway, ...posix], endpoint);
      const stop = async (): Promise<void> => {
        await stopServer(child);
        rmSync(folder, { recursive: true, force: true });
      };
      return { endpoint, region: 'us-east-1', ...KEYS, stop };
    },
  };
}

/** moto's server, which keeps everything in memory. */
export function moto(): ServerMake {
  const program = [join(CACHE, 'python/bin/moto_server'), programOf('moto_server')].find((path) => path !== undefined && existsSync(path));
  return {
    name: 'moto 5',
    missing: program === undefined ? 'moto[s3,server] from PyPI' : undefined,
    differences: {
      conditions: true,

      checksums: false,
      refusesLocks: true,
      showsDefault: true,
      keepsDates: false,
      bypass: true,
    },
    async start() {
      const port = await freePort();
      const endpoint = `http://127.0.0.1:${port}`;
      const child = await startServer(program!, ['-H', '127.0.0.1', '-p', String(port)], endpoint);
      return { endpoint, region: 'us-east-1', ...KEYS, stop: () => stopServer(child) };
    },
  };
}

const RGW_SCRIPT = fileURLToPath(new URL('rgw.sh', import.meta.url));

/** Ceph's object gateway over one monitor and one memory store. */
export function radosgw(): ServerMake {
  const version =
    programOf('radosgw') === undefined
      ? undefined
      : /version (\S+)/.exec(execFileSync('radosgw', ['--version'], { encoding: 'utf8' }))?.[1];
  const all = ['radosgw', 'radosgw-admin', 'ceph', 'ceph-mon', 'ceph-osd', 'monmaptool', 'ceph-authtool'];
  const missing = all.filter((name) => programOf(name) === undefined);
  return {
    name: `Ceph RGW ${version ?? '16.2'}`,
    missing: missing.length === 0 ? undefined : `${missing.join(', ')} (Debian: radosgw ceph-mon ceph-osd ceph-common)`,
    differences: {
      conditions: false,

      checksums: false,
      refusesLocks: true,
      showsDefault: true,
      keepsDates: true,
      bypass: true,
    },
    async start() {
      const folder = mkdtempSync(join(tmpdir(), 'rgw-'));
      const [port, monitor] = [await freePort(), await freePort()];
      const env = {
        ...process.env,
        RGW_FOLDER: folder,
        RGW_PORT: String(port),
        RGW_MONITOR_PORT: String(monitor),
        RGW_KEY: KEYS.accessKeyId,
        RGW_SECRET: KEYS.secretAccessKey,
      };
      const script = (command: string): void =>
        void execFileSync('bash', [RGW_SCRIPT, command], { env, stdio: ['ignore', 'ignore', 'inherit'], timeout: 120_000 });
      const stop = (): Promise<void> => {
        script('stop');
        rmSync(folder, { recursive: true, force: true });
        return Promise.resolve();
      };
      try {
        script('start');
      } catch (error) {
        await stop();
        throw error;
      }
      return { endpoint: `http://127.0.0.1:${port}`, region: 'default', ...KEYS, stop };
    },
  };
}
