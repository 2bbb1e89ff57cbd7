import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { ProofError } from '@countersign/proof-core/errors';
import { canonicalize } from '@countersign/proof-core/json/canonicalize';
import type { SignatureAlgorithm } from '@countersign/proof-core/key/public-key';
import { RegistryError } from '../../src/errors.ts';
import { localSigner } from '../../src/node/local-signer.ts';
import { makeSigner } from '../../src/registry/make.ts';
import { parseRegistryPayload } from '../../src/registry/parse-payload.ts';
import { rsaKey, seededKey } from '../support/keys.ts';
import { type Loose, loose, parse, sample, T } from '../support/registries.ts';

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof RegistryError || error instanceof ProofError) return error.code;
    throw error;
  }
  return 'accepted';
}

describe('a registry payload that keeps the rules', () => {
  test('is read, with its digest, its roots and every signer', () => {
    const registry = parse(sample());
    expect(registry.version).toBe(1);
    expect(registry.roots).toEqual(['r1', 'r2', 'r3']);
    expect(registry.threshold).toBe(2);
    expect(registry.entries().map(({ kid }) => kid)).toEqual(['r1', 'r2', 'r3', 'log-1', 'license-1']);
    expect(registry.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(registry.signer('log-1')?.key.algorithm).toBe('Ed25519');
    expect(registry.signer('nobody')).toBeUndefined();
  });

  test('is immutable once read', () => {
    const registry = parse(sample());
    expect(Object.isFrozen(registry)).toBe(true);
    expect(Object.isFrozen(registry.members.signers[0])).toBe(true);
    expect(Object.isFrozen(registry.signers[0])).toBe(true);
  });

  test('is stale only after its end', () => {
    const registry = parse(sample());
    expect(registry.isExpired(Date.parse(registry.expires))).toBe(false);
    expect(registry.isExpired(Date.parse(registry.expires) + 1)).toBe(true);
  });

  test('may give several purposes to a development key only', () => {
    const members = loose();
    Object.assign(members.signers[3]!, { purposes: ['checkpoint', 'segment'], backend: 'file', operator: 'dev' });
    expect(codeOf(() => parse(members))).toBe('accepted');
    Object.assign(members.signers[3]!, { operator: 'security' });
    expect(codeOf(() => parse(members))).toBe('ERR_REGISTRY_PURPOSE');
  });

  test('may hold keys of every algorithm', () => {
    const members = loose();
    const keys = {
      ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
      ES384: generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey,
      PS256: rsaKey(),
    };
    for (const [kid, key] of Object.entries(keys)) {
      const { publicKey } = localSigner(kid, key, kid as SignatureAlgorithm);
      members.signers.push({ ...makeSigner({ kid, publicKey, purposes: ['license'], validFrom: T(0), backend: 'offline' }) });
    }
    const registry = parse(members);
    for (const kid of Object.keys(keys)) expect(registry.signer(kid)?.algorithm).toBe(kid);
  });
});

type Change = (members: Loose, log: Record<string, unknown>) => void;

/** What is wrong, the code it must get, and how it comes about from a sound registry (`log` is the signer log-1). */
const refused: [string, string, Change][] = [
  ['another format', 'ERR_REGISTRY_FORMAT', (m) => (m.format = 'countersign/signers@2')],
  ['a format that is no text', 'ERR_REGISTRY_FORMAT', (m) => (m.format = 1)],
  ['an unknown member', 'ERR_REGISTRY_MEMBER', (m) => Object.assign(m, { comment: '' })],
  ['a missing member', 'ERR_REGISTRY_MEMBER', (m) => delete (m as Partial<Loose>).expires],
  ['signers that are no array', 'ERR_REGISTRY_MEMBER', (m) => Object.assign(m, { signers: {} })],
  ['a signer that is no object', 'ERR_REGISTRY_MEMBER', (m) => Object.assign(m, { signers: [null] })],
  ['an unknown signer member', 'ERR_REGISTRY_MEMBER', (_, log) => (log['private'] = true)],
  ['a missing signer member', 'ERR_REGISTRY_MEMBER', (_, log) => delete log['operator']],
  [
    'an unknown member of revoked',
    'ERR_REGISTRY_MEMBER',
    (_, log) => Object.assign(log, { status: 'revoked', revoked: { at: T(2), reason: 'x', by: 'y' } }),
  ],
  [
    'an unknown member of emergency',
    'ERR_REGISTRY_MEMBER',
    (_, log) => Object.assign(log, { valid_until: T(2), emergency: { approvals: [], justification: 'x', expires: T(2) } }),
  ],
  [
    'an approval named twice',
    'ERR_REGISTRY_MEMBER',
    (_, log) => Object.assign(log, { valid_until: T(2), emergency: { approvals: ['a'.repeat(64), 'a'.repeat(64)], justification: 'x' } }),
  ],
  [
    'an approval that is no digest',
    'ERR_REGISTRY_MEMBER',
    (_, log) => Object.assign(log, { valid_until: T(2), emergency: { approvals: ['A'.repeat(64)], justification: 'x' } }),
  ],
  ['an empty reason', 'ERR_REGISTRY_MEMBER', (_, log) => Object.assign(log, { status: 'revoked', revoked: { at: T(2), reason: '' } })],
  ['a long description', 'ERR_REGISTRY_MEMBER', (_, log) => (log['description'] = 'é'.repeat(1001))],
  ['version 0', 'ERR_REGISTRY_VERSION', (m) => (m.version = 0)],
  ['a fractional version', 'ERR_REGISTRY_VERSION', (m) => (m.version = 1.5)],
  ['version 1 with a previous digest', 'ERR_REGISTRY_VERSION', (m) => (m.previous = 'a'.repeat(64))],
  ['version 2 without one', 'ERR_REGISTRY_VERSION', (m) => (m.version = 2)],
  ['a previous digest in upper case', 'ERR_REGISTRY_VERSION', (m) => Object.assign(m, { version: 2, previous: 'A'.repeat(64) })],
  ['a time without milliseconds', 'ERR_REGISTRY_TIME', (m) => (m.issued_at = '2026-01-01T00:00:00Z')],
  ['a time with an offset', 'ERR_REGISTRY_TIME', (m) => (m.issued_at = '2026-01-01T00:00:00.000+00:00')],
  ['30 February', 'ERR_REGISTRY_TIME', (m) => (m.expires = '2027-02-30T00:00:00.000Z')],
  ['second 60', 'ERR_REGISTRY_TIME', (_, log) => (log['valid_from'] = '2026-12-31T23:59:60.000Z')],
  ['an end before the beginning', 'ERR_REGISTRY_WINDOW', (m) => (m.expires = m.issued_at)],
  ['a window that ends before it begins', 'ERR_REGISTRY_WINDOW', (_, log) => (log['valid_until'] = T(-1))],
  [
    'a revocation before the window',
    'ERR_REGISTRY_WINDOW',
    (_, log) => Object.assign(log, { status: 'revoked', revoked: { at: T(-1), reason: 'x' } }),
  ],
  [
    'a compromise after the revocation',
    'ERR_REGISTRY_WINDOW',
    (_, log) => Object.assign(log, { status: 'revoked', revoked: { at: T(2), reason: 'x', compromised_since: T(3) } }),
  ],
  [
    'an emergency signer without an end',
    'ERR_REGISTRY_WINDOW',
    (_, log) => (log['emergency'] = { approvals: ['a'.repeat(64)], justification: 'x' }),
  ],
  ['an unknown status', 'ERR_REGISTRY_STATUS', (_, log) => (log['status'] = 'retiring')],
  ['status revoked alone', 'ERR_REGISTRY_STATUS', (_, log) => (log['status'] = 'revoked')],
  ['a revocation of an active signer', 'ERR_REGISTRY_STATUS', (_, log) => (log['revoked'] = { at: T(2), reason: 'x' })],
  ['a retired signer without an end', 'ERR_REGISTRY_STATUS', (_, log) => (log['status'] = 'retired')],
  ['an unknown purpose', 'ERR_REGISTRY_PURPOSE', (_, log) => (log['purposes'] = ['checkpoints'])],
  ['no purpose', 'ERR_REGISTRY_PURPOSE', (_, log) => (log['purposes'] = [])],
  ['one purpose twice', 'ERR_REGISTRY_PURPOSE', (_, log) => (log['purposes'] = ['checkpoint', 'checkpoint'])],
  ['two purposes', 'ERR_REGISTRY_PURPOSE', (_, log) => (log['purposes'] = ['checkpoint', 'license'])],
  ['a checkpoint signer without a chain', 'ERR_REGISTRY_CHAIN', (_, log) => (log['chains'] = [])],
  ['a star in the middle', 'ERR_REGISTRY_CHAIN', (_, log) => (log['chains'] = ['example.com/*/audit'])],
  ['a prefix without a slash', 'ERR_REGISTRY_CHAIN', (_, log) => (log['chains'] = ['example.com*'])],
  ['a dot segment', 'ERR_REGISTRY_CHAIN', (_, log) => (log['chains'] = ['example.com/../x'])],
  ['one pattern twice', 'ERR_REGISTRY_CHAIN', (_, log) => (log['chains'] = ['*', '*'])],
  ['an empty kid', 'ERR_REGISTRY_KID', (_, log) => (log['kid'] = '')],
  ['a kid with a NUL', 'ERR_REGISTRY_KID', (_, log) => (log['kid'] = 'log\u0000')],
  ['an unknown algorithm', 'ERR_REGISTRY_ALGORITHM', (_, log) => (log['algorithm'] = 'EdDSA')],
  ['an algorithm that is not the key’s', 'ERR_KEY_ALGORITHM', (_, log) => (log['algorithm'] = 'ES256')],
  ['a thumbprint of another key', 'ERR_REGISTRY_THUMBPRINT', (m, log) => (log['thumbprint'] = m.signers[0]!['thumbprint'])],
  ['an unknown backend', 'ERR_REGISTRY_BACKEND', (_, log) => (log['backend'] = 'vault')],
  ['a KMS alias', 'ERR_REGISTRY_BACKEND', (_, log) => (log['backend'] = 'kms:arn:aws:kms:eu-west-1:111122223333:alias/log')],
  ['a bare KMS key id', 'ERR_REGISTRY_BACKEND', (_, log) => (log['backend'] = 'kms:1234abcd-12ab-34cd-56ef-1234567890ab')],
  ['a proxy URL with a password', 'ERR_REGISTRY_BACKEND', (_, log) => (log['backend'] = 'proxy:https://me:secret@signer.example.com')],
  ['a path after file', 'ERR_REGISTRY_BACKEND', (_, log) => (log['backend'] = 'file:/etc/key')],
  ['a use beside the key', 'ERR_REGISTRY_KEY', (_, log) => Object.assign(log['public_key'] as object, { use: 'sig' })],
  ['private key material', 'ERR_KEY_PRIVATE', (_, log) => (log['public_key'] = seededKey('log-1').export({ format: 'jwk' }))],
  ['a small-order point', 'ERR_KEY_WEAK', (_, log) => (log['public_key'] = { kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43) })],
  [
    'a point in a non-canonical encoding',
    'ERR_KEY_INVALID',
    (_, log) => (log['public_key'] = { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(`ee${'ff'.repeat(30)}7f`, 'hex').toString('base64url') }),
  ],
  ['a kid twice', 'ERR_REGISTRY_DUPLICATE_KID', (m, log) => m.signers.push({ ...m.signers[4]!, kid: log['kid'] })],
  ['a kid twice with the same key', 'ERR_REGISTRY_DUPLICATE_KID', (m, log) => m.signers.push({ ...log })],
  ['one key under two kids', 'ERR_REGISTRY_DUPLICATE_KEY', (m, log) => m.signers.push({ ...log, kid: 'log-2' })],
  ['a root that is nobody', 'ERR_REGISTRY_ROOTS', (m) => (m.roots = ['r1', 'r2', 'r4'])],
  ['a root named twice', 'ERR_REGISTRY_ROOTS', (m) => (m.roots = ['r1', 'r1', 'r2'])],
  ['a root of another purpose', 'ERR_REGISTRY_ROOTS', (m) => (m.roots = ['r1', 'r2', 'log-1'])],
  ['a root that is not active', 'ERR_REGISTRY_ROOTS', (m) => Object.assign(m.signers[0]!, { status: 'retired', valid_until: T(10) })],
  ['threshold 0', 'ERR_REGISTRY_THRESHOLD', (m) => (m.threshold = 0)],
  ['a threshold above the roots', 'ERR_REGISTRY_THRESHOLD', (m) => (m.threshold = 4)],
  [
    'a threshold that only one operator twice could meet',
    'ERR_REGISTRY_THRESHOLD',
    (m) => {
      Object.assign(m.signers[0]!, { operator: 'one' });
      Object.assign(m.signers[1]!, { operator: 'one' });
      m.threshold = 3;
    },
  ],
  ['no roots', 'ERR_REGISTRY_THRESHOLD', (m) => (m.roots = [])],
  ['more roots than anybody has', 'ERR_REGISTRY_SIZE', (m) => (m.roots = Array.from({ length: 65 }, (_, i) => `r${i}`))],
];

describe('a registry payload is refused for', () => {
  test.each(refused)('%s (%s)', (_, code, change) => {
    const members = loose();
    change(members, members.signers[3]!);
    expect(codeOf(() => parse(members))).toBe(code);
  });

  test('an RSA key below 2,048 bits or with a small exponent', () => {
    for (const key of [rsaKey(1024), rsaKey(2048, 3)]) {
      const members = loose();
      const jwk = key.export({ format: 'jwk' });
      Object.assign(members.signers[3]!, { algorithm: 'RS256', public_key: { kty: 'RSA', n: jwk.n, e: jwk.e } });
      expect(codeOf(() => parse(members))).toBe('ERR_KEY_WEAK');
    }
  });

  test('bytes that are not canonical', () => {
    const text = new TextDecoder().decode(canonicalize(sample()));
    for (const other of [
      ` ${text}`,
      `${text}\n`,
      text.replace('"version":1', '"version":1.0'),
      text.replace('"version":1', '"version":1,"version":1'),
    ]) {
      expect(codeOf(() => parseRegistryPayload(new TextEncoder().encode(other)))).toBe('ERR_NOT_CANONICAL');
    }
  });

  test('more than 16 MiB, before anything is parsed', () => {
    expect(codeOf(() => parseRegistryPayload(new Uint8Array(16 * 1024 * 1024 + 1)))).toBe('ERR_REGISTRY_SIZE');
  });

  test('any member of any other type, with a code and never a crash', () => {
    const others: unknown[] = [null, true, -1, '', 'x', [], {}, [[]], { kty: 'OKP' }];
    for (const name of Object.keys(sample())) {
      for (const other of others) {
        const members = loose();
        (members as Record<string, unknown>)[name] = other;
        expect(codeOf(() => parse(members))).toMatch(/^ERR_/);
      }
    }
    for (const name of Object.keys(sample().signers[3]!)) {
      for (const other of others) {
        // Free text may be empty or anything.
        if ((name === 'description' || name === 'operator') && typeof other === 'string') continue;
        const members = loose();
        members.signers[3]![name] = other;
        if (name === 'kid' && other === 'x') continue;
        expect(codeOf(() => parse(members))).toMatch(/^ERR_/);
      }
    }
  });
});
