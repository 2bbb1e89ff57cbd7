// Signers that are not files: a signing proxy that follows its registry, a KMS that lies, keys that are away.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { generateKeyFile } from '@countersign/signer-registry/node/local-signer';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FakeKms } from '../../packages/signer-registry/test/kms/fake-kms.ts';
import { readProxyConfig } from '../../packages/verify-cli/src/node/audit-signers/proxy/config.ts';
import { type RunningProxy, startProxy } from '../../packages/verify-cli/src/node/audit-signers/proxy/proxy.ts';
import { type Result, Workplace, makeLog } from './commands.ts';

const CHAIN = 'example.com/audit';
const TOKEN = 'test-token-of-the-log-service';

interface Verified {
  readonly counts: { readonly records: number };
  readonly findings: readonly unknown[];
}

describe('logs signed elsewhere', () => {
  let place: Workplace;
  let kms: FakeKms;
  let proxy: RunningProxy;
  let env: Record<string, string>;
  const append = (signer: string) =>
    place.line('audit-chain append log --type order.created --actor user:7f3a', { ...env, AUDIT_SIGNER: signer });
  /** The signers of a command's environment are those of this process while a log is made. */
  async function makeLogWith(signer: string, chain: string): Promise<void> {
    const saved = { ...process.env };
    Object.assign(process.env, env);
    try {
      await makeLog(place, chain, signer, 'other');
    } finally {
      for (const name of Object.keys(env)) delete process.env[name];
      Object.assign(process.env, saved);
    }
  }
  const verdict = async (): Promise<unknown> => JSON.parse((await place.ok('audit-verify log -s signers.json --json')).out);

  beforeAll(async () => {
    kms = await new FakeKms().start();
    place = new Workplace();
    env = {
      AWS_ENDPOINT_URL_KMS: kms.url,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      SIGNING_PROXY_API_KEY: TOKEN,
    };
    await place.ok('audit-signers init --new-root root-1=root-1.key');
    await place.ok(`audit-signers add log-1 --new-key log-1.key --purpose checkpoint --chain ${CHAIN} --active --key root-1.key`);
    await place.ok(
      'audit-signers add own-1 --new-key own-1.key --purpose checkpoint --chain proxy.example.com/signatures --active --key root-1.key',
    );
    await makeLog(place, CHAIN, `file:${place.at('log-1.key')}`);
    await makeLog(place, 'proxy.example.com/signatures', `file:${place.at('own-1.key')}`, 'proxy-log');
    await generateKeyFile(place.at('log-2.key'), 'log-2');
  });
  afterAll(async () => {
    await proxy?.close();
    place.remove();
    await kms.stop();
  });

  test('a key behind a proxy: seen, registered, rehearsed, then it signs under the mark so far', async () => {
    const config = {
      listen: '127.0.0.1:0',
      registry: 'signers.json',
      signers: ['file:log-2.key'],
      callers: [
        {
          name: 'log-service',
          token_sha256: createHash('sha256').update(TOKEN).digest('hex'),
          allow: [{ kid: 'log-2', purposes: ['checkpoint'] }],
        },
      ],
      marks: 'marks',
      log: 'proxy-log',
    };
    writeFileSync(place.at('proxy.json'), JSON.stringify(config));
    expect((await place.ok('audit-signers proxy proxy.json --dry-run')).out).toContain('nothing wrong');
    proxy = await startProxy(await readProxyConfig(place.at('proxy.json')));
    const uri = `proxy+${proxy.url}#log-2`;
    const named = { ...env, SIGNING_PROXY_URL: proxy.url };
    expect(
      (
        await place.line('audit-signers rotate log-1 --to log-2 --from-proxy log-2 --key root-1.key', {
          ...named,
          SIGNING_PROXY_API_KEY: 'other',
        })
      ).code,
    ).toBe(14);
    await place.ok('audit-signers rotate log-1 --to log-2 --from-proxy log-2 --key root-1.key', named);
    await proxy.refresh();
    await place.ok(`audit-signers rotate log-1 --to log-2 --rehearse --signer ${uri}`, env);
    expect((await append(uri)).code).toBe(11);
    await place.ok('audit-signers activate log-2 --key root-1.key');
    await proxy.refresh();
    expect((await place.line('audit-signers doctor', env)).code).toBe(0);
    const both = await append(`file:log-1.key,${uri}`);
    expect({ code: both.code, err: both.err }).toEqual({ code: 0, err: '' });
    expect(await verdict()).toMatchObject({ findings: [], checkpoint: { kids: ['log-1', 'log-2'] } });
    await place.ok('audit-signers retire log-1 --key root-1.key');
    expect((await append(uri)).code).toBe(0);
    await proxy.close();
    // Every signature is in the proxy's own chain.
    const own = JSON.parse((await place.ok('audit-verify proxy-log -s signers.json --json')).out) as Verified;
    expect(own.counts.records).toBeGreaterThan(5);
  });

  test('a proxy that is away signs nothing, and the log stays as it was', async () => {
    const before = readFileSync(place.at('signers.json'), 'utf8');
    const { code, err } = await append(`proxy+${proxy.url}#log-2`);
    expect({ code, err }).toEqual({ code: 14, err: expect.stringMatching(/^ERR_(MARK_STORE|BACKEND_UNAVAILABLE)/) as string });
    expect((await place.line('audit-signers doctor', env)).code).toBe(14);
    expect(readFileSync(place.at('signers.json'), 'utf8')).toBe(before);
  });

  test('a KMS that lies, at start or later, settles nothing wrong; when it is well again, what waited is signed', async () => {
    const [arn, chain] = [kms.createKey('ECC_NIST_EDWARDS25519'), 'example.com/other'];
    await place.ok(`audit-signers add log-3 --from-kms ${arn} --purpose checkpoint --chain ${chain} --active --key root-1.key`, env);
    await makeLogWith(`awskms:${arn}`, chain);
    const settle = (): Promise<Result> => place.line('audit-chain append other --type order.created --actor user:7f3a', env);
    kms.fail('lie');
    const first = await settle();
    expect({ code: first.code, err: first.err }).toEqual({ code: 11, err: expect.stringContaining('ERR_SIGNER_OUTPUT') as string });
    const honest = undefined as never;
    kms.fail(honest, 'lie');
    const second = await settle();
    expect({ code: second.code, err: second.err }).toEqual({ code: 11, err: expect.stringContaining('ERR_SIGNER_WRONG') as string });
    expect((await settle()).code).toBe(0);
    const { counts, findings } = JSON.parse((await place.ok('audit-verify other -s signers.json --json')).out) as Verified;
    expect({ records: counts.records, findings }).toEqual({ records: 3, findings: [] });
  });
});
