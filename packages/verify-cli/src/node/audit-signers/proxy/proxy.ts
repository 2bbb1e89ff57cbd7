import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Signer } from '@countersign/proof-core/ports';
import { mkdirSync } from 'node:fs';
import { RegistryError } from '@countersign/signer-registry/errors';
import { loadLocalSigner } from '@countersign/signer-registry/node/local-signer';
import { markFolder } from '@countersign/signer-registry/node/proxy/mark-folder';
import { proxyServer } from '@countersign/signer-registry/node/proxy/server';
import { createProxy } from '@countersign/signer-registry/node/proxy/service';
import { openSigner } from '@countersign/signer-registry/node/signer/open';
import { CliError } from '../../errors.ts';
import { type WritableLog, openLog } from '../../log/open.ts';
import { signerEnvironment } from '../../signer/environment.ts';
import { type ProxyConfig, readProxyConfig } from './config.ts';
import { type LiveRegistry, liveRegistry } from '../../log/live-registry.ts';

/** A signing proxy that answers. */
export interface RunningProxy {
  readonly url: string;
  /** Looks for a newer registry now. */
  refresh(): Promise<void>;
  /** Answers what has been asked, then ends. */
  close(): Promise<void>;
}

const report = (message: string): void => {
  process.stderr.write(`${message}\n`);
};

/** A key file whose key is not registered yet: it can be asked for its public key; the proxy's own guard lets it sign nothing. */
async function unregistered(uri: string, error: unknown): Promise<Signer> {
  if (!(error instanceof RegistryError && error.code === 'ERR_SIGN_KEY' && uri.startsWith('file:'))) throw error;
  const passphrase = process.env['AUDIT_KEY_PASSPHRASE'];
  const signer = await loadLocalSigner(uri.slice('file:'.length), passphrase === undefined || passphrase === '' ? {} : { passphrase });
  report(`${signer.kid} is not registered yet: it signs nothing`);
  return signer;
}

async function openSigners(config: ProxyConfig, registry: LiveRegistry): Promise<Signer[]> {
  const signers: Signer[] = [];
  try {
    // A pending key signs probes alone: it may be rehearsed behind the proxy before it signs.
    for (const uri of config.signers) {
      const options = { registry: () => registry.current(), rehearsal: true, ...(await signerEnvironment([uri])) };
      signers.push(await openSigner(uri, options).catch((error: unknown) => unregistered(uri, error)));
    }
  } catch (error) {
    for (const signer of signers) await signer.close?.();
    throw error;
  }
  return signers;
}

async function listen(server: Server, { host, port }: ProxyConfig): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(new CliError('ERR_CLI_OPTION', `listen: ${host}:${port}: ${cause.message}`, 'CONFIG', cause)));
    server.listen(port, host, resolve);
  });
  return (server.address() as AddressInfo).port;
}

/** What of a proxy is open, in the order of opening; closed the other way round. */
class Opened {
  readonly #close: (() => Promise<void> | void)[] = [];
  add(close: () => Promise<void> | void): void {
    this.#close.push(close);
  }
  async close(): Promise<void> {
    for (const close of this.#close.splice(0).reverse()) await close();
  }
}

async function stop(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}

async function openServer(config: ProxyConfig, opened: Opened): Promise<{ server: Server; registry: LiveRegistry }> {
  const registry = await liveRegistry(config.registry, report);
  opened.add(() => registry.close());
  const signers = await openSigners(config, registry);
  opened.add(async () => {
    for (const signer of signers) await signer.close?.();
  });
  const log: WritableLog = await openLog(config.log);
  opened.add(() => log.close());
  mkdirSync(config.marks, { recursive: true, mode: 0o700 });
  const parts = { registry: () => registry.current(), signers, callers: config.callers, marks: markFolder(config.marks), log: log.chain };
  const service = createProxy({ ...parts, clock: { now: Date.now } });
  const server = proxyServer(service, config.tls, (error) => report(`failure: ${error instanceof Error ? error.message : String(error)}`));
  return { server, registry };
}

/**
 * Starts a signing proxy.
 *
 * @param config port 0 takes a free one
 * @throws CliError, RegistryError, ChainError, ProofError as its parts do
 * @example const proxy = await startProxy(await readProxyConfig('proxy.json'));
 */
export async function startProxy(config: ProxyConfig): Promise<RunningProxy> {
  const opened = new Opened();
  try {
    const { server, registry } = await openServer(config, opened);
    const port = await listen(server, config);
    opened.add(() => stop(server));
    const host = config.host.includes(':') ? `[${config.host}]` : config.host;
    const url = `${config.tls === undefined ? 'http' : 'https'}://${host}:${port}`;
    return { url, refresh: () => registry.refresh(), close: () => opened.close() };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

/** Runs `audit-signers proxy` until SIGINT or SIGTERM; SIGHUP reads the registry again. */
export async function runProxy(path: string, flags: { readonly dryRun?: boolean }): Promise<void> {
  const config = await readProxyConfig(path);
  if (flags.dryRun === true) {
    const opened = new Opened();
    try {
      await openServer(config, opened);
      process.stdout.write(`${config.signers.length} signers are proven, ${config.callers.length} callers: nothing wrong\n`);
    } finally {
      await opened.close();
    }
    return;
  }
  const proxy = await startProxy(config);
  process.stdout.write(`signing proxy on ${proxy.url}\n`);
  const refresh = (): void => void proxy.refresh();
  process.on('SIGHUP', refresh);
  await new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
  process.off('SIGHUP', refresh);
  await proxy.close();
}
