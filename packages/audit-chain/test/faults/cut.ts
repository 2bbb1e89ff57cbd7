import { type Socket, connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

/** Where a connection is cut: what the client said does not arrive, or it does and the answer is lost. */
export type Cut = 'before' | 'after';

/** A TCP proxy in front of a server that cuts connections at statements. */
export interface Proxy {
  readonly port: number;
  /** Statements seen since the last `cutAt` that make something durable. */
  readonly seen: number;
  /** Cuts the connection of the n-th such statement from now on, from 1. */
  cutAt(n: number, when: Cut): void;
  close(): Promise<void>;
}

// What makes a batch, or what was left in a transaction, durable.
const DURABLE = /countersign[._]add_batch[(_]|\bcommit\0/;

/** Starts a proxy before the server at a port of this machine. */
export async function startProxy(port: number): Promise<Proxy> {
  let seen = 0;
  let target = 0;
  let when: Cut = 'before';
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    let isCut = false;
    let isAwaited = false;
    const cut = (): void => {
      isCut = true;
      client.destroy();
      // A server that is in the middle of a commit finishes it.
      upstream.end();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        (socket === client ? upstream : client).end();
      });
    }
    client.on('data', (bytes) => {
      const isTarget = DURABLE.test(bytes.toString('latin1')) && ++seen === target;
      if (isTarget && when === 'before') return cut();
      if (isTarget) isAwaited = true;
      if (!isCut) upstream.write(bytes);
    });
    upstream.on('data', (bytes) => {
      if (isAwaited) cut();
      if (!isCut) client.write(bytes);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    get seen() {
      return seen;
    },
    cutAt(n, how) {
      [seen, target, when] = [0, n, how];
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
