import { describe, expect, test } from 'vitest';
import { DOCUMENT_TYPES } from '@countersign/proof-core/document/types';
import { signDocument } from '@countersign/proof-core/document/sign';
import { engine as portable } from '@countersign/proof-core/engine/portable';
import { canonicalize } from '@countersign/proof-core/json/canonicalize';
import { createDevRegistry } from '../../src/registry/dev.ts';
import { parseRegistry } from '../../src/registry/parse.ts';
import { addSignatures, signRegistry } from '../../src/registry/sign.ts';
import { seededSigner } from '../support/keys.ts';
import { CHAIN, loose, root, sample, T } from '../support/registries.ts';

const [r1, r2, r3] = [seededSigner('r1'), seededSigner('r2'), seededSigner('r3')];

describe('a registry document', () => {
  test('signed by a threshold of its roots is read, by both engines alike', async () => {
    const bytes = await signRegistry(sample(), [r1, r3]);
    const registry = await parseRegistry(bytes);
    expect(registry.version).toBe(1);
    expect((await parseRegistry(bytes, portable)).digest).toBe(registry.digest);
  });

  test('signed by too few roots is refused', async () => {
    await expect(parseRegistry(await signRegistry(sample(), [r2]))).rejects.toMatchObject({ code: 'ERR_REGISTRY_UNSIGNED' });
  });

  test('signed by nobody it names is refused', async () => {
    await expect(parseRegistry(await signRegistry(sample(), [seededSigner('mallory')]))).rejects.toMatchObject({
      code: 'ERR_REGISTRY_UNSIGNED',
    });
  });

  test('signed by keys of other purposes beside one root is refused', async () => {
    const bytes = await signRegistry(sample(), [r1, seededSigner('log-1'), seededSigner('license-1')]);
    await expect(parseRegistry(bytes)).rejects.toMatchObject({ code: 'ERR_REGISTRY_UNSIGNED' });
  });

  test('signed twice by one operator counts him once', async () => {
    const members = { ...sample(), signers: [root('r1', { operator: 'one' }), root('r2', { operator: 'one' }), root('r3')] };
    await expect(parseRegistry(await signRegistry(members, [r1, r2]))).rejects.toMatchObject({ code: 'ERR_REGISTRY_UNSIGNED' });
    expect((await parseRegistry(await signRegistry(members, [r1, r3]))).version).toBe(1);
  });

  test('signed by roots without an operator counts each key', async () => {
    const members = { ...sample(), signers: [root('r1', { operator: '' }), root('r2', { operator: '' }), root('r3')] };
    expect((await parseRegistry(await signRegistry(members, [r1, r2]))).version).toBe(1);
  });

  test('signed by a root outside its window is refused', async () => {
    const members = { ...sample(), signers: [root('r1', { valid_until: T(-1), valid_from: T(-2) }), root('r2'), root('r3')] };
    await expect(parseRegistry(await signRegistry(members, [r1, r2]))).rejects.toMatchObject({ code: 'ERR_REGISTRY_UNSIGNED' });
    const early = { ...sample(), signers: [root('r1', { valid_from: T(1) }), root('r2'), root('r3')] };
    await expect(parseRegistry(await signRegistry(early, [r1, r2]))).rejects.toMatchObject({ code: 'ERR_REGISTRY_UNSIGNED' });
  });

  test('with one false signature is refused even where enough others are true', async () => {
    const text = new TextDecoder().decode(await signRegistry(sample(), [r1, r2, r3]));
    const other = new TextDecoder().decode(await signRegistry({ ...sample(), threshold: 1 }, [r3]));
    const last = /"signature":"([\w-]+)"\}\]\}\n$/;
    const forged = text.replace(last, () => `"signature":"${last.exec(other)![1]}"}]}\n`);
    await expect(parseRegistry(new TextEncoder().encode(forged))).rejects.toMatchObject({ code: 'ERR_DOCUMENT_SIGNATURE' });
  });

  test('of another type is refused', async () => {
    const bytes = await signDocument({
      type: DOCUMENT_TYPES.approval,
      purpose: 'registry-root',
      payload: canonicalize(sample()),
      signers: [r1, r2],
      form: 'general',
    });
    await expect(parseRegistry(bytes)).rejects.toMatchObject({ code: 'ERR_DOCUMENT_TYPE' });
  });

  test('with any byte changed is refused', async () => {
    const bytes = await signRegistry(sample(), [r1, r2]);
    for (let i = 0; i < bytes.length; i += 97) {
      const changed = bytes.slice();
      changed[i]! ^= 1;
      await expect(parseRegistry(changed)).rejects.toMatchObject({ code: expect.stringMatching(/^ERR_/) });
    }
  });

  test('changed by its owner during the call does not matter', async () => {
    const bytes = await signRegistry(sample(), [r1, r2]);
    const reading = parseRegistry(bytes);
    bytes.fill(0);
    expect((await reading).version).toBe(1);
  });
});

test('a payload that breaks a rule is not signed', async () => {
  const members = loose();
  members.threshold = 9;
  await expect(signRegistry(members as never, [r1, r2])).rejects.toMatchObject({ code: 'ERR_REGISTRY_THRESHOLD' });
});

describe('a registry signed by one holder after another', () => {
  test('is read once a threshold has signed, and is the one that all would have signed together', async () => {
    const draft = canonicalize(sample());
    const half = await addSignatures(draft, [r1]);
    await expect(parseRegistry(half)).rejects.toMatchObject({ code: 'ERR_REGISTRY_UNSIGNED' });
    const whole = await addSignatures(half, [r3]);
    expect((await parseRegistry(whole)).version).toBe(1);
    expect(whole).toEqual(await signRegistry(sample(), [r1, r3]));
  });

  test('takes each signature once', async () => {
    const half = await signRegistry(sample(), [r1]);
    await expect(addSignatures(half, [r1])).rejects.toMatchObject({ code: 'ERR_REGISTRY_SIGNED_ALREADY' });
  });

  test('signs no broken payload and no other document', async () => {
    const broken = canonicalize({ ...sample(), threshold: 9 });
    await expect(addSignatures(broken, [r1])).rejects.toMatchObject({ code: 'ERR_REGISTRY_THRESHOLD' });
    const other = await signDocument({
      type: DOCUMENT_TYPES.approval,
      purpose: 'registry-root',
      payload: canonicalize(sample()),
      signers: [r1],
      form: 'general',
    });
    await expect(addSignatures(other, [r2])).rejects.toMatchObject({ code: 'ERR_REGISTRY_FORMAT' });
  });
});

describe('a development registry', () => {
  test('names one root and one key for checkpoints and segments of its chain', async () => {
    const now = Date.parse(T(3));
    const bytes = await createDevRegistry({ chain: CHAIN, logKey: seededSigner('dev-log'), rootKey: seededSigner('dev-root'), now });
    const registry = await parseRegistry(bytes);
    expect(registry.roots).toEqual(['dev-root']);
    expect(registry.isExpired(now)).toBe(false);
    const query = { kid: 'dev-log', chain: CHAIN, earliest: T(3) };
    expect(registry.resolve({ ...query, purpose: 'checkpoint' }).trusted).toBe(true);
    expect(registry.resolve({ ...query, purpose: 'segment' }).trusted).toBe(true);
    expect(registry.resolve({ ...query, purpose: 'checkpoint', chain: 'example.com/other' })).toMatchObject({ reason: 'wrong-chain' });
    expect(registry.resolve({ ...query, purpose: 'license' })).toMatchObject({ reason: 'wrong-purpose' });
    expect(registry.resolve({ kid: 'dev-root', purpose: 'checkpoint' })).toMatchObject({ reason: 'wrong-purpose' });
  });

  test('needs two keys', async () => {
    const key = seededSigner('dev-log');
    const other = seededSigner('dev-root', 'dev-log');
    const args = { chain: CHAIN, now: 0 };
    await expect(createDevRegistry({ ...args, logKey: key, rootKey: key })).rejects.toMatchObject({ code: 'ERR_REGISTRY_DUPLICATE_KID' });
    await expect(createDevRegistry({ ...args, logKey: key, rootKey: other })).rejects.toMatchObject({ code: 'ERR_REGISTRY_DUPLICATE_KEY' });
  });
});
