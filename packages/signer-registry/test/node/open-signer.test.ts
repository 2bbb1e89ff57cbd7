import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generateKeyFile, loadLocalSigner } from '../../src/node/local-signer.ts';
import { inspectSigning, requireSigning } from '../../src/node/production/check.ts';
import { readSigningSettings } from '../../src/node/production/settings.ts';
import { openSigner } from '../../src/node/signer/open.ts';
import { parseSignerUri } from '../../src/node/signer/uri.ts';
import { makeSigner } from '../../src/registry/make.ts';
import type { Registry } from '../../src/registry/registry.ts';
import { wrapSigner } from '../../src/signer/wrap.ts';
import { startProxy, TOKEN } from '../proxy/harness.ts';
import { seededSigner } from '../support/keys.ts';
import { CHAIN, logSigner, parse, sample, T } from '../support/registries.ts';
import { TestLog } from '../support/tree.ts';

let folder: string;
let registry: Registry;
const now = Date.parse(T(10));
const clock = { now: () => now };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-open-'));
  const { publicKey } = await generateKeyFile(join(folder, 'dev.key'), 'dev-log');
  const dev = makeSigner({
    kid: 'dev-log',
    publicKey,
    purposes: ['checkpoint', 'segment'],
    chains: [CHAIN],
    validFrom: T(0),
    backend: 'file',
    operator: 'dev',
  });
  registry = parse({ ...sample(), signers: [...sample().signers, dev] });
});
afterAll(() => rm(folder, { recursive: true }));

describe('a signer URI', () => {
  test.each([
    ['file:keys/log.key', { kind: 'file', path: 'keys/log.key' }],
    ['awskms:arn:aws:kms:eu-west-1:111122223333:key/1', { kind: 'kms', arn: 'arn:aws:kms:eu-west-1:111122223333:key/1' }],
    ['proxy+https://signer.example.com/base#log-1', { kind: 'proxy', url: 'https://signer.example.com/base', kid: 'log-1' }],
    ['pkcs11:log-1', { kind: 'pkcs11', label: 'log-1' }],
  ])('%s is read', (uri, expected) => {
    expect(parseSignerUri(uri)).toEqual(expected);
  });

  test.each([
    '',
    'file:',
    'log.key',
    'vault:x',
    'awskms:alias/log',
    'awskms:arn:aws:kms:eu-west-1:1:alias/log',
    'proxy+https://x',
    'proxy+ftp://x#k',
    'proxy+https://x#a#b',
  ])('%j is refused', (uri) => {
    expect(() => parseSignerUri(uri)).toThrow(expect.objectContaining({ code: 'ERR_SIGNER_URI' }));
  });

  test('is refused without showing what it may hold', () => {
    expect(() => parseSignerUri('https://me:secret@x')).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('secret') }),
    );
  });
});

describe('opening a signer', () => {
  const log = new TestLog(CHAIN);

  test('gives a local key under its registry', async () => {
    const signer = await openSigner(`file:${join(folder, 'dev.key')}`, { registry: () => registry, clock });
    expect(await signer.sign({ purpose: 'checkpoint', bytes: log.checkpoint(1) })).toHaveLength(64);
    const other = new TestLog('example.com/other');
    await expect(signer.sign({ purpose: 'checkpoint', bytes: other.checkpoint(1) })).rejects.toMatchObject({ code: 'ERR_SIGN_CHAIN' });
  });

  test('refuses a key that is not in the registry', async () => {
    await generateKeyFile(join(folder, 'stray.key'), 'stray');
    await expect(openSigner(`file:${join(folder, 'stray.key')}`, { registry: () => registry, clock })).rejects.toMatchObject({
      code: 'ERR_SIGN_KEY',
    });
    await generateKeyFile(join(folder, 'twin.key'), 'dev-log');
    await expect(openSigner(`file:${join(folder, 'twin.key')}`, { registry: () => registry, clock })).rejects.toMatchObject({
      code: 'ERR_BACKEND_KEY',
    });
  });

  test('gives a key behind a signing proxy, proven, and closes its connections', async () => {
    const proxy = await startProxy(join(folder, 'marks'));
    const uri = `proxy+${proxy.url}#log-1`;
    const signer = await openSigner(uri, { registry: () => registry, clock, proxy: { token: TOKEN } });
    await expect(signer.sign({ purpose: 'checkpoint', bytes: log.checkpoint(1) })).rejects.toMatchObject({ code: 'ERR_SIGN_MARK' });
    await signer.close?.();
    await expect(openSigner(uri, { registry: () => registry, clock, proxy: { token: 'guess' } })).rejects.toMatchObject({
      code: 'ERR_BACKEND_DENIED',
    });
    await expect(openSigner(`${uri}-none`, { registry: () => registry, clock })).rejects.toMatchObject({ code: 'ERR_SIGN_KEY' });
    await proxy.stop();
    const dead = { registry: () => registry, clock, proxy: { token: TOKEN }, resilience: { retry: { attempts: 1 } } };
    await expect(openSigner(uri, dead)).rejects.toMatchObject({ code: 'ERR_BACKEND_UNAVAILABLE' });
  });

  test('needs a module for PKCS#11', async () => {
    const known = parse({ ...sample(), signers: [...sample().signers.slice(0, 3), logSigner('log-1', { backend: 'pkcs11:log' })] });
    await expect(openSigner('pkcs11:log', { registry: () => known, clock })).rejects.toMatchObject({ code: 'ERR_SIGNER_PACKAGE' });
    const signer = await openSigner('pkcs11:log', { registry: () => known, clock, pkcs11: () => Promise.resolve(seededSigner('log-1')) });
    expect(signer.kid).toBe('log-1');
  });
});

describe('the environment of a service', () => {
  test('says what it demands; a typing mistake switches no guard off', () => {
    expect(readSigningSettings({})).toEqual({ production: false, requireKms: false, requireSigningProxy: false, warnings: [] });
    for (const yes of ['true', '1', 'yes', 'Y', ' TRUE ']) expect(readSigningSettings({ REQUIRE_KMS: yes }).requireKms).toBe(true);
    for (const no of ['', 'false', '0', 'no']) expect(readSigningSettings({ REQUIRE_KMS: no }).requireKms).toBe(false);
    expect(() => readSigningSettings({ REQUIRE_SIGNING_PROXY: 'ture' })).toThrow(
      expect.objectContaining({ code: 'ERR_PRODUCTION', field: 'REQUIRE_SIGNING_PROXY' }),
    );
    expect(readSigningSettings({ KMS_KEY_ID: 'x' }).warnings[0]).toContain('KMS_KEY_ID is not read');
  });

  const mark = { read: () => Promise.resolve(undefined), reserve: () => Promise.resolve() };
  const proxied = seededSigner('log-1');

  test('lets a service start that has all it demands', async () => {
    const settings = readSigningSettings({ NODE_ENV: 'production', REQUIRE_SIGNING_PROXY: 'true' });
    await requireSigning(settings, { registry, signers: [proxied], mark, now });
    await requireSigning(readSigningSettings({}), { now });
    const dev = await loadLocalSigner(join(folder, 'dev.key'));
    await requireSigning(readSigningSettings({}), { registry, signers: [dev], now });
  });

  test('keeps a service from starting, and names the variable', async () => {
    const production = { NODE_ENV: 'production', REQUIRE_SIGNING_PROXY: 'true' };
    const dev = await loadLocalSigner(join(folder, 'dev.key'));
    const dead = wrapSigner(proxied, () => Promise.reject(new Error('unreachable')));
    const whole = { registry, signers: [proxied], mark, now };
    const cases: [Record<string, string>, object, string[]][] = [
      [{ NODE_ENV: 'production' }, whole, ['REQUIRE_KMS']],
      [production, { ...whole, signers: [] }, ['AUDIT_SIGNER']],
      [production, { registry, signers: [proxied], now }, ['AUDIT_MARK']],
      [production, { signers: [proxied], mark, now }, ['AUDIT_SIGNERS']],
      [production, { ...whole, signers: [seededSigner('stray')] }, ['AUDIT_SIGNERS']],
      [production, { ...whole, signers: [seededSigner('log-1', 'mallory')] }, ['AUDIT_SIGNER']],
      [production, { ...whole, signers: [dead] }, ['AUDIT_SIGNER']],
      [production, { ...whole, signers: [dev] }, ['REQUIRE_SIGNING_PROXY', 'AUDIT_SIGNER']],
      [{ REQUIRE_KMS: '1' }, whole, ['REQUIRE_KMS']],
      [production, { ...whole, now: Date.parse(T(401)) }, ['AUDIT_SIGNERS']],
      [{}, { signers: [proxied], now }, ['AUDIT_SIGNERS']],
    ];
    for (const [environment, parts, variables] of cases) {
      const settings = readSigningSettings(environment);
      const obstacles = await inspectSigning(settings, parts as typeof whole);
      expect(obstacles.map(({ variable }) => variable)).toEqual(variables);
      await expect(requireSigning(settings, parts as typeof whole)).rejects.toMatchObject({ code: 'ERR_PRODUCTION', field: variables[0] });
    }
  });
});
