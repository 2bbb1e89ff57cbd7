import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** Why there is no time-stamping authority here, or undefined. */
export function opensslMissing(): string | undefined {
  const { status, stdout } = spawnSync('openssl', ['version'], { encoding: 'utf8' });
  return status === 0 && /^OpenSSL [3-9]/.test(stdout) ? undefined : 'openssl 3 is not installed';
}

const CONFIG = `
[tsa]
serial = serial
default_policy = 1.2.3.4.1
other_policies = 1.2.3.4.2
digests = sha256
accuracy = secs:1
ordering = no
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = sha256
signer_digest = sha256
crypto_device = builtin
`;
const USAGES = {
  good: 'critical,timeStamping',
  mild: 'timeStamping',
  both: 'critical,timeStamping,codeSigning',
} as const;

/** Certificates and replies of authorities, made by openssl in a folder. */
export class TestAuthority {
  readonly folder: string;
  constructor(folder: string) {
    this.folder = folder;
    writeFileSync(join(folder, 'tsa.cnf'), CONFIG);
    writeFileSync(join(folder, 'serial'), '01\n');
    this.#root('root');
    this.issue('tsa', 'root', USAGES.good);
  }

  openssl(...args: string[]): string {
    return execFileSync('openssl', args, { cwd: this.folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  }

  #root(name: string): void {
    this.openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', `${name}.key`, '-out', `${name}.crt`,
      '-subj', `/CN=Test ${name}`, '-days', '3650', '-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign,cRLSign'); // prettier-ignore
  }

  root(name: string): void {
    this.#root(name);
  }

  /** A certificate by an issuer of this folder; `dates` as openssl takes them, both or none. */
  issue(name: string, issuer: string, usage: string, dates: readonly string[] = ['-days', '30'], ca = 'CA:FALSE'): void {
    this.openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=Test ${name}`); // prettier-ignore
    const lines = [`basicConstraints=${ca}`, ...(usage === '' ? [] : [`extendedKeyUsage=${usage}`])];
    writeFileSync(join(this.folder, `${name}.ext`), `${lines.join('\n')}\n`);
    this.openssl('x509', '-req', '-in', `${name}.csr`, '-CA', `${issuer}.crt`, '-CAkey', `${issuer}.key`, '-extfile', `${name}.ext`, '-out', `${name}.crt`, ...dates, '-CAcreateserial'); // prettier-ignore
  }

  /** Replies to a query as the authority of this name. */
  reply(query: Uint8Array, name = 'tsa', chain: readonly string[] = []): Uint8Array {
    writeFileSync(join(this.folder, 'query.tsq'), query);
    writeFileSync(join(this.folder, 'chain.pem'), chain.map((one) => this.pem(one)).join(''));
    this.openssl('ts', '-reply', '-config', 'tsa.cnf', '-section', 'tsa', '-queryfile', 'query.tsq', '-signer', `${name}.crt`, '-inkey', `${name}.key`,
      ...(chain.length === 0 ? [] : ['-chain', 'chain.pem']), '-out', 'reply.tsr'); // prettier-ignore
    return new Uint8Array(readFileSync(join(this.folder, 'reply.tsr')));
  }

  pem(name: string): string {
    return readFileSync(join(this.folder, `${name}.crt`), 'utf8');
  }
}

export { USAGES };

/** A server that answers queries by `reply`. */
export async function serveTsa(reply: (query: Uint8Array) => Uint8Array): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      response.writeHead(200, { 'content-type': 'application/timestamp-reply' });
      response.end(reply(new Uint8Array(Buffer.concat(chunks))));
    });
  });
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/tsa`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
