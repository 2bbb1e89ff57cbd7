import { describe, expect, test } from 'vitest';
import { base64urlEncode } from '@countersign/proof-core/bytes/base64';
import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import { DOCUMENT_TYPES } from '@countersign/proof-core/document/types';
import { canonicalize } from '@countersign/proof-core/json/canonicalize';
import { formatCheckpoint } from '@countersign/proof-core/note/checkpoint';
import type { Purpose, SignRequest, Signer } from '@countersign/proof-core/ports';
import type { SignerMembers } from '../../src/registry/types.ts';
import { guardSigner } from '../../src/signer/guard.ts';
import type { SignObservation } from '../../src/signer/hooks.ts';
import { formatStatement } from '../../src/signer/statement.ts';
import { wrapSigner } from '../../src/signer/wrap.ts';
import { publicKeyOf, seededSigner } from '../support/keys.ts';
import { CHAIN, loose, parse, T } from '../support/registries.ts';

const now = Date.parse(T(10));
const checkpoint = (origin = CHAIN): Uint8Array => formatCheckpoint({ origin, size: 1, root: new Uint8Array(32).fill(7) });
const input = (header: object): Uint8Array =>
  utf8Encode(
    `${base64urlEncode(canonicalize({ alg: 'Ed25519', kid: 'license-1', typ: DOCUMENT_TYPES.license, ...header }))}.${base64urlEncode(canonicalize({ a: 1 }))}`,
  );

interface Case {
  readonly change?: Partial<SignerMembers>;
  readonly kid?: string;
  readonly key?: string;
  readonly purpose?: Purpose;
  readonly bytes?: Uint8Array;
  readonly rehearsal?: boolean;
  readonly wrap?: (signer: Signer) => Signer;
}

function attempt(one: Case): { result: Promise<Uint8Array>; asked: SignRequest[]; seen: SignObservation[] } {
  const { change = {}, kid = 'log-1', key = kid, purpose = 'checkpoint', bytes = checkpoint(), rehearsal = false } = one;
  const members = loose();
  const entry = members.signers.find((signer) => signer['kid'] === kid);
  if (entry !== undefined) Object.assign(entry, change);
  const registry = parse(members);
  const asked: SignRequest[] = [];
  const seen: SignObservation[] = [];
  const backend = seededSigner(kid, key);
  const spy = wrapSigner(backend, (request) => {
    asked.push(request);
    return (one.wrap?.(backend) ?? backend).sign(request);
  });
  const guarded = guardSigner(spy, {
    registry: () => registry,
    clock: { now: () => now },
    hooks: { onSign: (observation) => seen.push(observation) },
    rehearsal,
  });
  return { result: guarded.sign({ purpose, bytes }), asked, seen };
}

const lie = (signer: Signer): Signer => wrapSigner(signer, () => Promise.resolve(new Uint8Array(64)));
const other = (): Signer => seededSigner('log-1', 'mallory');
const elsewhere = (signer: Signer): Signer =>
  wrapSigner(signer, ({ purpose }) => signer.sign({ purpose, bytes: checkpoint('example.com/x') }));

describe('a signer under its registry', () => {
  test('signs what it is registered for', async () => {
    const { result, seen } = attempt({});
    expect(await defaultEngine.verify(publicKeyOf('log-1'), checkpoint(), await result)).toBe(true);
    expect(seen).toEqual([{ kid: 'log-1', backend: 'proxy', purpose: 'checkpoint', milliseconds: 0 }]);
  });

  test('signs documents and probes as well', async () => {
    expect(await attempt({ kid: 'license-1', purpose: 'license', bytes: input({}) }).result).toHaveLength(64);
    const probe = formatStatement({ type: 'probe', kid: 'log-1', nonce: '0'.repeat(64) });
    expect(await attempt({ bytes: probe }).result).toHaveLength(64);
  });

  test.each<[string, Case, string]>([
    ['it is not in the registry', { kid: 'log-9' }, 'ERR_SIGN_KEY'],
    ['the registry has another key under its kid', { key: 'mallory' }, 'ERR_BACKEND_KEY'],
    ['it is pending', { change: { status: 'pending' } }, 'ERR_SIGN_STATUS'],
    ['it is retired', { change: { status: 'retired', valid_until: T(20) } }, 'ERR_SIGN_STATUS'],
    ['it is revoked', { change: { status: 'revoked', revoked: { at: T(20), reason: 'x' } } }, 'ERR_SIGN_STATUS'],
    ['its window has ended', { change: { valid_until: T(9) } }, 'ERR_SIGN_STATUS'],
    ['its window has not begun', { change: { valid_from: T(11) } }, 'ERR_SIGN_STATUS'],
    ['the purpose is another', { purpose: 'segment' }, 'ERR_SIGN_PURPOSE'],
    ['a checkpoint comes to a license key', { kid: 'license-1', purpose: 'license', bytes: checkpoint() }, 'ERR_SIGN_CONTENT'],
    ['a checkpoint is asked of a license key', { kid: 'license-1' }, 'ERR_SIGN_PURPOSE'],
    ['a license comes to a checkpoint key', { bytes: input({}) }, 'ERR_SIGN_CONTENT'],
    ['the checkpoint is another chain’s', { bytes: checkpoint('example.com/other') }, 'ERR_SIGN_CHAIN'],
    ['the header names another kid', { kid: 'license-1', purpose: 'license', bytes: input({ kid: 'license-2' }) }, 'ERR_SIGN_CONTENT'],
    ['the header names another algorithm', { kid: 'license-1', purpose: 'license', bytes: input({ alg: 'ES256' }) }, 'ERR_SIGN_CONTENT'],
    ['the probe is another key’s', { bytes: formatStatement({ type: 'probe', kid: 'log-2', nonce: '0'.repeat(64) }) }, 'ERR_SIGN_CONTENT'],
    ['it is too long', { bytes: new Uint8Array(4097) }, 'ERR_SIGN_INPUT_SIZE'],
  ])('does not ask its backend where %s', async (_, one, code) => {
    const { result, asked, seen } = attempt(one);
    await expect(result).rejects.toMatchObject({ code });
    expect(asked).toEqual([]);
    expect(seen[0]?.reason).toBe(code.slice(4).toLowerCase());
  });

  test('signs probes with a pending key in a rehearsal, nothing else, and with no other that it should not', async () => {
    const bytes = formatStatement({ type: 'probe', kid: 'log-1', nonce: 'ab'.repeat(32) });
    const pending = { change: { status: 'pending', valid_from: T(11) }, rehearsal: true } as const;
    expect(await attempt({ ...pending, bytes }).result).toHaveLength(64);
    await expect(attempt({ ...pending, bytes, rehearsal: false }).result).rejects.toMatchObject({ code: 'ERR_SIGN_STATUS' });
    await expect(attempt(pending).result).rejects.toMatchObject({ code: 'ERR_SIGN_STATUS' });
    const retired = attempt({ change: { status: 'retired', valid_until: T(20) }, rehearsal: true, bytes });
    await expect(retired.result).rejects.toMatchObject({ code: 'ERR_SIGN_STATUS' });
  });

  test('hands on nothing that does not verify', async () => {
    for (const wrap of [lie, other, elsewhere]) {
      await expect(attempt({ wrap }).result).rejects.toMatchObject({ code: 'ERR_SIGNER_OUTPUT' });
    }
  });

  test('signs what was checked, whatever the caller does to his bytes meanwhile', async () => {
    const bytes = checkpoint();
    const { result } = attempt({ bytes });
    bytes.fill(0);
    expect(await defaultEngine.verify(publicKeyOf('log-1'), checkpoint(), await result)).toBe(true);
  });

  test('is not stopped by a hook that throws', async () => {
    const registry = parse(loose());
    const hooks = {
      onSign: () => {
        throw new Error('metrics are down');
      },
    };
    const signer = guardSigner(seededSigner('log-1'), { registry: () => registry, clock: { now: () => now }, hooks });
    expect(await signer.sign({ purpose: 'checkpoint', bytes: checkpoint() })).toHaveLength(64);
  });

  test('obeys a newer registry at once', async () => {
    let registry = parse(loose());
    const signer = guardSigner(seededSigner('log-1'), { registry: () => registry, clock: { now: () => now } });
    await signer.sign({ purpose: 'checkpoint', bytes: checkpoint() });
    const members = loose();
    Object.assign(members.signers[3]!, { status: 'revoked', revoked: { at: T(9), reason: 'stolen' } });
    registry = parse(members);
    await expect(signer.sign({ purpose: 'checkpoint', bytes: checkpoint() })).rejects.toMatchObject({ code: 'ERR_SIGN_STATUS' });
  });
});
