import { X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadTimestampRequest, openTimestampVerifier } from '../../src/node/timestamp/load.ts';
import { readTimestampRoots } from '../../src/node/timestamp/roots.ts';
import type { ReceivedTimestamp } from '../../src/node/timestamp/request.ts';
import { httpExchange } from '../../src/node/witness/http.ts';
import type { Report } from '../../src/verify/report.ts';
import { temporaryFolder } from '../support/database.ts';
import { archiveOf, chainOf, noteOf, treeOf } from '../verify/support/archive.ts';
import { inspect } from '../verify/support/source.ts';
import { TestAuthority, USAGES, opensslMissing, serveTsa } from './tsa.ts';

const missing = opensslMissing();
test.runIf(missing !== undefined)(`time stamps are not tested: ${missing}`, (context) => context.skip());

describe.runIf(missing === undefined)('time stamps by openssl', () => {
  const data = new TextEncoder().encode('example.com/log\n1\nroot\n');
  const folder = temporaryFolder();
  const exchange = httpExchange({ plain: true });
  let authority: TestAuthority;
  let server: Awaited<ReturnType<typeof serveTsa>>;
  let reply: (query: Uint8Array) => Uint8Array;
  let good: ReceivedTimestamp;

  const ask = async (
    changes: { policy?: string; now?: () => number; roots?: string; data?: Uint8Array } = {},
  ): Promise<ReceivedTimestamp> => {
    const { requestTimestamp } = await loadTimestampRequest();
    const { roots = 'root', now = Date.now, ...rest } = changes;
    return await requestTimestamp(exchange, { url: server.url, data, now, roots: readTimestampRoots(authority.pem(roots)), ...rest });
  };
  const by = (name: string, chain: readonly string[] = []) => {
    reply = (query) => authority.reply(query, name, chain);
  };

  beforeAll(async () => {
    authority = new TestAuthority(folder.path);
    by('tsa');
    server = await serveTsa((query) => reply(query));
    good = await ask();
  });
  afterAll(async () => {
    exchange.close();
    await server.close();
    folder.remove();
  });

  test('a stamp that was asked for holds, and openssl agrees', async () => {
    expect(good).toMatchObject({ authority: 'CN=Test tsa', policy: '1.2.3.4.1' });
    expect(Math.abs(Date.parse(good.time) - Date.now())).toBeLessThan(60_000);
    expect(Date.parse(good.latest) - Date.parse(good.time)).toBe(1000);
    const verifier = await openTimestampVerifier(`text\n${authority.pem('root')}`);
    expect(await verifier.verify(good.token, data)).toEqual({ ...good, token: undefined });
    writeFileSync(join(folder.path, 'data'), data);
    writeFileSync(join(folder.path, 'token'), good.token);
    expect(authority.openssl('ts', '-verify', '-token_in', '-in', 'token', '-data', 'data', '-CAfile', 'root.crt')).toContain('OK');
  });

  test('a chain over an intermediate authority is followed; without it, or with one that is no authority, it is not', async () => {
    authority.issue('middle', 'root', '', ['-days', '30'], 'critical,CA:TRUE,pathlen:0');
    authority.issue('below', 'middle', USAGES.good);
    by('below', ['middle']);
    expect((await ask()).authority).toBe('CN=Test below');
    by('below');
    await expect(ask()).rejects.toMatchObject({ code: 'ERR_TIMESTAMP_CERTIFICATE', actual: 'no issuer of CN=Test below' });
    authority.issue('plain', 'root', '');
    authority.issue('fake', 'plain', USAGES.good);
    by('fake', ['plain']);
    await expect(ask()).rejects.toMatchObject({ code: 'ERR_TIMESTAMP_CERTIFICATE' });
  });

  test('a reply to an earlier question is refused for its nonce', async () => {
    let kept: Uint8Array | undefined;
    reply = (query) => (kept ??= authority.reply(query));
    await ask();
    await expect(ask()).rejects.toMatchObject({ code: 'ERR_TIMESTAMP_NONCE' });
  });

  test('a policy is asked for, and another one refused', async () => {
    by('tsa');
    expect((await ask({ policy: '1.2.3.4.2' })).policy).toBe('1.2.3.4.2');
    await expect(ask({ policy: '9.9.9' })).rejects.toMatchObject({ code: 'ERR_TIMESTAMP_REFUSED', actual: 2 });
  });

  test('a clock that is far from ours is refused', async () => {
    await expect(ask({ now: () => Date.now() + 301_000 })).rejects.toMatchObject({ code: 'ERR_TIMESTAMP_TIME' });
  });

  test('a certificate that is not for time stamping alone is refused, though its root is pinned', async () => {
    const { checkChain } = await import('../../src/node/timestamp/chain.ts');
    const check = (name: string): void => {
      authority.issue(name, 'root', USAGES[name as keyof typeof USAGES]);
      checkChain(new X509Certificate(authority.pem(name)), [], readTimestampRoots(authority.pem('root')), new Date());
    };
    check('good');
    for (const name of ['mild', 'both'])
      expect(() => check(name)).toThrowError(
        expect.objectContaining({ code: 'ERR_TIMESTAMP_CERTIFICATE', expected: 'the extended key usage timeStamping, critical and alone' }),
      );
  });

  test('another certificate of the same key does not take the place of the one that signed', async () => {
    authority.openssl('x509', '-req', '-in', 'tsa.csr', '-CA', 'root.crt', '-CAkey', 'root.key', '-out', 'twin.crt', '-days', '30', '-extfile', 'tsa.ext'); // prettier-ignore
    const swapped = await withCertificate(good.token, authority.pem('twin'));
    await expect((await openTimestampVerifier(authority.pem('root'))).verify(swapped, data)).rejects.toMatchObject({
      code: 'ERR_TIMESTAMP_CERTIFICATE',
      field: 'signing-certificate attribute',
    });
  });

  test('a chain that had expired at the time, or leads to another root, is refused', async () => {
    authority.issue('old', 'root', USAGES.good, ['-days', '-1']);
    by('old');
    await expect(ask()).rejects.toMatchObject({
      code: 'ERR_TIMESTAMP_CERTIFICATE',
      expected: expect.stringContaining('valid at') as string,
    });
    authority.root('other');
    by('tsa');
    await expect(ask({ roots: 'other' })).rejects.toMatchObject({ code: 'ERR_TIMESTAMP_CERTIFICATE', actual: 'no issuer of CN=Test tsa' });
  });

  test('a stamp of the signed note attests the time; one of its text is told for what it shows and attests nothing', async () => {
    by('tsa');
    const records = chainOf(3);
    const note = utf8Encode(await noteOf(treeOf(records)));
    const text = note.subarray(0, new TextDecoder().decode(note).indexOf('\n\n') + 1);
    const timestamps = await openTimestampVerifier(authority.pem('root'));
    const judged = async (of: Uint8Array): Promise<Report> => {
      const { token } = await ask({ data: of });
      const files = await archiveOf(records, [3]);
      const manifest = [...files.keys()].find((path) => path.endsWith('.manifest.json'))!;
      files.set(manifest.replace('.manifest.json', `.${defaultEngine.sha256Hex(token).slice(0, 16)}.timestamp`), token);
      return await inspect(files, { timestamps });
    };
    expect(await judged(note)).toMatchObject({ exitCode: 0, axes: { time: 'attested' }, findings: [] });
    const told = await judged(text);
    expect(told).toMatchObject({ exitCode: 0, axes: { time: 'asserted' }, findings: [{ code: 'TIMESTAMP_TEXT', field: 'checkpoint' }] });
    expect(told.findings[0]!.actual).toMatch(/^20\d\d-.*Z by CN=Test tsa$/);
    expect(await judged(data)).toMatchObject({ exitCode: 0, axes: { time: 'asserted' }, findings: [{ code: 'TIMESTAMP_INVALID' }] });
  });

  test('a stamp of other bytes, and a token that was put in its place, are refused', async () => {
    const verifier = await openTimestampVerifier(authority.pem('root'));
    const other = new TextEncoder().encode('example.com/log\n2\nroot\n');
    await expect(verifier.verify(good.token, other)).rejects.toMatchObject({ code: 'ERR_TIMESTAMP_IMPRINT' });
  });

  test('every byte of a token counts, or is refused by code', async () => {
    const verifier = await openTimestampVerifier(authority.pem('root'));
    const unnoticed: number[] = [];
    for (let i = 0; i < good.token.length; i += 31) {
      const bytes = good.token.slice();
      bytes[i]! ^= 1;
      const result = await verifier.verify(bytes, data).catch((error: { code?: string }) => error.code ?? 'none');
      if (typeof result !== 'string') unnoticed.push(i);
      else expect(result).toMatch(/^ERR_TIMESTAMP_/);
    }
    // Algorithm parameters and the version of signed data are not signed; no time and no name is among them.
    expect(unnoticed.length).toBeLessThan(5);
  });

  test('what is no token is refused by code', async () => {
    const verifier = await openTimestampVerifier(authority.pem('root'));
    const deep = new Uint8Array(60_000).fill(0x30);
    for (const bytes of [new Uint8Array(0), Uint8Array.of(0x30, 0x80), deep, new Uint8Array(70_000), good.token.slice(0, -1)])
      await expect(verifier.verify(bytes, data)).rejects.toMatchObject({ code: 'ERR_TIMESTAMP_REPLY' });
    expect(() => readTimestampRoots('no certificate')).toThrowError(expect.objectContaining({ code: 'ERR_TIMESTAMP_ROOTS' }));
  });
});

/** A token with this certificate instead of its own: the signature holds for the same key. */
async function withCertificate(token: Uint8Array, pem: string): Promise<Uint8Array> {
  const { fromBER } = await import('asn1js');
  const { Certificate, ContentInfo, IssuerAndSerialNumber, SignedData } = await import('pkijs');
  const content = new ContentInfo({ schema: fromBER(token.slice()).result });
  const signed = new SignedData({ schema: content.content });
  const der = Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64');
  const certificate = new Certificate({ schema: fromBER(new Uint8Array(der)).result });
  signed.certificates = [certificate];
  signed.signerInfos[0]!.sid = new IssuerAndSerialNumber({ issuer: certificate.issuer, serialNumber: certificate.serialNumber });
  content.content = signed.toSchema(true);
  return new Uint8Array(content.toSchema().toBER());
}
