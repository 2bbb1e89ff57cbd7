import { readFileSync } from 'node:fs';
import { type Server, createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type SecureVersion, rootCertificates } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { httpExchange } from '../../src/node/witness/http.ts';
import { temporaryFolder } from '../support/database.ts';
import { TestAuthority, opensslMissing } from '../timestamp/tsa.ts';

const missing = opensslMissing();

describe.skipIf(missing !== undefined)(`asking a witness over TLS${missing === undefined ? '' : `: skipped, ${missing}`}`, () => {
  const folder = temporaryFolder();
  let authority: TestAuthority;
  let server: Server | undefined;
  beforeAll(() => {
    authority = new TestAuthority(folder.path);
    authority.root('other');
    const names = 'CA:FALSE\nsubjectAltName=IP:127.0.0.1';
    authority.issue('good', 'root', 'serverAuth', ['-days', '30'], names);
    authority.issue('expired', 'root', 'serverAuth', ['-days', '-1'], names);
    authority.issue('elsewhere', 'root', 'serverAuth', ['-days', '30'], 'CA:FALSE\nsubjectAltName=DNS:witness.example.org');
    authority.issue('client', 'root', 'clientAuth', ['-days', '30'], names);
  });
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });
  afterAll(() => folder.remove());

  const file = (name: string): string => readFileSync(join(folder.path, name), 'utf8');
  /** Asks a server with this certificate; how many requests reached it, and what came of it. */
  async function ask(
    certificate: string,
    { ca, maxVersion }: { readonly ca?: string; readonly maxVersion?: SecureVersion } = {},
  ): Promise<{ readonly reached: number; readonly answer: unknown }> {
    let reached = 0;
    const versions = maxVersion === undefined ? {} : { minVersion: 'TLSv1' as const, maxVersion, ciphers: 'DEFAULT@SECLEVEL=0' };
    server = createServer({ key: file(`${certificate}.key`), cert: file(`${certificate}.crt`), ...versions }, (_, response) => {
      reached++;
      response.end('said');
    });
    await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
    const exchange = httpExchange(ca === undefined ? {} : { ca });
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/add-checkpoint`;
    try {
      const { status, body } = await exchange.send({ method: 'POST', url, body: Uint8Array.of(1) });
      return { reached, answer: [status, Buffer.from(body).toString()] };
    } catch (error) {
      const { code, actual } = error as { readonly code: string; readonly actual: string };
      return { reached, answer: [code, actual] };
    } finally {
      exchange.close();
    }
  }
  const refused = (reason: string) => ({ reached: 0, answer: ['ERR_WITNESS_UNAVAILABLE', reason] });

  test('a certificate of the authority that is named is accepted', async () => {
    expect(await ask('good', { ca: file('root.crt') })).toEqual({ reached: 1, answer: [200, 'said'] });
  });

  test('one of another authority, of nobody that this machine knows, or by itself, is not: nothing is sent', async () => {
    expect(await ask('good', { ca: file('other.crt') })).toEqual(refused('UNABLE_TO_VERIFY_LEAF_SIGNATURE'));
    expect(await ask('good')).toEqual(refused('UNABLE_TO_VERIFY_LEAF_SIGNATURE'));
    // An authority that is named takes the place of the list of this machine.
    expect(await ask('good', { ca: rootCertificates[0]! })).toEqual(refused('UNABLE_TO_VERIFY_LEAF_SIGNATURE'));
    expect(await ask('other', { ca: file('root.crt') })).toMatchObject({
      reached: 0,
      answer: ['ERR_WITNESS_UNAVAILABLE', expect.any(String)],
    });
  });

  test('one that has expired, is for another name, or for clients, is not', async () => {
    const ca = file('root.crt');
    expect(await ask('expired', { ca })).toEqual(refused('CERT_HAS_EXPIRED'));
    expect(await ask('elsewhere', { ca })).toEqual(refused('ERR_TLS_CERT_ALTNAME_INVALID'));
    expect(await ask('client', { ca })).toEqual(refused('INVALID_PURPOSE'));
  });

  test('a server that speaks nothing newer than TLS 1.1 is not asked', async () => {
    const { reached, answer } = await ask('good', { ca: file('root.crt'), maxVersion: 'TLSv1.1' });
    expect([reached, answer]).toEqual([0, ['ERR_WITNESS_UNAVAILABLE', expect.any(String)]]);
  });
});
