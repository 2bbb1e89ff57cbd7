import { existsSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { witnessServer } from '@countersign/audit-chain/node/witness/server';
import { type Witness, type WitnessReply, openWitness } from '@countersign/audit-chain/node/witness/witness';
import { type NoteKey, formatVkey, parseVkey } from '@countersign/proof-core/note/key';
import { loadLocalSigner } from '@countersign/signer-registry/node/local-signer';
import { CliError } from '../../errors.ts';
import { readNamed, unreadable } from '../../command/named-file.ts';
import { readPolicy } from '../../log/policy.ts';

/** The flags as given. */
export interface ServeFlags {
  readonly key: string;
  readonly log: readonly string[];
  readonly state: string;
  readonly listen: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
}

const LOOPBACK = ['localhost', '127.0.0.1', '::1'];

/** A policy's log lines, or one vkey. */
async function readLogs(values: readonly string[]): Promise<NoteKey[]> {
  const keys: NoteKey[] = [];
  for (const value of values) {
    if (existsSync(value)) keys.push(...(await readPolicy(value, '--log')).logs.flatMap(({ key }) => key ?? []));
    else keys.push(parseVkey(value));
  }
  if (keys.length === 0) throw new CliError('ERR_CLI_OPTION', '--log: name at least one log that this version can verify', '--log');
  return keys;
}

function readListen(text: string): { host: string; port: number } {
  const match = /^(\[[0-9a-f:.]+\]|[A-Za-z0-9.-]+):([0-9]{1,5})$/.exec(text);
  if (match === null || Number(match[2]) > 65_535) throw new CliError('ERR_CLI_OPTION', '--listen: expected HOST:PORT', '--listen');
  return { host: match[1]!.replaceAll(/[[\]]/g, ''), port: Number(match[2]) };
}

async function readTls({ tlsCert, tlsKey }: ServeFlags, host: string): Promise<{ cert: string; key: string } | undefined> {
  if (tlsCert === undefined && tlsKey === undefined) {
    if (LOOPBACK.includes(host)) return undefined;
    throw new CliError('ERR_CLI_OPTION', '--tls-cert: needed, unless it listens to this machine alone', '--tls-cert');
  }
  if (tlsCert === undefined || tlsKey === undefined)
    throw new CliError('ERR_CLI_OPTION', '--tls-cert and --tls-key go together', '--tls-cert');
  const read = async (path: string, option: string): Promise<string> => new TextDecoder().decode(await readNamed(path, option));
  return { cert: await read(tlsCert, '--tls-cert'), key: await read(tlsKey, '--tls-key') };
}

function describe(reply: WitnessReply): string {
  const at = new Date().toISOString();
  if (reply.status === 200) return `${at} 200 ${reply.checkpoint.origin} size ${reply.checkpoint.size}\n`;
  // What a caller sent is told in one line, whatever is in it.
  return `${at} ${reply.status} ${JSON.stringify(reply.reason)}\n`;
}

async function listen(server: Server, host: string, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new CliError('ERR_CLI_OPTION', `--listen: ${host}:${port}: ${cause.message}`, '--listen', cause)),
    );
    server.listen(port, host, resolve);
  });
  return (server.address() as AddressInfo).port;
}

/**
 * Runs `audit-verify witness serve` until SIGINT or SIGTERM.
 *
 * @param signal ends it, as an interrupt does
 * @throws CliError ERR_CLI_OPTION, ERR_CLI_FILE; RegistryError for its key; ProofError for a vkey; ChainError ERR_LOG_IN_USE, ERR_WITNESS_STATE
 */
export async function serveWitness(flags: ServeFlags, signal?: AbortSignal): Promise<void> {
  const { host, port } = readListen(flags.listen);
  const tls = await readTls(flags, host);
  const logs = await readLogs(flags.log);
  const signer = await loadLocalSigner(flags.key).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ENOENT' && cause.code !== 'EACCES') throw cause;
    throw unreadable(flags.key, '--key', cause);
  });
  const witness: Witness = await openWitness({ signer: { name: signer.kid, signer }, logs, folder: flags.state, clock: Date });
  const onError = (error: unknown): void =>
    void process.stderr.write(`failure: ${error instanceof Error ? error.message : String(error)}\n`);
  const server = witnessServer(witness, tls, onError, (reply) => void process.stderr.write(describe(reply)));
  try {
    const bound = await listen(server, host, port);
    const name = host.includes(':') ? `[${host}]` : host;
    process.stdout.write(`witness ${formatVkey(witness.key)} on ${tls === undefined ? 'http' : 'https'}://${name}:${bound}\n`);
    await new Promise<void>((resolve) => {
      process.once('SIGINT', () => resolve());
      process.once('SIGTERM', () => resolve());
      signal?.addEventListener('abort', () => resolve(), { once: true });
    });
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeIdleConnections();
    });
  } finally {
    witness.close();
  }
}
