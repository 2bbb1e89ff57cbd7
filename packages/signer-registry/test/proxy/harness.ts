import { createHash } from 'node:crypto';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AuditEvent, Signer } from '@countersign/proof-core/ports';
import type { ProxyCaller } from '../../src/node/proxy/caller.ts';
import { markFolder } from '../../src/node/proxy/mark-folder.ts';
import { type ServerTls, proxyServer } from '../../src/node/proxy/server.ts';
import { type ProxyParts, type ProxyService, createProxy } from '../../src/node/proxy/service.ts';
import type { Registry } from '../../src/registry/registry.ts';
import { seededSigner } from '../support/keys.ts';
import { loose, parse, T } from '../support/registries.ts';

export const TOKEN = 'test-token-of-the-log-service';
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The log service may use log-1 for checkpoints; the shop may use license-1 for licenses. */
export const callers: ProxyCaller[] = [
  { name: 'log-service', tokenSha256: sha256(TOKEN), allow: [{ kid: 'log-1', purposes: ['checkpoint'] }] },
  { name: 'shop', tokenSha256: sha256('shop-token'), allow: [{ kid: 'license-1', purposes: ['license'] }] },
];

/** A registry in which this proxy holds log-1 and license-1. */
export function registry(change: object = {}): Registry {
  const members = loose();
  Object.assign(members.signers[3]!, change);
  return parse(members);
}

export interface Harness {
  readonly service: ProxyService;
  readonly events: AuditEvent[];
  readonly server: Server;
  readonly url: string;
  stop(): Promise<void>;
}

export async function startProxy(folder: string, parts: Partial<ProxyParts> = {}, tls?: ServerTls, scheme = 'http'): Promise<Harness> {
  const events: AuditEvent[] = [];
  const known = registry();
  const signers: Signer[] = [seededSigner('log-1'), seededSigner('license-1')];
  const service = createProxy({
    registry: () => known,
    signers,
    callers,
    marks: markFolder(folder),
    log: {
      append: (event) => {
        events.push(event);
        return Promise.resolve({ seq: events.length - 1, id: 'id' });
      },
    },
    clock: { now: () => Date.parse(T(10)) },
    ...parts,
  });
  const server = proxyServer(service, tls);
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    service,
    events,
    server,
    url,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
