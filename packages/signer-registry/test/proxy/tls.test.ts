import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectProxy } from '../../src/node/proxy/client.ts';
import type { ProxyTls } from '../../src/node/proxy/http.ts';
import { certificateAuthority } from '../support/certificates.ts';
import { CHAIN } from '../support/registries.ts';
import { TestLog } from '../support/tree.ts';
import { type Harness, TOKEN, callers, registry, startProxy } from './harness.ts';

const ca = certificateAuthority('Proxy CA');
const clients = certificateAuthority('Client CA');
const good = clients.issue('log-service');
const other = clients.issue('somebody else');
const entry = registry().signer('log-1')!;
const log = new TestLog(CHAIN);
let folder: string;
let plain: Harness;
let mutual: Harness;
let expired: Harness;
let elsewhere: Harness;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-tls-'));
  const server = ca.issue('127.0.0.1');
  const certified = [{ name: 'log-service', certificateSha256: good.fingerprint, allow: callers[0]!.allow }];
  plain = await startProxy(join(folder, 'plain'), {}, server, 'https');
  mutual = await startProxy(join(folder, 'mutual'), { callers: certified }, { ...server, clientCa: clients.cert }, 'https');
  elsewhere = await startProxy(join(folder, 'elsewhere'), {}, ca.issue('127.0.0.1', { elsewhere: true }), 'https');
  expired = await startProxy(join(folder, 'expired'), {}, ca.issue('127.0.0.1', { expired: true }), 'https');
});
afterAll(async () => {
  await Promise.all([plain, mutual, expired, elsewhere].map((one) => one.stop()));
  await rm(folder, { recursive: true });
});

async function attempt(url: string, tls: ProxyTls, token?: string): Promise<string> {
  const client = connectProxy({ url, tls, ...(token === undefined ? {} : { token }) });
  try {
    await client.marks.reserve(log.mark(1), []);
    const signature = await client.signer(entry).sign({ purpose: 'checkpoint', bytes: log.checkpoint(1) });
    return `signed, ${signature.length} bytes`;
  } catch (error) {
    return (error as { code: string }).code;
  } finally {
    client.close();
  }
}

describe('over HTTPS', () => {
  test('a proxy with a certificate of the CA signs', async () => {
    expect(await attempt(plain.url, { ca: ca.cert }, TOKEN)).toBe('signed, 64 bytes');
  });

  test('a proxy of another CA, an expired one and one for another name are not talked to', async () => {
    expect(await attempt(plain.url, { ca: clients.cert }, TOKEN)).toBe('ERR_BACKEND_TLS');
    expect(await attempt(plain.url, {}, TOKEN)).toBe('ERR_BACKEND_TLS');
    expect(await attempt(expired.url, { ca: ca.cert }, TOKEN)).toBe('ERR_BACKEND_TLS');
    expect(await attempt(elsewhere.url, { ca: ca.cert }, TOKEN)).toBe('ERR_BACKEND_TLS');
  });

  test('HTTP to an HTTPS port is no answer', async () => {
    expect(await attempt(plain.url.replace('https', 'http'), {}, TOKEN)).toBe('ERR_BACKEND_UNAVAILABLE');
  });

  test('nobody listening is unavailable', async () => {
    expect(await attempt('http://127.0.0.1:1', {}, TOKEN)).toBe('ERR_BACKEND_UNAVAILABLE');
  });
});

describe('over mutual TLS', () => {
  const tls = (identity?: { cert: string; key: string }): ProxyTls => ({
    ca: ca.cert,
    ...(identity === undefined ? {} : { cert: identity.cert, key: identity.key }),
  });

  test('a known certificate signs', async () => {
    expect(await attempt(mutual.url, tls(good))).toBe('signed, 64 bytes');
  });

  test('no certificate, an expired one and one of another CA get no connection', async () => {
    for (const identity of [undefined, clients.issue('log-service', { expired: true }), ca.issue('log-service')]) {
      expect(await attempt(mutual.url, tls(identity))).toMatch(/^ERR_BACKEND_(TLS|UNAVAILABLE)$/);
    }
  });

  test('a certificate of the CA that is nobody’s is nobody, whatever name it bears', async () => {
    expect(await attempt(mutual.url, tls(other))).toBe('ERR_BACKEND_DENIED');
    expect(await attempt(mutual.url, tls(clients.issue('log-service')))).toBe('ERR_BACKEND_DENIED');
  });
});

test('a token never leaves this machine in the clear', () => {
  expect(() => connectProxy({ url: 'http://signer.example.com', token: TOKEN })).toThrow(TypeError);
  expect(() => connectProxy({ url: 'https://me:secret@signer.example.com' })).toThrow(TypeError);
  expect(() => connectProxy({ url: 'ftp://signer.example.com' })).toThrow(TypeError);
});
