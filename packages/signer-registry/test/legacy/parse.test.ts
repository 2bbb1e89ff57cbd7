import { describe, expect, test } from 'vitest';
import { ProofError } from '@countersign/proof-core/errors';
import { RegistryError } from '../../src/errors.ts';
import { readSigners } from '../../src/legacy/detect.ts';
import { parseLegacySigners } from '../../src/legacy/parse.ts';
import { legacyResolver } from '../../src/legacy/resolver.ts';
import { signRegistry } from '../../src/registry/sign.ts';
import { publicKeyOf, rsaKey, seededSigner } from '../support/keys.ts';
import { localSigner } from '../../src/node/local-signer.ts';
import { sample, T } from '../support/registries.ts';

const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
const base64 = (value: Uint8Array): string => Buffer.from(value).toString('base64');
const pem = (spki: Uint8Array): string =>
  `-----BEGIN PUBLIC KEY-----\n${base64(spki)
    .match(/.{1,64}/g)!
    .join('\n')}\n-----END PUBLIC KEY-----\n`;

const ed = publicKeyOf('kernel');
const other = publicKeyOf('other');
const rsa = localSigner('rsa', rsaKey(), 'RS256').publicKey;
const raw = base64(ed.raw!);

function codeOf(value: unknown): string {
  try {
    parseLegacySigners(bytes(value));
  } catch (error) {
    if (error instanceof RegistryError || error instanceof ProofError) return error.code;
    throw error;
  }
  return 'accepted';
}

/** Each shape, an example, and what it must give: kid, algorithm, thumbprint. */
const shapes: [string, unknown, [string, string, string | undefined][]][] = [
  [
    '(a) signers with PEM, algorithm and deployedAt',
    {
      signers: [
        {
          signer_kid: 'kernel-audit-ed25519-v1',
          algorithm: 'ed25519',
          public_key_pem: pem(ed.spki),
          deployedAt: '2025-11-01T00:00:00Z',
          description: 'x',
        },
        { signer_kid: 'kernel-audit-rsa-v1', algorithm: 'rsa-sha256', public_key_pem: pem(rsa.spki) },
      ],
    },
    [
      ['kernel-audit-ed25519-v1', 'Ed25519', ed.thumbprint],
      ['kernel-audit-rsa-v1', 'RS256', rsa.thumbprint],
    ],
  ],
  [
    '(b) signers with signerId and publicKey',
    { signers: [{ signerId: 'k', publicKey: raw, algorithm: 'Ed25519' }] },
    [['k', 'Ed25519', ed.thumbprint]],
  ],
  ['(c) a bare array', [{ signer_id: 'k', public_key: raw, algorithm: 'ed25519' }], [['k', 'Ed25519', ed.thumbprint]]],
  ['(d) a map of objects without an algorithm', { k: { publicKey: base64(rsa.spki), kid: 'k' } }, [['k', 'RS256', rsa.thumbprint]]],
  [
    '(e) a map of PEM',
    { k: pem(ed.spki), r: pem(rsa.spki).trim() },
    [
      ['k', 'Ed25519', ed.thumbprint],
      ['r', 'RS256', rsa.thumbprint],
    ],
  ],
  ['(e) merged beside signers', { signers: [], k: pem(ed.spki) }, [['k', 'Ed25519', ed.thumbprint]]],
  ['(f) a map of raw keys', { k: raw }, [['k', 'Ed25519', ed.thumbprint]]],
  [
    '(g) a map of alg and key, HMAC among them',
    { k: { alg: 'ed25519', key: raw }, h: { alg: 'hmac-sha256', key: 'mock-local-signing-key-do-not-use-in-prod' } },
    [
      ['k', 'Ed25519', ed.thumbprint],
      ['h', 'HMAC-SHA256', undefined],
    ],
  ],
  [
    '(h) rows of SQL',
    [{ signer_id: 'k', algorithm: 'Ed25519', public_key: raw, created_at: '2025-11-01 00:00:00+00' }],
    [['k', 'Ed25519', ed.thumbprint]],
  ],
  ['(i) nothing', {}, []],
  [
    'a JWK set',
    {
      keys: [
        { ...ed.jwk, kid: 'k', use: 'sig', alg: 'EdDSA' },
        { ...rsa.jwk, kid: 'e', use: 'enc' },
      ],
    },
    [['k', 'Ed25519', ed.thumbprint]],
  ],
  [
    'several at once, agreeing',
    { signers: [{ signerId: 'k', publicKey: raw }], k: pem(ed.spki), updated_at: '2025-11-01' },
    [['k', 'Ed25519', ed.thumbprint]],
  ],
];

describe('a legacy registry of shape', () => {
  test.each(shapes)('%s is read', (_, value, expected) => {
    const { signers } = parseLegacySigners(bytes(value));
    expect(signers.map(({ kid, algorithm, key }) => [kid, algorithm, key?.thumbprint])).toEqual(expected);
  });

  test('{} says that it is empty', () => {
    expect(parseLegacySigners(bytes({})).shapes).toEqual(['empty']);
  });
});

describe('a legacy registry is refused for', () => {
  test.each<[string, unknown, string]>([
    [
      'a kid twice with different keys',
      [
        { kid: 'k', key: raw },
        { kid: 'k', key: base64(other.raw!) },
      ],
      'ERR_LEGACY_CONFLICT',
    ],
    [
      'a kid twice, once as HMAC',
      [
        { kid: 'k', key: raw },
        { kid: 'k', key: raw, alg: 'hmac' },
      ],
      'ERR_LEGACY_CONFLICT',
    ],
    ['a kid twice in one map', `{"k":"${raw}","k":"${raw}"}`, 'ERR_JSON_KEY'],
    ['a map and a list that disagree', { signers: [{ kid: 'k', key: raw }], k: base64(other.raw!) }, 'ERR_LEGACY_CONFLICT'],
    ['a kid under another name', { k: { kid: 'l', publicKey: raw } }, 'ERR_LEGACY_CONFLICT'],
    ['two spellings that disagree', [{ kid: 'k', publicKey: raw, public_key: base64(other.raw!) }], 'ERR_LEGACY_CONFLICT'],
    ['an algorithm that is not the key’s', [{ kid: 'k', publicKey: raw, algorithm: 'rsa-sha256' }], 'ERR_KEY_ALGORITHM'],
    ['an unknown algorithm', [{ kid: 'k', publicKey: raw, algorithm: 'rot13' }], 'ERR_LEGACY_SIGNER'],
    ['an inherited name for an algorithm', [{ kid: 'k', publicKey: raw, algorithm: 'constructor' }], 'ERR_LEGACY_SIGNER'],
    ['no key', [{ kid: 'k' }], 'ERR_LEGACY_SIGNER'],
    ['no kid', [{ publicKey: raw }], 'ERR_LEGACY_SIGNER'],
    ['an entry that is no object', [raw], 'ERR_LEGACY_SIGNER'],
    ['a private key in PEM', { k: '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n' }, 'ERR_KEY_PRIVATE'],
    ['a private JWK', { keys: [{ ...ed.jwk, kid: 'k', d: raw }] }, 'ERR_KEY_PRIVATE'],
    ['the small-order key of the corpus', { k: 'AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=' }, 'ERR_KEY_WEAK'],
    ['a key of another length', { k: base64(new Uint8Array(31)) }, 'ERR_DER'],
    ['text', '"x"', 'ERR_LEGACY_SIGNER'],
    ['signers that are no list', { signers: {} }, 'ERR_LEGACY_SIGNER'],
    ['a number under a kid', { k: 1 }, 'ERR_LEGACY_SIGNER'],
    ['a kid with blanks', { 'my key': raw }, 'ERR_LEGACY_SIGNER'],
  ])('%s', (_, value, code) => {
    expect(codeOf(value)).toBe(code);
  });
});

test('an HMAC secret is there for old rows, and in no printout', () => {
  const [signer] = parseLegacySigners(bytes({ h: { alg: 'HS256', key: 'illuvrse-dev-signing-secret' } })).signers;
  expect(new TextDecoder().decode(signer!.secret!())).toBe('illuvrse-dev-signing-secret');
  expect(JSON.stringify(signer)).not.toContain('illuvrse');
});

describe('a resolver over a legacy registry', () => {
  const registry = parseLegacySigners(
    bytes([
      { kid: 'k', key: raw, deployedAt: T(10) },
      { kid: 'old', key: base64(other.raw!) },
      { kid: 'h', key: 'x', alg: 'hmac' },
    ]),
  );
  const resolver = legacyResolver(registry, { purposes: ['checkpoint'] });

  test('trusts its keys for what the caller named, and no HMAC', () => {
    expect(resolver.resolve({ kid: 'old', purpose: 'checkpoint', chain: 'any', earliest: T(1) })).toMatchObject({ trusted: true });
    expect(resolver.resolve({ kid: 'old', purpose: 'license' })).toMatchObject({ reason: 'wrong-purpose' });
    expect(resolver.resolve({ kid: 'h', purpose: 'checkpoint' })).toMatchObject({ reason: 'unknown' });
    expect(resolver.entries()).toHaveLength(2);
  });

  test('does not trust a key for what is older than its deployment', () => {
    expect(resolver.resolve({ kid: 'k', purpose: 'checkpoint', latest: T(9) })).toMatchObject({ reason: 'not-yet-valid' });
    expect(resolver.resolve({ kid: 'k', purpose: 'checkpoint', latest: T(11) })).toMatchObject({ trusted: true });
  });
});

describe('a file of signers', () => {
  const trust = { purposes: ['checkpoint'] } as const;

  test('is known for what it is', async () => {
    const registry = await signRegistry(sample(), [seededSigner('r1'), seededSigner('r2')]);
    expect((await readSigners(registry, trust)).kind).toBe('registry');
    expect((await readSigners(bytes({ keys: [{ ...ed.jwk, kid: 'k' }] }), trust)).kind).toBe('jwks');
    expect((await readSigners(bytes({ k: raw }), trust)).kind).toBe('legacy');
  });

  test('that is a damaged registry is not read as something weaker', async () => {
    const text = new TextDecoder().decode(await signRegistry(sample(), [seededSigner('r1'), seededSigner('r2')]));
    const extended = text.replace('{"payload"', () => `{"kernel":"${raw}","payload"`);
    await expect(readSigners(bytes(extended), trust)).rejects.toMatchObject({ code: 'ERR_DOCUMENT_FORM' });
    await expect(readSigners(bytes(` ${text}`), trust)).rejects.toMatchObject({ code: expect.stringMatching(/^ERR_/) });
  });
});
