import { generateKeyPairSync, sign } from 'node:crypto';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { JsonObject } from '@countersign/proof-core/json/value';
import type { KeyEntry, Signer } from '@countersign/proof-core/ports';
import { connectProxy } from '../../src/node/proxy/client.ts';
import type { DialectName } from '../../src/node/proxy/dialect.ts';
import { localSigner } from '../../src/node/local-signer.ts';
import { signP256, signPkcs1 } from '../kms/sign-digest.ts';
import { rsaKey, seededKey, seededSigner } from '../support/keys.ts';
import { registry } from './harness.ts';

const edwards = registry().signer('log-1')!;
const rsaEntry: KeyEntry = { ...edwards, kid: 'rsa-1', algorithm: 'RS256', key: localSigner('rsa-1', rsaKey(), 'RS256').publicKey };
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const p256Entry: KeyEntry = { ...edwards, kid: 'ec-1', algorithm: 'ES256', key: localSigner('ec-1', p256).publicKey };
const bytes = new TextEncoder().encode('what is signed');

const signEd = (data: unknown): Buffer => sign(null, Buffer.from(String(data), 'base64'), seededKey('log-1'));
const digest = (hex: unknown): Buffer => Buffer.from(String(hex), 'hex');

/** What proxies of each dialect answer, as they were found. */
const answers: Record<string, (body: Record<string, unknown>) => JsonObject> = {
  '/hash/sign': ({ hash }) => ({
    signature: signPkcs1(rsaKey(), digest(hash)).toString('base64'),
    signer_kid: 'rsa-1',
    ts: '2025-11-20T00:00:00Z',
  }),
  '/digest-hex/sign': ({ digest_hex, algorithm }) => ({
    signature: signPkcs1(rsaKey(), digest(digest_hex)).toString('hex'),
    signer_kid: 'rsa-1',
    algorithm: algorithm as string,
  }),
  '/data/sign': ({ data, kid }) => ({ signature: signEd(data).toString('base64url'), kid: kid as string }),
  '/payload-b64/sign': ({ payload_b64 }) => ({ signature_b64: signEd(payload_b64).toString('base64'), signer_id: 'log-1' }),
  '/sign-hash/sign/hash': ({ digest_hex }) => ({
    kid: 'ec-1',
    alg: 'ES256',
    signature: signP256(p256, digest(digest_hex)).toString('base64'),
  }),
  '/sign-data/signData': ({ data }) => ({ signature: signEd(data).toString('base64') }),
  '/wrong-kid/sign': ({ data }) => ({ signature: signEd(data).toString('base64'), kid: 'log-2' }),
  '/wrong-length/sign': () => ({ signature: 'AAAA', kid: 'log-1' }),
  '/no-signature/sign': () => ({ kid: 'log-1' }),
  '/long/sign': () => ({ signature: 'A'.repeat(70_000), kid: 'log-1' }),
};

let server: Server;
let url: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const path = request.url!;
      const status = /^\/status-(\d+)\//.exec(path)?.[1];
      if (status !== undefined) {
        response.writeHead(Number(status), { location: '/elsewhere', 'content-type': 'text/html' }).end('<html>a page of a gateway</html>');
        return;
      }
      if (path.startsWith('/hang/')) return;
      if (path.startsWith('/no-json/')) {
        response.end('<html></html>');
        return;
      }
      const answer = answers[path];
      if (answer === undefined) response.writeHead(404).end('{}');
      else response.end(JSON.stringify(answer(JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>)));
    });
  });
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function open(path: string, dialect: DialectName, entry: KeyEntry): Signer {
  return connectProxy({ url: `${url}/${path}`, dialect }).signer(entry);
}

describe('a proxy of the dialect', () => {
  test.each<[DialectName, KeyEntry]>([
    ['hash', rsaEntry],
    ['digest-hex', rsaEntry],
    ['data', edwards],
    ['payload-b64', edwards],
    ['sign-hash', p256Entry],
    ['sign-data', edwards],
  ])('%s gives a signature of ours', async (dialect, entry) => {
    const signature = await open(dialect, dialect, entry).sign({ purpose: 'license', bytes });
    expect(await defaultEngine.verify(entry.key, bytes, signature)).toBe(true);
  });

  test.each<DialectName>(['hash', 'digest-hex', 'sign-hash'])('%s is refused for Ed25519, which signs bytes and no digest', (dialect) => {
    expect(() => open(dialect, dialect, edwards)).toThrow(TypeError);
  });
});

describe('an answer is refused', () => {
  test.each([
    ['for another key', 'wrong-kid', 'ERR_BACKEND_REPLY'],
    ['with a signature of another length', 'wrong-length', 'ERR_BACKEND_REPLY'],
    ['without a signature', 'no-signature', 'ERR_BACKEND_REPLY'],
    ['that does not end', 'long', 'ERR_BACKEND_REPLY'],
    ['that is no JSON', 'no-json', 'ERR_BACKEND_REPLY'],
    ['that sends us elsewhere', 'status-302', 'ERR_BACKEND_REPLY'],
    ['with status 400', 'status-400', 'ERR_BACKEND_REFUSED'],
    ['with status 401', 'status-401', 'ERR_BACKEND_DENIED'],
    ['with status 403', 'status-403', 'ERR_BACKEND_DENIED'],
    ['with status 429', 'status-429', 'ERR_BACKEND_THROTTLED'],
    ['with status 502', 'status-502', 'ERR_BACKEND_UNAVAILABLE'],
  ])('%s', async (_, path, code) => {
    await expect(open(path, 'data', edwards).sign({ purpose: 'license', bytes })).rejects.toMatchObject({ code });
  });
});

test('a request ends when its caller does', async () => {
  const controller = new AbortController();
  const work = open('data', 'data', edwards).sign({ purpose: 'license', bytes, signal: controller.signal });
  controller.abort(new Error('no longer wanted'));
  await expect(work).rejects.toThrow('no longer wanted');
});

test('a proxy that never answers is given up', async () => {
  const client = connectProxy({ url: `${url}/hang`, timeoutMilliseconds: 20 });
  await expect(client.marks.read('example.com/audit')).rejects.toMatchObject({ code: 'ERR_BACKEND_DEADLINE' });
  expect(await client.health()).toEqual({ ok: false });
  client.close();
});

test('the local signer and the proxy give one signature', async () => {
  const signature = await open('data', 'data', edwards).sign({ purpose: 'license', bytes });
  expect(signature).toEqual(await seededSigner('log-1').sign({ purpose: 'license', bytes }));
});
