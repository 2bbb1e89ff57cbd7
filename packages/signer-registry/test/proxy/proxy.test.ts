import { request as httpRequest } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { base64Encode, base64urlEncode } from '@countersign/proof-core/bytes/base64';
import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { DOCUMENT_TYPES } from '@countersign/proof-core/document/types';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import { canonicalize } from '@countersign/proof-core/json/canonicalize';
import type { Signer } from '@countersign/proof-core/ports';
import { type ProxyClient, connectProxy } from '../../src/node/proxy/client.ts';
import { createProxy } from '../../src/node/proxy/service.ts';
import { probeSigner } from '../../src/signer/probe.ts';
import { formatStatement } from '../../src/signer/statement.ts';
import { wrapSigner } from '../../src/signer/wrap.ts';
import { publicKeyOf, seededSigner } from '../support/keys.ts';
import { CHAIN, T } from '../support/registries.ts';
import { TestLog } from '../support/tree.ts';
import { type Harness, TOKEN, callers, registry, startProxy } from './harness.ts';

let folder: string;
let count = 0;
const open: (() => unknown)[] = [];
const log = new TestLog(CHAIN);
const fork = new TestLog(CHAIN, 'forged');
const entry = registry().signer('log-1')!;
const license = registry().signer('license-1')!;
const licenseInput = utf8Encode(
  `${base64urlEncode(canonicalize({ alg: 'Ed25519', kid: 'license-1', typ: DOCUMENT_TYPES.license }))}.${base64urlEncode(canonicalize({ sku: 'a' }))}`,
);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-proxy-'));
});
afterAll(async () => {
  await Promise.all(open.map((close) => close()));
  await rm(folder, { recursive: true });
});

async function start(parts: Parameters<typeof startProxy>[1] = {}): Promise<Harness & { client: ProxyClient; signer: Signer }> {
  const harness = await startProxy(join(folder, String(count++)), parts);
  const client = connectProxy({ url: harness.url, token: TOKEN });
  open.push(
    () => client.close(),
    () => harness.stop(),
  );
  return { ...harness, client, signer: client.signer(entry) };
}

/** One raw request, to say what no client of ours says. */
function raw(
  url: string,
  method: string,
  path: string,
  body = '',
  headers: Record<string, string> = {},
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(new URL(path, url), { method, headers: { authorization: `Bearer ${TOKEN}`, ...headers } }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve({ status: response.statusCode!, text }));
    });
    request.on('error', reject);
    request.end(body);
  });
}

const signCheckpoint = (signer: Signer, bytes: Uint8Array): Promise<Uint8Array> => signer.sign({ purpose: 'checkpoint', bytes });

describe('a signing proxy', () => {
  test('signs a reserved checkpoint, proves its key, and logs every signature before it hands it over', async () => {
    const { client, signer, events } = await start();
    await probeSigner(signer, entry);
    await client.marks.reserve(log.mark(3), []);
    const signature = await signCheckpoint(signer, log.checkpoint(3));
    expect(await defaultEngine.verify(entry.key, log.checkpoint(3), signature)).toBe(true);
    expect(events).toHaveLength(2);
    expect(events[0]).toMatchObject({
      type: 'signature.made',
      actor: 'caller:log-service',
      subject: 'log-1',
      payload: { content: { kind: 'probe' } },
    });
    expect(events[1]).toMatchObject({
      payload: {
        bytes: defaultEngine.sha256Hex(log.checkpoint(3)),
        content: { kind: 'checkpoint', origin: CHAIN, size: 3 },
        kid: 'log-1',
        purpose: 'checkpoint',
        registry: { version: 1 },
        signature: defaultEngine.sha256Hex(signature),
      },
    });
    expect((await client.publicKey('log-1')).thumbprint).toBe(publicKeyOf('log-1').thumbprint);
    expect(await client.health()).toEqual({ ok: true });
  });

  test('signs documents for those who may', async () => {
    const { url } = await start();
    const shop = connectProxy({ url, token: 'shop-token' });
    open.push(() => shop.close());
    const signature = await shop.signer(license).sign({ purpose: 'license', bytes: licenseInput });
    expect(await defaultEngine.verify(license.key, licenseInput, signature)).toBe(true);
  });

  test('refuses what does not continue what it has signed, whoever asks and in whatever order', async () => {
    const { client, signer } = await start();
    await expect(signCheckpoint(signer, log.checkpoint(3))).rejects.toMatchObject({ code: 'ERR_SIGN_MARK' });
    expect(await client.marks.read(CHAIN)).toBeUndefined();
    await client.marks.reserve(log.mark(3), []);
    expect(await client.marks.read(CHAIN)).toEqual(log.mark(3));
    await signCheckpoint(signer, log.checkpoint(3));
    // The same again is allowed: the first answer may have been lost.
    await client.marks.reserve(log.mark(3), []);
    await signCheckpoint(signer, log.checkpoint(3));
    await client.marks.reserve(log.mark(8), log.proof(3, 8));
    for (const bytes of [log.checkpoint(3), log.checkpoint(9), fork.checkpoint(8)]) {
      await expect(signCheckpoint(signer, bytes)).rejects.toMatchObject({ code: 'ERR_SIGN_MARK' });
    }
    await expect(client.marks.reserve(log.mark(2), [])).rejects.toMatchObject({ code: 'ERR_SIGN_MARK' });
    await expect(client.marks.reserve(fork.mark(9), fork.proof(8, 9))).rejects.toMatchObject({ code: 'ERR_SIGN_MARK' });
    expect(await signCheckpoint(signer, log.checkpoint(8))).toHaveLength(64);
  });

  test('lets nobody use what is not his, and does not say what there is', async () => {
    const { client, url, events } = await start();
    const stranger = connectProxy({ url, token: 'guess' });
    const nobody = connectProxy({ url });
    open.push(
      () => stranger.close(),
      () => nobody.close(),
    );
    for (const other of [stranger, nobody]) {
      await expect(other.signer(entry).sign({ purpose: 'checkpoint', bytes: log.checkpoint(1) })).rejects.toMatchObject({
        code: 'ERR_BACKEND_DENIED',
      });
      await expect(other.publicKey('log-1')).rejects.toMatchObject({ code: 'ERR_BACKEND_DENIED' });
      await expect(other.marks.reserve(log.mark(1), [])).rejects.toMatchObject({ code: 'ERR_BACKEND_DENIED' });
    }
    await expect(client.signer(license).sign({ purpose: 'license', bytes: licenseInput })).rejects.toMatchObject({
      code: 'ERR_BACKEND_DENIED',
    });
    await expect(client.signer(entry).sign({ purpose: 'segment', bytes: licenseInput })).rejects.toMatchObject({
      code: 'ERR_BACKEND_DENIED',
    });
    const foreign = new TestLog('example.com/other');
    await expect(client.marks.reserve(foreign.mark(1), [])).rejects.toMatchObject({ code: 'ERR_BACKEND_DENIED' });
    const there = await raw(url, 'GET', '/v1/keys/license-1');
    const absent = await raw(url, 'GET', '/v1/keys/license-9');
    expect([there.status, absent.status]).toEqual([403, 403]);
    expect(there.text.replace('license-1', 'K')).toBe(absent.text.replace('license-9', 'K'));
    expect(events).toEqual([]);
  });

  test('reads what it signs: a license key signs no checkpoint, a log key nothing but its chain', async () => {
    const { url, signer, events } = await start();
    const shop = connectProxy({ url, token: 'shop-token' });
    open.push(() => shop.close());
    await expect(shop.signer(license).sign({ purpose: 'license', bytes: log.checkpoint(1) })).rejects.toMatchObject({
      code: 'ERR_SIGN_CONTENT',
    });
    await expect(signCheckpoint(signer, licenseInput)).rejects.toMatchObject({ code: 'ERR_SIGN_CONTENT' });
    const foreign = new TestLog('example.com/other');
    await expect(signCheckpoint(signer, foreign.checkpoint(1))).rejects.toMatchObject({ code: 'ERR_SIGN_CHAIN' });
    const probe = formatStatement({ type: 'probe', kid: 'license-1', nonce: '0'.repeat(64) });
    await expect(signCheckpoint(signer, probe)).rejects.toMatchObject({ code: 'ERR_SIGN_CONTENT' });
    expect(events).toEqual([]);
  });

  test('obeys the registry: a revoked key signs no more', async () => {
    let known = registry();
    const { client, signer } = await start({ registry: () => known });
    await client.marks.reserve(log.mark(1), []);
    await signCheckpoint(signer, log.checkpoint(1));
    known = registry({ status: 'revoked', revoked: { at: T(9), reason: 'stolen' } });
    await expect(signCheckpoint(signer, log.checkpoint(1))).rejects.toMatchObject({ code: 'ERR_SIGN_STATUS' });
  });

  test('hands over no signature that it could not log, and none that does not verify', async () => {
    let down = true;
    const { client, signer } = await start({
      log: { append: () => (down ? Promise.reject(new Error('disk full')) : Promise.resolve({ seq: 0, id: 'id' })) },
    });
    await client.marks.reserve(log.mark(1), []);
    await expect(signCheckpoint(signer, log.checkpoint(1))).rejects.toMatchObject({ code: 'ERR_BACKEND_UNAVAILABLE' });
    down = false;
    expect(await signCheckpoint(signer, log.checkpoint(1))).toHaveLength(64);

    const liar = await start({ signers: [wrapSigner(seededSigner('log-1'), () => Promise.resolve(new Uint8Array(64)))] });
    await liar.client.marks.reserve(log.mark(1), []);
    await expect(signCheckpoint(liar.signer, log.checkpoint(1))).rejects.toMatchObject({ code: 'ERR_BACKEND_UNAVAILABLE' });
    expect(liar.events).toEqual([]);
    expect(await liar.client.health()).toEqual({ ok: false });
  });

  test('gives two who fork at once one signature between them', async () => {
    const { client, signer } = await start();
    await client.marks.reserve(log.mark(1), []);
    const attempts = await Promise.allSettled(
      [log, fork].map(async (one) => {
        await client.marks.reserve(one.mark(2), one.proof(1, 2));
        return signCheckpoint(signer, one.checkpoint(2));
      }),
    );
    // Whichever of them comes first.
    expect(attempts.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  });

  test.each<[string, string, string, string, number]>([
    ['no JSON', 'POST', '/v1/sign', '{', 400],
    ['a member twice', 'POST', '/v1/sign', '{"kid":"a","kid":"b"}', 400],
    ['a member too many', 'POST', '/v1/sign', '{"bytes":"","kid":"log-1","purpose":"checkpoint","x":1}', 400],
    ['an unknown purpose', 'POST', '/v1/sign', '{"bytes":"","kid":"log-1","purpose":"anything"}', 400],
    ['lax base64', 'POST', '/v1/sign', '{"bytes":"AA","kid":"log-1","purpose":"checkpoint"}', 400],
    ['too much', 'POST', '/v1/sign', ' '.repeat(20_000), 400],
    [
      'too much to sign',
      'POST',
      '/v1/sign',
      JSON.stringify({ bytes: base64Encode(new Uint8Array(4097)), kid: 'log-1', purpose: 'checkpoint' }),
      422,
    ],
    ['a root of another length', 'POST', '/v1/marks', `{"origin":"${CHAIN}","proof":[],"root":"AA==","size":1}`, 400],
    ['size 0', 'POST', '/v1/marks', `{"origin":"${CHAIN}","proof":[],"root":"${base64Encode(new Uint8Array(32))}","size":0}`, 400],
    ['a proof without end', 'POST', '/v1/marks', `{"origin":"${CHAIN}","proof":[${Array(65).fill('""').join()}],"root":"","size":1}`, 400],
    ['a broken path', 'GET', '/v1/keys/%ff', '', 400],
    ['another path', 'GET', '/v2/sign', '', 404],
    ['another method', 'GET', '/v1/sign', '', 404],
  ])('answers %s with a status and a code', async (_, method, path, body, status) => {
    const { url, events } = await start();
    const answer = await raw(url, method, path, body);
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text)).toMatchObject({ error: { code: expect.stringMatching(/^ERR_/) } });
    expect(events).toEqual([]);
  });

  test('says nothing of what went wrong inside', async () => {
    const { url } = await start({ marks: { read: () => Promise.reject(new Error('password=secret')), reserve: () => Promise.resolve() } });
    const body = JSON.stringify({ bytes: base64Encode(log.checkpoint(1)), kid: 'log-1', purpose: 'checkpoint' });
    const answer = await raw(url, 'POST', '/v1/sign', body);
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain('secret');
  });

  test('looks at its keys at most once in ten seconds, however often it is asked', async () => {
    let calls = 0;
    const counting = wrapSigner(seededSigner('log-1'), (request) => {
      calls++;
      return seededSigner('log-1').sign(request);
    });
    const { client } = await start({ signers: [counting] });
    for (let i = 0; i < 3; i++) expect(await client.health()).toEqual({ ok: true });
    expect(calls).toBe(1);
  });
});

test('a proxy does not start with callers that anybody could be', () => {
  const parts = { registry, signers: [], marks: undefined as never, log: undefined as never, clock: { now: Date.now } };
  const one = callers[0]!;
  for (const bad of [
    [{ name: 'a', allow: [] }],
    [one, one],
    [one, { ...one, name: 'b' }],
    [{ ...one, tokenSha256: 'secret' }],
    [{ ...one, name: 'a b' }],
  ]) {
    expect(() => createProxy({ ...parts, callers: bad })).toThrow(TypeError);
  }
  expect(() => createProxy({ ...parts, callers, signers: [seededSigner('a'), seededSigner('a')] })).toThrow(TypeError);
});
