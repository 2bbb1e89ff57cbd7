import { nodeInflater } from '@countersign/audit-chain/node/verify/inflater';
import { type ArchiveOptions, inspectArchive } from '@countersign/audit-chain/verify/archive/inspect';
import { type FindingCode, findingKind } from '@countersign/audit-chain/verify/codes';
import type { Axes, Report } from '@countersign/audit-chain/verify/report';
import { engine as portable } from '@countersign/proof-core/engine/portable';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Signer } from '@countersign/proof-core/ports';
import { localSigner } from '@countersign/signer-registry/node/local-signer';
import { type NewSigner, createRegistry, makeSigner } from '@countersign/signer-registry/registry/make';
import { parseRegistry } from '@countersign/signer-registry/registry/parse';
import type { Registry } from '@countersign/signer-registry/registry/registry';
import { signRegistry } from '@countersign/signer-registry/registry/sign';
import type { SignerMembers } from '@countersign/signer-registry/registry/types';
import { expect } from 'vitest';
import { seededKey } from '../../../packages/audit-chain/test/support/keys.ts';
import { CHAIN, type Files } from '../../../packages/audit-chain/test/verify/support/archive.ts';
import { memorySource } from '../../../packages/audit-chain/test/verify/support/source.ts';

export const ENGINES: readonly Engine[] = [defaultEngine, portable];

let seed = 100;

/** A signer with a key of its own; the same keys in every run, so that every run is the same. */
export function newSigner(kid: string): Signer {
  return localSigner(kid, seededKey(seed++));
}

const ROOT = newSigner('root');
const FROM = '2026-01-01T00:00:00.000Z';

/** Makes the entry of a log key; `changes` are what a test is about. */
export function entry(signer: Signer, changes: Partial<NewSigner> = {}, members: Partial<SignerMembers> = {}): SignerMembers {
  const dev = { backend: 'file', operator: 'dev', validFrom: FROM, purposes: ['checkpoint', 'segment'] as const, chains: [CHAIN] };
  return { ...makeSigner({ kid: signer.kid, publicKey: signer.publicKey, ...dev, ...changes }), ...members };
}

/** A signed registry of these log keys. */
export async function registryOf(...signers: readonly SignerMembers[]): Promise<Registry> {
  const root = makeSigner({
    kid: ROOT.kid,
    publicKey: ROOT.publicKey,
    purposes: ['registry-root'],
    validFrom: FROM,
    backend: 'file',
    operator: 'dev',
  });
  const members = createRegistry({
    issuedAt: FROM,
    expires: '2036-01-01T00:00:00.000Z',
    roots: [ROOT.kid],
    threshold: 1,
    signers: [root, ...signers],
  });
  return await parseRegistry(await signRegistry(members, [ROOT]));
}

export async function inspect(files: Files, options: Partial<ArchiveOptions>, engine: Engine = defaultEngine): Promise<Report> {
  return await inspectArchive(memorySource(files), { inflater: nodeInflater, ...options }, engine);
}

/** What an attack must lead to. */
export interface Expectation {
  readonly exit: Report['exitCode'];
  /** A finding with this code … */
  readonly code: FindingCode;
  /** … of this class … */
  readonly class: string;
  /** … on this axis, which then does not pass … */
  readonly axis: keyof Axes;
  /** … at this place. */
  readonly segment?: number;
  readonly seq?: number;
  readonly field?: string;
}

/** Requires verdict, code, class, axis and place, and that both engines say exactly the same. */
export async function expectCaught(files: Files, options: Partial<ArchiveOptions>, expected: Expectation): Promise<Report> {
  const [report, again] = await Promise.all(ENGINES.map((engine) => inspect(files, options, engine)));
  expect(again).toEqual(report);
  const { exit, class: what, axis, ...place } = expected;
  expect(report!.findings).toContainEqual(expect.objectContaining(place));
  expect(report!.exitCode).toBe(exit);
  expect(findingKind(expected.code).class).toBe(what);
  expect(['fail', 'unknown', 'short', 'not met', 'unanchored', 'asserted']).toContain(report!.axes[axis]);
  expect(report!.summary).toContain(CHAIN);
  return report!;
}
