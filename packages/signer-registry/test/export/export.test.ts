import { execFileSync } from 'node:child_process';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { importPublicKey } from '@countersign/proof-core/key/import';
import { parseVkey } from '@countersign/proof-core/note/key';
import { exportAllowedSigners } from '../../src/export/allowed-signers.ts';
import { exportJson } from '../../src/export/json.ts';
import { exportJwks } from '../../src/export/jwks.ts';
import { exportPem } from '../../src/export/pem.ts';
import { exportVkeys } from '../../src/export/vkey.ts';
import { parseLegacySigners } from '../../src/legacy/parse.ts';
import { localSigner } from '../../src/node/local-signer.ts';
import { makeSigner } from '../../src/registry/make.ts';
import { publicKeyOf, rsaKey } from '../support/keys.ts';
import { CHAIN, logSigner, parse, sample, T } from '../support/registries.ts';

const p384 = localSigner('p384', generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey).publicKey;
const rsa = localSigner('rsa', rsaKey(), 'RS256').publicKey;
const registry = parse({
  ...sample(),
  signers: [
    ...sample().signers,
    logSigner('log-any', { chains: ['*'], status: 'retired', valid_until: T(9, 1) }),
    logSigner('log-384', { ...keyMembers(p384) }),
    makeSigner({ kid: 'rsa-1', publicKey: rsa, purposes: ['license'], validFrom: T(0), backend: 'offline' }),
    logSigner('stolen', { status: 'revoked', revoked: { at: T(5), reason: 'stolen', compromised_since: T(4) } }),
  ],
});

function keyMembers(key: typeof rsa): object {
  return { algorithm: key.algorithm, public_key: key.jwk, thumbprint: key.thumbprint };
}

const hasTool = (name: string, ...args: string[]): boolean => {
  try {
    execFileSync(name, args, { stdio: 'ignore' });
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ENOENT';
  }
};

describe('a JWK set', () => {
  test('has every key that is not revoked, as any JWK reader takes it', () => {
    const { keys } = exportJwks(registry);
    expect(keys.map(({ kid }) => kid)).toEqual(['r1', 'r2', 'r3', 'log-1', 'license-1', 'log-any', 'log-384', 'rsa-1']);
    for (const jwk of keys) {
      expect(jwk.use).toBe('sig');
      expect(createPublicKey({ key: jwk as never, format: 'jwk' }).type).toBe('public');
      expect(importPublicKey(jwk).thumbprint).toBe(registry.signer(jwk.kid)?.key.thumbprint);
    }
    expect(parseLegacySigners(new TextEncoder().encode(JSON.stringify({ keys }))).signers).toHaveLength(keys.length);
  });

  test('rounds a window outward, in seconds', () => {
    const [jwk] = exportJwks(registry, { kid: 'log-any' }).keys;
    expect(jwk).toMatchObject({ nbf: Date.parse(T(0)) / 1000, exp: Date.parse(T(9)) / 1000 + 1 });
  });

  test('has revoked keys only when asked, and marks them', () => {
    expect(exportJwks(registry, { kid: 'stolen' }).keys).toEqual([]);
    expect(exportJwks(registry, { kid: 'stolen', revoked: true }).keys[0]).toMatchObject({ revoked: { reason: 'stolen' } });
  });
});

test('PEM blocks are read by openssl and by the key import', async () => {
  const pem = exportPem(registry, { kid: 'log-384' });
  expect(pem).toContain('# log-384 ES384 checkpoint active ');
  expect(execFileSync('openssl', ['pkey', '-pubin', '-noout', '-text'], { input: pem, encoding: 'utf8' })).toContain('P-384');
  expect(importPublicKey(pem.slice(pem.indexOf('-----'))).thumbprint).toBe(p384.thumbprint);
});

test('verifier keys name the chain and hold the key', () => {
  const lines = exportVkeys(registry).trimEnd().split('\n');
  expect(lines.map((line) => parseVkey(line).publicKey.thumbprint)).toEqual([
    publicKeyOf('log-1').thumbprint,
    publicKeyOf('stolen').thumbprint,
  ]);
  const [vkey, any] = exportVkeys(registry, { chain: CHAIN }).trimEnd().split('\n');
  expect(parseVkey(vkey!).name).toBe(CHAIN);
  expect(parseVkey(any!).publicKey.thumbprint).toBe(publicKeyOf('log-any').thumbprint);
  expect(exportVkeys(registry, { chain: 'example.com/other', kid: 'log-1' })).toBe('');
});

describe('an allowed_signers file', () => {
  test('has a line a key, with namespaces and windows in UTC', () => {
    const text = exportAllowedSigners(registry);
    expect(text.split('\n')).toHaveLength(registry.signers.length + 1);
    expect(text).toContain('log-1 namespaces="countersign/checkpoint" valid-after="20260101000000Z" ssh-ed25519 AAAA');
    // The earliest end counts: what OpenSSH cannot judge by evidence it must not accept.
    expect(text).toContain('stolen namespaces="countersign/checkpoint" valid-after="20260101000000Z" valid-before="20260105000000Z"');
  });

  test.runIf(hasTool('ssh-keygen', '-?'))('holds keys that OpenSSH reads', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'countersign-ssh-'));
    for (const line of exportAllowedSigners(registry).trimEnd().split('\n')) {
      const [type, key] = line.split(' ').slice(-2) as [string, string];
      await writeFile(join(folder, 'key.pub'), `${type} ${key}\n`);
      expect(execFileSync('ssh-keygen', ['-l', '-f', join(folder, 'key.pub')], { encoding: 'utf8' })).toContain('SHA256:');
    }
    await rm(folder, { recursive: true });
  });
});

test('JSON has the registry’s own members and its digest', () => {
  const summary = exportJson(registry, { purpose: 'license' });
  expect(summary.digest).toBe(registry.digest);
  expect(summary.signers.map(({ kid }) => kid)).toEqual(['license-1', 'rsa-1']);
});

test('an unknown kid is the caller’s mistake', () => {
  expect(() => exportPem(registry, { kid: 'nobody' })).toThrow(RangeError);
});
