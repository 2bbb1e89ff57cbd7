import { describe, expect, test } from 'vitest';
import type { Signer } from '@countersign/proof-core/ports';
import { type NextRegistry, formatRegistryPayload, nextRegistry } from '../../src/registry/make.ts';
import { parseRegistry } from '../../src/registry/parse.ts';
import { parseRegistryPayload } from '../../src/registry/parse-payload.ts';
import type { Registry } from '../../src/registry/registry.ts';
import { signRegistry } from '../../src/registry/sign.ts';
import { checkSuccession, checkSuccessor } from '../../src/registry/successor.ts';
import type { RegistryMembers, SignerMembers } from '../../src/registry/types.ts';
import { walkRegistry } from '../../src/registry/walk.ts';
import { publicKeyOf, seededSigner } from '../support/keys.ts';
import { CHAIN, logSigner, parse, root, sample, T } from '../support/registries.ts';

const signers = (...kids: string[]): Signer[] => kids.map((kid) => seededSigner(kid));
const first = await signRegistry(sample(), signers('r1', 'r2'));
const one = await parseRegistry(first);

const next = (registry: Registry, change: Partial<NextRegistry> = {}): RegistryMembers =>
  nextRegistry(registry, { issuedAt: T(registry.version), ...change });

const changed = (registry: Registry, kid: string, change: Partial<SignerMembers>): SignerMembers[] =>
  registry.members.signers.map((signer) => (signer.kid === kid ? { ...signer, ...change } : signer));

/** Signs version after version with r1 and r2, each changing nothing but its number. */
async function history(length: number): Promise<Uint8Array[]> {
  const versions = [first];
  let registry = one;
  for (let version = 2; version <= length; version++) {
    const bytes = await signRegistry(next(registry), signers('r1', 'r2'));
    versions.push(bytes);
    registry = await checkSuccessor(registry, bytes);
  }
  return versions;
}

describe('the version after a trusted one', () => {
  test('is trusted where a threshold of the roots of both has signed', async () => {
    const bytes = await signRegistry(next(one, { signers: [...one.members.signers, logSigner('log-2')] }), signers('r2', 'r3'));
    const two = await checkSuccessor(one, bytes);
    expect(two.version).toBe(2);
    expect(two.signer('log-2')?.status).toBe('active');
  });

  test('may hand over to new roots, signed by old and new', async () => {
    const roots = [root('n1'), root('n2')];
    const members = next(one, { roots: ['n1', 'n2'], signers: [...one.members.signers, ...roots] });
    const two = await checkSuccessor(one, await signRegistry(members, signers('r1', 'r2', 'n1', 'n2')));
    expect(two.roots).toEqual(['n1', 'n2']);
    await expect(checkSuccessor(one, await signRegistry(members, signers('n1', 'n2')))).rejects.toMatchObject({
      code: 'ERR_REGISTRY_UNENDORSED',
    });
    await expect(checkSuccessor(one, await signRegistry(members, signers('r1', 'r2', 'n1')))).rejects.toMatchObject({
      code: 'ERR_REGISTRY_UNSIGNED',
    });
  });

  test('cannot lower the threshold for itself', async () => {
    const members = next(one, { threshold: 1 });
    await expect(checkSuccessor(one, await signRegistry(members, signers('r1')))).rejects.toMatchObject({
      code: 'ERR_REGISTRY_UNENDORSED',
    });
    expect((await checkSuccessor(one, await signRegistry(members, signers('r1', 'r3')))).threshold).toBe(1);
  });

  test('may revoke a root that the others no longer trust', async () => {
    const revoked = { at: T(1), reason: 'laptop stolen', compromised_since: T(0) };
    const members = next(one, { roots: ['r2', 'r3'], signers: changed(one, 'r1', { status: 'revoked', revoked }) });
    const two = await checkSuccessor(one, await signRegistry(members, signers('r2', 'r3')));
    const three = next(two, { issuedAt: T(2) });
    await expect(checkSuccessor(two, await signRegistry(three, signers('r1', 'r2')))).rejects.toMatchObject({
      code: 'ERR_REGISTRY_UNSIGNED',
    });
  });

  test('does not count a root whose window has ended', async () => {
    const two = await checkSuccessor(
      one,
      await signRegistry(next(one, { signers: changed(one, 'r1', { valid_until: T(5) }) }), signers('r1', 'r2')),
    );
    await expect(checkSuccessor(two, await signRegistry(next(two, { issuedAt: T(6) }), signers('r1', 'r2')))).rejects.toMatchObject({
      code: 'ERR_REGISTRY_UNSIGNED',
    });
  });
});

const moved = (kid: string, from: Partial<SignerMembers>): Registry => parse({ ...sample(), signers: changed(one, kid, from) });
const revoked = { status: 'revoked', revoked: { at: T(5), reason: 'superseded' } } as const;
const compromised = { status: 'revoked', revoked: { at: T(5), reason: 'stolen', compromised_since: T(4) } } as const;

/** What the later version does, its code, what the log key was before, and what it is after. */
const refused: [string, string, Partial<SignerMembers>, Partial<SignerMembers> | 'removed'][] = [
  ['removes a signer', 'ERR_REGISTRY_REMOVED', {}, 'removed'],
  [
    'gives a kid another key',
    'ERR_REGISTRY_KEY_CHANGED',
    {},
    { public_key: publicKeyOf('other').jwk, thumbprint: publicKeyOf('other').thumbprint },
  ],
  ['gives a key another operator', 'ERR_REGISTRY_KEY_CHANGED', {}, { operator: 'somebody else' }],
  ['begins a window earlier', 'ERR_REGISTRY_WIDENED', {}, { valid_from: T(-1) }],
  ['takes an end away', 'ERR_REGISTRY_WIDENED', { valid_until: T(9) }, {}],
  ['moves an end later', 'ERR_REGISTRY_WIDENED', { valid_until: T(9) }, { valid_until: T(10) }],
  ['changes a purpose', 'ERR_REGISTRY_WIDENED', {}, { purposes: ['segment'] }],
  ['adds a chain', 'ERR_REGISTRY_WIDENED', {}, { chains: [CHAIN, 'example.com/other'] }],
  ['widens a chain to a prefix', 'ERR_REGISTRY_WIDENED', {}, { chains: ['example.com/*'] }],
  ['brings a retired signer back', 'ERR_REGISTRY_WIDENED', { status: 'retired', valid_until: T(9) }, { valid_until: T(9) }],
  ['makes an active signer pending', 'ERR_REGISTRY_WIDENED', {}, { status: 'pending' }],
  ['unsets a revocation', 'ERR_REGISTRY_UNREVOKED', revoked, {}],
  ['moves a revocation later', 'ERR_REGISTRY_UNREVOKED', revoked, { ...revoked, revoked: { ...revoked.revoked, at: T(6) } }],
  [
    'moves a compromise later',
    'ERR_REGISTRY_UNREVOKED',
    compromised,
    { ...compromised, revoked: { ...compromised.revoked, compromised_since: T(5) } },
  ],
  ['takes a compromise back', 'ERR_REGISTRY_UNREVOKED', compromised, revoked],
];

/** What the later version may do. */
const allowed: [string, Partial<SignerMembers>, Partial<SignerMembers>][] = [
  ['begins a window later', {}, { valid_from: T(1) }],
  ['sets an end', {}, { valid_until: T(9) }],
  ['retires', {}, { status: 'retired', valid_until: T(9) }],
  ['activates', { status: 'pending' }, {}],
  ['revokes', {}, revoked],
  ['adds a compromise to a revocation', revoked, compromised],
  ['moves a compromise earlier', compromised, { ...compromised, revoked: { ...compromised.revoked, compromised_since: T(3) } }],
  ['narrows a chain', { chains: ['example.com/*'] }, {}],
  ['describes better, moves to another backend', {}, { description: 'The log key.', backend: 'offline' }],
];

const after = (change: Partial<RegistryMembers>): Registry => parse({ ...next(one), ...change });

describe('a later version', () => {
  test.each(refused)('that %s is refused (%s)', (_, code, from, to) => {
    const before = moved('log-1', from);
    const signers = to === 'removed' ? one.members.signers.filter(({ kid }) => kid !== 'log-1') : changed(one, 'log-1', to);
    expect(() => checkSuccession(before, parse(next(before, { signers })))).toThrow(expect.objectContaining({ code }));
  });

  test.each(allowed)('that %s is accepted', (_, from, to) => {
    const before = moved('log-1', from);
    checkSuccession(before, parse(next(before, { signers: changed(one, 'log-1', to) })));
  });

  test('must be the next one, linked, and not issued earlier', () => {
    const codes: [Partial<RegistryMembers>, string][] = [
      [{ version: 3 }, 'ERR_REGISTRY_SKIPPED'],
      [{ previous: 'a'.repeat(64) }, 'ERR_REGISTRY_LINK'],
      [{ issued_at: T(-1) }, 'ERR_REGISTRY_WINDOW'],
    ];
    for (const [change, code] of codes) {
      expect(() => checkSuccession(one, after(change))).toThrow(expect.objectContaining({ code }));
    }
    const two = after({});
    expect(() => checkSuccession(two, one)).toThrow(expect.objectContaining({ code: 'ERR_REGISTRY_ROLLED_BACK' }));
    expect(() => checkSuccession(two, two)).toThrow(expect.objectContaining({ code: 'ERR_REGISTRY_ROLLED_BACK' }));
    expect(() => checkSuccession(two, after({ expires: T(401) }))).toThrow(expect.objectContaining({ code: 'ERR_REGISTRY_FORKED' }));
  });
});

describe('a walk', () => {
  test('reaches the newest version from a pinned digest, wherever it lies', async () => {
    const versions = await history(5);
    for (const bytes of versions) {
      const { digest } = await parseRegistry(bytes);
      expect((await walkRegistry(versions, { digest })).version).toBe(5);
    }
  });

  test('reaches it from pinned roots, and takes versions as they come', async () => {
    const versions = await history(3);
    const roots = ['r1', 'r2', 'r3'].map((kid) => publicKeyOf(kid).thumbprint);
    async function* stream(): AsyncIterable<Uint8Array> {
      for (const bytes of versions) yield await Promise.resolve(bytes);
    }
    expect((await walkRegistry(stream(), { roots, threshold: 2 })).version).toBe(3);
    await expect(walkRegistry(versions, { roots })).rejects.toMatchObject({ code: 'ERR_REGISTRY_PIN', actual: 2 });
    await expect(walkRegistry(versions, { roots: [publicKeyOf('mallory').thumbprint] })).rejects.toMatchObject({
      code: 'ERR_REGISTRY_PIN',
    });
  });

  test('refuses versions that none of the pinned one leads to', async () => {
    const versions = await history(3);
    await expect(walkRegistry(versions, { digest: 'a'.repeat(64) })).rejects.toMatchObject({ code: 'ERR_REGISTRY_PIN' });
    await expect(walkRegistry([], { digest: 'a'.repeat(64) })).rejects.toMatchObject({ code: 'ERR_REGISTRY_PIN' });
  });

  test('refuses a version that is left out, repeated, put back or swapped', async () => {
    const [a, b, c] = (await history(3)) as [Uint8Array, Uint8Array, Uint8Array];
    const pin = { digest: one.digest };
    await expect(walkRegistry([a, c], pin)).rejects.toMatchObject({ code: 'ERR_REGISTRY_SKIPPED' });
    await expect(walkRegistry([a, b, b], pin)).rejects.toMatchObject({ code: 'ERR_REGISTRY_ROLLED_BACK' });
    await expect(walkRegistry([a, b, a], pin)).rejects.toMatchObject({ code: 'ERR_REGISTRY_ROLLED_BACK' });
    await expect(walkRegistry([a, c, b], pin)).rejects.toMatchObject({ code: 'ERR_REGISTRY_SKIPPED' });
  });

  test('refuses somebody else’s registry of the same names', async () => {
    const mallory = ['r1', 'r2'].map((kid) => seededSigner(kid, `mallory ${kid}`));
    const own = mallory.map((signer) => root(signer.kid, { public_key: signer.publicKey.jwk, thumbprint: signer.publicKey.thumbprint }));
    const forged = { ...sample(), roots: ['r1', 'r2'], signers: own };
    await expect(walkRegistry([await signRegistry(forged, mallory)], { digest: one.digest })).rejects.toMatchObject({
      code: 'ERR_REGISTRY_PIN',
    });
    const successor = { ...next(one), roots: ['r1', 'r2'], signers: [...own, ...one.members.signers.slice(2)] };
    await expect(walkRegistry([first, await signRegistry(successor, mallory)], { digest: one.digest })).rejects.toMatchObject({
      code: 'ERR_REGISTRY_KEY_CHANGED',
    });
  });

  test('needs a pin that pins something', async () => {
    await expect(walkRegistry([first], { roots: [] })).rejects.toThrow(TypeError);
    await expect(walkRegistry([first], { roots: ['a', 'a'] })).rejects.toThrow(TypeError);
    await expect(walkRegistry([first], { roots: ['a'], threshold: 2 })).rejects.toThrow(RangeError);
    await expect(walkRegistry([first], { digest: 'A'.repeat(64) })).rejects.toThrow(TypeError);
  });
});

test('a key that a version repeats is not judged again, and one that it changes is', () => {
  const again = parseRegistryPayload(formatRegistryPayload(next(one)), one);
  expect(again.signer('r1')?.key).toBe(one.signer('r1')?.key);
  const other = parseRegistryPayload(
    formatRegistryPayload(
      next(one, { signers: changed(one, 'log-1', { public_key: publicKeyOf('other').jwk, thumbprint: publicKeyOf('other').thumbprint }) }),
    ),
    one,
  );
  expect(other.signer('log-1')?.key.thumbprint).toBe(publicKeyOf('other').thumbprint);
});
