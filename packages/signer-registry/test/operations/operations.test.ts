import { describe, expect, test } from 'vitest';
import { signDocument } from '@countersign/proof-core/document/sign';
import { DOCUMENT_TYPES } from '@countersign/proof-core/document/types';
import { parseLegacySigners } from '../../src/legacy/parse.ts';
import { activateSigner } from '../../src/operations/activate.ts';
import { addSigner } from '../../src/operations/add.ts';
import type { OperationContext } from '../../src/operations/change.ts';
import { compareRegistries } from '../../src/operations/compare.ts';
import { type EmergencyRequest, addEmergencySigner, emergencyApproval } from '../../src/operations/emergency.ts';
import { importSigners } from '../../src/operations/import.ts';
import { initRegistry } from '../../src/operations/init.ts';
import { retireSigner } from '../../src/operations/retire.ts';
import { revokeSigner } from '../../src/operations/revoke.ts';
import { rotateSigner } from '../../src/operations/rotate.ts';
import type { Registry } from '../../src/registry/registry.ts';
import { signRegistry } from '../../src/registry/sign.ts';
import { checkSuccessor } from '../../src/registry/successor.ts';
import { publicKeyOf, seededSigner } from '../support/keys.ts';
import { CHAIN, logSigner, parse, sample, T } from '../support/registries.ts';

const one = parse(sample());
const context = (day: number): OperationContext => ({ now: Date.parse(T(day)), actor: 'security:alice' });
const log2 = { kid: 'log-2', publicKey: publicKeyOf('log-2'), backend: 'proxy:https://signer.example.com' };
const fails = (run: () => unknown, code: string): void => expect(run).toThrow(expect.objectContaining({ code }));

describe('init', () => {
  test('makes a version 1 that a threshold of its roots can sign', () => {
    const roots = ['r1', 'r2'].map((kid) => ({ kid, publicKey: publicKeyOf(kid), operator: kid }));
    const registry = initRegistry({ roots, threshold: 2, now: Date.parse(T(0)) });
    expect(registry).toMatchObject({ version: 1, roots: ['r1', 'r2'], threshold: 2, issuedAt: T(0), expires: T(400) });
    fails(() => initRegistry({ roots, threshold: 3, now: 0 }), 'ERR_REGISTRY_THRESHOLD');
    fails(() => initRegistry({ roots: [roots[0]!, roots[0]!], threshold: 1, now: 0 }), 'ERR_REGISTRY_DUPLICATE_KID');
  });
});

describe('add', () => {
  test('adds a pending signer and says so to the chains', () => {
    const { next, event, warnings } = addSigner(one, { ...log2, purposes: ['checkpoint'], chains: [CHAIN] }, context(1));
    expect(next.version).toBe(2);
    expect(next.signer('log-2')).toMatchObject({ status: 'pending', validFrom: T(1), chains: [CHAIN] });
    expect(event).toEqual({
      type: 'signer.added',
      actor: 'security:alice',
      subject: 'log-2',
      payload: {
        kid: 'log-2',
        purposes: ['checkpoint'],
        registry: { digest: next.digest, version: 2 },
        status: 'pending',
        thumbprint: publicKeyOf('log-2').thumbprint,
      },
    });
    expect(warnings).toEqual([]);
    expect(one.version).toBe(1);
  });

  test('adds a root, which has to sign with the others', async () => {
    const request = { kid: 'r4', publicKey: publicKeyOf('r4'), purposes: ['registry-root'], backend: 'offline', operator: 'dave' } as const;
    const { next } = addSigner(one, { ...request, root: true, threshold: 3 }, context(1));
    expect(next).toMatchObject({ roots: ['r1', 'r2', 'r3', 'r4'], threshold: 3 });
    const bytes = await signRegistry(
      next.members,
      ['r1', 'r2', 'r4'].map((kid) => seededSigner(kid)),
    );
    expect((await checkSuccessor(one, bytes)).digest).toBe(next.digest);
  });

  test('refuses a kid or key that is there, and a broken signer', () => {
    const request = { ...log2, purposes: ['checkpoint'], chains: [CHAIN] } as const;
    fails(() => addSigner(one, { ...request, kid: 'log-1' }, context(1)), 'ERR_REGISTRY_DUPLICATE_KID');
    fails(() => addSigner(one, { ...request, publicKey: publicKeyOf('log-1') }, context(1)), 'ERR_REGISTRY_DUPLICATE_KEY');
    fails(() => addSigner(one, { ...request, chains: [] }, context(1)), 'ERR_REGISTRY_CHAIN');
    fails(() => addSigner(one, request, context(-1)), 'ERR_REGISTRY_WINDOW');
  });

  test('warns of a registry that ends soon, and needs a new end for one that has ended', () => {
    const request = { ...log2, purposes: ['checkpoint'], chains: [CHAIN] } as const;
    expect(addSigner(one, request, context(370)).warnings).toEqual([]);
    expect(addSigner(one, request, context(371)).warnings[0]).toContain('expires in 29 days');
    fails(() => addSigner(one, request, context(400)), 'ERR_REGISTRY_WINDOW');
    expect(addSigner(one, request, { ...context(401), expires: T(800) }).next.expires).toBe(T(800));
  });
});

describe('rotate, activate, retire', () => {
  test('hand one purpose and its chains from key to key', () => {
    const begun = rotateSigner(one, { from: 'log-1', to: log2 }, context(1)).next;
    expect(begun.signer('log-1')?.status).toBe('active');
    expect(begun.signer('log-2')).toMatchObject({ status: 'pending', purposes: ['checkpoint'], chains: [CHAIN], operator: 'security' });
    const both = activateSigner(begun, 'log-2', context(2)).next;
    expect(both.signer('log-2')?.status).toBe('active');
    const { next, warnings, event } = retireSigner(both, 'log-1', context(3));
    expect(next.signer('log-1')).toMatchObject({ status: 'retired', validUntil: T(3) });
    expect(warnings).toEqual([]);
    expect(event).toMatchObject({ type: 'signer.retired', subject: 'log-1', payload: { valid_until: T(3) } });
  });

  test('replace a root, which both sign', async () => {
    const { next } = rotateSigner(one, { from: 'r1', to: { kid: 'n1', publicKey: publicKeyOf('n1'), backend: 'offline' } }, context(1));
    expect(next.roots).toEqual(['n1', 'r2', 'r3']);
    const bytes = await signRegistry(
      next.members,
      ['r1', 'r2', 'n1'].map((kid) => seededSigner(kid)),
    );
    const two = await checkSuccessor(one, bytes);
    expect(retireSigner(two, 'r1', context(2)).next.roots).toEqual(['n1', 'r2', 'r3']);
  });

  test('warn where nobody is left, and of a beginning that lies ahead', () => {
    expect(retireSigner(one, 'log-1', context(1)).warnings).toEqual([`no active signer is left for checkpoint of ${CHAIN}`]);
    const begun = rotateSigner(one, { from: 'log-1', to: { ...log2, validFrom: T(9) } }, context(1)).next;
    expect(activateSigner(begun, 'log-2', context(2)).warnings[0]).toContain(T(9));
  });

  test('refuse what does not fit', () => {
    fails(() => rotateSigner(one, { from: 'nobody', to: log2 }, context(1)), 'ERR_OPERATION_KID');
    fails(() => activateSigner(one, 'log-1', context(1)), 'ERR_OPERATION_STATUS');
    const retired = retireSigner(one, 'log-1', context(1)).next;
    fails(() => retireSigner(retired, 'log-1', context(2)), 'ERR_OPERATION_STATUS');
    fails(() => rotateSigner(retired, { from: 'log-1', to: log2 }, context(2)), 'ERR_OPERATION_STATUS');
    const fewer = retireSigner(one, 'r3', context(1)).next;
    fails(() => retireSigner(fewer, 'r2', context(2)), 'ERR_REGISTRY_THRESHOLD');
  });

  test('end a signer whose window lies ahead where it begins', () => {
    const begun = rotateSigner(one, { from: 'log-1', to: { ...log2, validFrom: T(9) } }, context(1)).next;
    expect(retireSigner(begun, 'log-2', context(2)).next.signer('log-2')?.validUntil).toBe(T(9));
    expect(revokeSigner(begun, { kid: 'log-2', reason: 'x' }, context(2)).next.signer('log-2')?.revoked?.at).toBe(T(9));
  });
});

describe('revoke', () => {
  test('ends a signer and learns more later, but takes nothing back', () => {
    const soft = revokeSigner(one, { kid: 'log-1', reason: 'no longer needed' }, context(5)).next;
    expect(soft.signer('log-1')).toMatchObject({ status: 'revoked', revoked: { at: T(5) } });
    fails(() => revokeSigner(soft, { kid: 'log-1', reason: 'again' }, context(6)), 'ERR_OPERATION_STATUS');
    const hard = revokeSigner(soft, { kid: 'log-1', reason: 'stolen', compromisedSince: T(4) }, context(6)).next;
    expect(hard.signer('log-1')).toMatchObject({ compromisedSince: T(4), revoked: { at: T(5), reason: 'stolen' } });
    expect(
      revokeSigner(hard, { kid: 'log-1', reason: 'stolen', compromisedSince: T(3) }, context(7)).next.signer('log-1')?.compromisedSince,
    ).toBe(T(3));
    fails(() => revokeSigner(hard, { kid: 'log-1', reason: 'x', compromisedSince: T(5) }, context(7)), 'ERR_REGISTRY_UNREVOKED');
    fails(() => revokeSigner(one, { kid: 'log-1', reason: 'x', compromisedSince: 'yesterday' }, context(7)), 'ERR_REGISTRY_TIME');
  });

  test('takes a root out of the roots', () => {
    expect(revokeSigner(one, { kid: 'r1', reason: 'lost' }, context(1)).next.roots).toEqual(['r2', 'r3']);
  });
});

describe('emergency', () => {
  const approvers = parse({
    ...sample(),
    signers: [
      ...sample().signers,
      ...['ann', 'bob', 'ben'].map((kid) =>
        logSigner(kid, {
          purposes: ['approval'],
          chains: [],
          operator: kid === 'ben' ? 'bob' : kid,
          thumbprint: publicKeyOf(kid).thumbprint,
          public_key: publicKeyOf(kid).jwk,
        }),
      ),
    ],
  });
  const request: Omit<EmergencyRequest, 'approvals'> = {
    signer: {
      kid: 'log-e',
      publicKey: publicKeyOf('log-e'),
      purposes: ['checkpoint'],
      chains: [CHAIN],
      backend: 'offline',
      operator: 'security',
    },
    expires: T(17),
    justification: 'KMS of eu-west-1 is down',
  };

  const approve = (kid: string, wanted = emergencyApproval(request, approvers)): Promise<Uint8Array> =>
    signDocument({ type: DOCUMENT_TYPES.approval, purpose: 'approval', payload: wanted, signers: [seededSigner(kid)], form: 'compact' });

  const attempt = async (
    approvals: readonly Uint8Array[],
    change: Partial<EmergencyRequest> = {},
    registry: Registry = approvers,
  ): Promise<Registry> => (await addEmergencySigner(registry, { ...request, approvals, ...change }, context(10))).next;

  test('brings in a signer at once where enough approvers agree, and says for ever why', async () => {
    const approvals = [await approve('ann'), await approve('bob')];
    const { next, event } = await addEmergencySigner(approvers, { ...request, approvals }, context(10));
    const signer = next.signer('log-e');
    expect(signer).toMatchObject({
      status: 'active',
      validFrom: T(10),
      validUntil: T(17),
      emergency: { justification: request.justification },
    });
    expect(signer?.emergency?.approvals).toHaveLength(2);
    expect(event).toMatchObject({ type: 'signer.emergency', payload: { expires: T(17), justification: request.justification } });
  });

  test('needs distinct approvers: one key twice, or two keys of one operator, are one', async () => {
    const [ann, bob, ben] = [await approve('ann'), await approve('bob'), await approve('ben')];
    const refused = { code: 'ERR_OPERATION_APPROVAL' };
    await expect(attempt([ann])).rejects.toMatchObject(refused);
    await expect(attempt([ann, ann])).rejects.toMatchObject(refused);
    await expect(attempt([bob, ben])).rejects.toMatchObject(refused);
    await expect(attempt([ann, bob], { required: 3 })).rejects.toMatchObject(refused);
    expect((await attempt([ann, bob, ben])).signer('log-e')?.emergency?.approvals).toHaveLength(3);
  });

  test('takes no approval of something else, by nobody, or by a key of another purpose', async () => {
    const good = await approve('ann');
    const other = { ...emergencyApproval(request, approvers), justification: 'convenience' };
    await expect(attempt([good, await approve('bob', other)])).rejects.toMatchObject({ code: 'ERR_OPERATION_APPROVAL' });
    await expect(attempt([good, await approve('mallory')])).rejects.toMatchObject({ code: 'ERR_SIGNER_UNTRUSTED' });
    await expect(attempt([good, await approve('license-1')])).rejects.toMatchObject({ code: 'ERR_SIGNER_UNTRUSTED' });
    await expect(attempt([good, await approve('bob')], { expires: T(18) })).rejects.toMatchObject({ code: 'ERR_OPERATION_APPROVAL' });
    // An approval is of one version: it cannot be kept for later.
    const later = retireSigner(approvers, 'license-1', context(9)).next;
    await expect(attempt([good, await approve('bob')], {}, later)).rejects.toMatchObject({ code: 'ERR_OPERATION_APPROVAL' });
  });

  test('ends within 14 days', async () => {
    for (const expires of [T(10), T(25)]) await expect(attempt([], { expires })).rejects.toMatchObject({ code: 'ERR_OPERATION_EXPIRES' });
  });
});

describe('import', () => {
  test('takes over what a legacy registry has, for the purposes it is told', () => {
    const raw = (kid: string): string => Buffer.from(publicKeyOf(kid).raw!).toString('base64');
    const legacy = parseLegacySigners(
      new TextEncoder().encode(
        JSON.stringify([
          { kid: 'k1', key: raw('k1'), deployedAt: '2025-11-01' },
          { kid: 'k1-again', key: raw('k1') },
          { kid: 'k2', key: raw('k2') },
          { kid: 'h', alg: 'hmac', key: 'secret' },
        ]),
      ),
    );
    const purposes = { k1: 'checkpoint', 'k1-again': 'checkpoint', h: 'checkpoint' } as const;
    const { signers, skipped } = importSigners({
      legacy,
      purposes,
      chains: [CHAIN],
      operator: 'old',
      validFrom: T(0),
      now: Date.parse(T(1)),
    });
    expect(skipped).toEqual([
      { kid: 'k1-again', reason: 'twice' },
      { kid: 'k2', reason: 'no-purpose' },
      { kid: 'h', reason: 'hmac' },
    ]);
    expect(signers).toHaveLength(1);
    const registry = parse({ ...sample(), signers: [...sample().signers, ...signers] });
    expect(registry.signer('k1')).toMatchObject({ validFrom: '2025-11-01T00:00:00.000Z', purposes: ['checkpoint'], operator: 'old' });
  });
});

describe('comparison', () => {
  test('names every member that differs, and nothing else', () => {
    expect(compareRegistries(one, one)).toEqual([]);
    const next = retireSigner(one, 'log-1', context(3)).next;
    expect(compareRegistries(one, next)).toEqual([
      { member: 'version', before: '1', after: '2' },
      { member: 'issued_at', before: T(0), after: T(3) },
      { kid: 'log-1', member: 'status', before: 'active', after: 'retired' },
      { kid: 'log-1', member: 'validUntil', after: T(3) },
    ]);
    const added = addSigner(one, { ...log2, purposes: ['checkpoint'], chains: [CHAIN] }, context(1)).next;
    expect(compareRegistries(one, added).at(-1)).toEqual({
      kid: 'log-2',
      member: 'signer',
      after: `Ed25519 ${publicKeyOf('log-2').thumbprint}`,
    });
    expect(compareRegistries(added, one).at(-1)).toMatchObject({ kid: 'log-2', before: expect.stringContaining('Ed25519') });
  });
});
