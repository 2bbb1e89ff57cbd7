// The rotation of runbook 004 as the library does it: published, rehearsed, both sign, the old one retires, a compromise is found later.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inspectNote } from '@countersign/proof-core/note/verify';
import { noteKey } from '@countersign/proof-core/note/key';
import { signNote } from '@countersign/proof-core/note/sign';
import type { KeyQuery, Signer } from '@countersign/proof-core/ports';
import { publishRegistry, readRegistryHistory } from '../../src/node/registry-file.ts';
import { activateSigner } from '../../src/operations/activate.ts';
import type { Change, OperationContext } from '../../src/operations/change.ts';
import { retireSigner } from '../../src/operations/retire.ts';
import { revokeSigner } from '../../src/operations/revoke.ts';
import { rotateSigner } from '../../src/operations/rotate.ts';
import { type RotationPayload, signRotation, verifyRotation } from '../../src/operations/rotation.ts';
import type { Registry } from '../../src/registry/registry.ts';
import { signRegistry } from '../../src/registry/sign.ts';
import { walkRegistry } from '../../src/registry/walk.ts';
import { guardSigner } from '../../src/signer/guard.ts';
import { probeSigner } from '../../src/signer/probe.ts';
import { publicKeyOf, seededSigner } from '../support/keys.ts';
import { CHAIN, sample, T } from '../support/registries.ts';
import { TestLog } from '../support/tree.ts';

const log = new TestLog(CHAIN);
const roots = [seededSigner('r1'), seededSigner('r2')];
let folder: string;
let path: string;
let registry: Registry;
let now = Date.parse(T(0));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-rotation-'));
  path = join(folder, 'signers.json');
});
afterAll(() => rm(folder, { recursive: true }));

const context = (): OperationContext => ({ now, actor: 'security:alice' });
const publish = async (change: Change): Promise<void> => {
  registry = await publishRegistry(path, await signRegistry(change.next.members, roots));
};
const guarded = (kid: string, rehearsal = false): Signer =>
  guardSigner(seededSigner(kid), { registry: () => registry, clock: { now: () => now }, rehearsal });

/** A checkpoint of that size by those keys, as the log would publish it. */
const checkpoint = (size: number, ...kids: string[]): Promise<Uint8Array> =>
  signNote(
    log.checkpoint(size),
    kids.map((kid) => ({ name: CHAIN, signer: guarded(kid) })),
  );

/** What an auditor who pinned version 1 says of a note: each kid with trusted or the reason. */
async function judge(note: Uint8Array, pin: string, bounds: Partial<KeyQuery>): Promise<Record<string, string>> {
  const known = await walkRegistry(readRegistryHistory(path), { digest: pin });
  const entries = known.entries().filter(({ purposes }) => purposes.includes('checkpoint'));
  const { signatures } = await inspectNote(
    note,
    entries.map(({ key }) => noteKey(CHAIN, key)),
  );
  const verdict: Record<string, string> = {};
  for (const { status, key } of signatures) {
    const entry = entries.find((one) => one.key.thumbprint === key?.publicKey.thumbprint);
    if (entry === undefined) continue;
    const answer = known.resolve({ kid: entry.kid, purpose: 'checkpoint', chain: CHAIN, ...bounds });
    verdict[entry.kid] = status === 'verified' ? (answer.trusted ? 'trusted' : answer.reason) : status;
  }
  return verdict;
}

test('a rotation keeps every checkpoint verifiable, and a later compromise distrusts only what it must', async () => {
  registry = await publishRegistry(path, await signRegistry(sample(), roots));
  const pin = registry.digest;
  now = Date.parse(T(1));
  const before = await checkpoint(3, 'log-1');

  now = Date.parse(T(2));
  const to = { kid: 'log-2', publicKey: publicKeyOf('log-2'), backend: 'offline' };
  await publish(rotateSigner(registry, { from: 'log-1', to }, context()));
  await expect(checkpoint(4, 'log-2')).rejects.toMatchObject({ code: 'ERR_SIGN_STATUS' });
  await probeSigner(guarded('log-2', true), registry.signer('log-2')!);

  now = Date.parse(T(3));
  await publish(activateSigner(registry, 'log-2', context()));
  const overlap = await checkpoint(8, 'log-1', 'log-2');
  const event = await signRotation({ from: guarded('log-1'), to: guarded('log-2'), registry, actor: 'security:alice' });
  await verifyRotation(event.payload as RotationPayload, registry);
  const forged = { ...(event.payload as RotationPayload), to: 'license-1' };
  await expect(verifyRotation(forged, registry)).rejects.toMatchObject({ code: 'ERR_SIGNER_OUTPUT' });

  now = Date.parse(T(4));
  await publish(retireSigner(registry, 'log-1', context()));
  await expect(checkpoint(9, 'log-1')).rejects.toMatchObject({ code: 'ERR_SIGN_STATUS' });
  const after = await checkpoint(12, 'log-2');

  expect(await judge(before, pin, { earliest: T(1) })).toEqual({ 'log-1': 'trusted' });
  expect(await judge(overlap, pin, { earliest: T(3) })).toEqual({ 'log-1': 'trusted', 'log-2': 'trusted' });
  expect(await judge(after, pin, { earliest: T(4) })).toEqual({ 'log-2': 'trusted' });

  // Somebody signs with the retired key itself, past every guard: its last record is later than the key's end.
  const late = await signNote(log.checkpoint(20), [{ name: CHAIN, signer: seededSigner('log-1') }]);
  expect(await judge(late, pin, { earliest: T(9) })).toEqual({ 'log-1': 'expired' });
  // A backlog that the new key signs after an outage: its records are older than the key. That is no alarm.
  expect(await judge(after, pin, { earliest: T(1) })).toEqual({ 'log-2': 'trusted' });

  now = Date.parse(T(20));
  await publish(revokeSigner(registry, { kid: 'log-1', reason: 'key found in a backup', compromisedSince: T(2) }, context()));
  // Untrusted, not tampered: the signature holds, and what is shown to be older stays trusted.
  expect(await judge(overlap, pin, { earliest: T(3) })).toEqual({ 'log-1': 'compromised', 'log-2': 'trusted' });
  expect(await judge(before, pin, { earliest: T(1) })).toEqual({ 'log-1': 'compromised' });
  expect(await judge(before, pin, { earliest: T(1), latest: T(1, 5000) })).toEqual({ 'log-1': 'trusted' });
  expect(registry.version).toBe(5);
});
