import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import type { Signer } from '@countersign/proof-core/ports';
import { engine as portable } from '@countersign/proof-core/engine/portable';
import { describe, expect, it } from 'vitest';
import { inspectRecords } from '../../src/verify/records/inspect.ts';
import { testResolver, testSigner } from '../support/keys.ts';
import { archiveOf, chainOf, eventOf, linesOf, noteOf, signer, treeOf } from './support/archive.ts';
import { inspect, short } from './support/source.ts';
import { streamOf } from './support/stream.ts';

const next = testSigner(8, 'log-2');
const DIGEST = 'cd'.repeat(32);
const registry = { digest: DIGEST, version: 4 };

async function rotation(from: Signer, to: Signer, named: { from?: string; to?: string } = {}): Promise<Record<string, unknown>> {
  const statement = utf8Encode(`countersign/rotation@1\0${named.from ?? 'log-1'}\0${named.to ?? 'log-2'}\0${DIGEST}`);
  const sign = async (one: Signer): Promise<string> =>
    Buffer.from(await one.sign({ purpose: 'checkpoint', bytes: statement })).toString('base64');
  const signatures = { from: await sign(from), to: await sign(to) };
  return { type: 'signer.rotated', subject: 'log-2', payload: { from: 'log-1', to: 'log-2', registry, signatures } };
}

const added = {
  type: 'signer.added',
  subject: 'log-2',
  payload: { kid: 'log-2', purposes: ['checkpoint'], registry, status: 'pending', thumbprint: 'A'.repeat(43) },
};

const chainWith = (change: Record<string, unknown>, at = 5): Uint8Array[] =>
  chainOf(20, { event: (seq) => eventOf(seq, seq === at ? change : {}) });
const both = testResolver([signer, next]);

describe('the signatures inside signer.rotated', () => {
  it.each(['integrity', 'default', 'deep'] as const)('hold, or are reported, at level %s, in a log and in an archive', async (level) => {
    const good = chainWith(await rotation(signer, next));
    const bad = chainWith(await rotation(signer, testSigner(9, 'log-2')));
    const cases = [
      [good, []],
      [bad, ['ROTATION_SIGNATURE/5.event.payload.signatures.to']],
    ] as const;
    for (const [records, expected] of cases) {
      const log = streamOf(linesOf(records), { notes: [await noteOf(treeOf(records))], kind: 'log' });
      const report = await inspectRecords(log, { resolver: both, level });
      expect(short(report)).toEqual(expected);
      expect(report.exitCode).toBe(expected.length === 0 ? 0 : 11);
      const archive = await inspect(await archiveOf(records, [10, 10]), { resolver: both, level });
      expect(short(archive)).toEqual(expected.map((one) => one.replace('/', '@0/')));
      expect(await inspect(await archiveOf(records, [10, 10]), { resolver: both, level }, portable)).toEqual(archive);
    }
  });

  it('of the wrong statement, or of one key twice, do not hold', async () => {
    const codes = async (change: Record<string, unknown>): Promise<string[]> => {
      const records = chainWith(change);
      const log = streamOf(linesOf(records), { notes: [await noteOf(treeOf(records))], kind: 'log' });
      return short(await inspectRecords(log, { resolver: both }));
    };
    expect(await codes(await rotation(signer, next, { to: 'log-3' }))).toHaveLength(2);
    expect(await codes(await rotation(signer, signer))).toEqual(['ROTATION_SIGNATURE/5.event.payload.signatures.to']);
    expect(await codes(await rotation(next, signer))).toHaveLength(2);
  });
});

describe('a registry older than the log', () => {
  const old = testResolver([signer]);
  const pinned = { version: 3, digest: DIGEST };

  it('is stale, not deceived, when a trusted checkpoint covers the record that introduces the unknown key', async () => {
    const records = chainWith(added);
    const notes = [await noteOf(treeOf(records.slice(0, 10))), await noteOf(treeOf(records), [next])];
    const log = () => streamOf(linesOf(records), { notes, kind: 'log' });
    const report = await inspectRecords(log(), { resolver: old, registry: pinned });
    expect(report).toMatchObject({ exitCode: 12, axes: { signerTrust: 'unknown' } });
    expect(short(report)).toEqual(['REGISTRY_STALE/5.signers', 'TAIL_UNSIGNED/10']);
    const archive = await archiveOf(records, [10, 10], { signersOf: (segment) => [segment === 0 ? signer : next] });
    const sealed = await inspect(archive, { resolver: old, registry: pinned });
    expect(sealed.exitCode).toBe(12);
    expect(short(sealed)).toEqual(['REGISTRY_STALE/5.signers']);
    // The present registry has that version already: then nobody knows the key.
    expect((await inspectRecords(log(), { resolver: old, registry: { version: 4, digest: DIGEST } })).exitCode).toBe(11);
  });

  it('is not proven by a record that no trusted checkpoint covers', async () => {
    const records = chainWith(added, 15);
    const notes = [await noteOf(treeOf(records.slice(0, 10))), await noteOf(treeOf(records), [next])];
    const log = streamOf(linesOf(records), { notes, kind: 'log' });
    expect((await inspectRecords(log, { resolver: old, registry: pinned })).exitCode).toBe(11);
    const archive = await archiveOf(records, [10, 10], { signersOf: (segment) => [segment === 0 ? signer : next] });
    expect((await inspect(archive, { resolver: old, registry: pinned })).exitCode).toBe(11);
  });
});
