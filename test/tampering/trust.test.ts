import { readPrevious } from '@countersign/audit-chain/verify/previous';
import type { Pin } from '@countersign/audit-chain/verify/context';
import { hexEncode } from '@countersign/proof-core/bytes/hex';
import { utf8Decode, utf8Encode } from '@countersign/proof-core/bytes/utf8';
import type { NewSigner } from '@countersign/signer-registry/registry/make';
import type { SignerMembers } from '@countersign/signer-registry/registry/types';
import { describe, expect, it } from 'vitest';
import { CHAIN, type Files, archiveOf, chainOf, noteOf, timeOf, treeOf } from '../../packages/audit-chain/test/verify/support/archive.ts';
import { type Expectation, entry, expectCaught, inspect, newSigner, registryOf } from './support/world.ts';

const log = newSigner('log-1');
const second = newSigner('log-2');
const resolver = await registryOf(entry(log));
const records = chainOf(50);
const SIZES = [20, 17, 13];
const genuine = await archiveOf(records, SIZES, { signers: [log] });

const caught = (
  exit: Expectation['exit'],
  code: Expectation['code'],
  what: string,
  axis: Expectation['axis'],
  place: Partial<Expectation> = {},
): Expectation => ({
  exit,
  code,
  class: what,
  axis,
  ...place,
});

const pinOf = (size: number, of = records): Pin => ({ chain: CHAIN, size, root: hexEncode(treeOf(of.slice(0, size)).root()) });

function without(...first: readonly number[]): Files {
  return new Map([...genuine].filter(([path]) => !first.some((gone) => path.includes(String(gone).padStart(16, '0')))));
}

describe('signers that do not count', () => {
  const revoked = { status: 'revoked', revoked: { at: timeOf(-100), reason: 'lost' } } as const;
  const cases: readonly (readonly [
    name: string,
    changes: Partial<NewSigner>,
    members: Partial<SignerMembers>,
    code: Expectation['code'],
  ])[] = [
    ['a key whose validity has ended', { validUntil: timeOf(-1) }, {}, 'SIGNER_EXPIRED'],
    ['a revoked key', {}, revoked, 'SIGNER_REVOKED'],
    ['a compromised key', {}, { ...revoked, revoked: { ...revoked.revoked, compromised_since: timeOf(-200) } }, 'SIGNER_COMPROMISED'],
    ['a key of another purpose', { purposes: ['license'], chains: [] }, {}, 'SIGNER_PURPOSE'],
    ['a key of another chain', { chains: ['other.example.com'] }, {}, 'SIGNER_CHAIN'],
  ];
  for (const [name, changes, members, code] of cases) {
    it(`${name}: ${code}`, async () => {
      const pinned = await registryOf(entry(log, changes, members), entry(second));
      await expectCaught(genuine, { resolver: pinned }, caught(11, code, 'signer', 'signerTrust', { segment: 37 }));
    });
  }

  it('a key that no registry knows: SIGNER_UNKNOWN', async () => {
    await expectCaught(
      genuine,
      { resolver: await registryOf(entry(second)) },
      caught(11, 'SIGNER_UNKNOWN', 'signer', 'signerTrust', { segment: 0 }),
    );
  });

  it('a last segment signed anew by an attacker who has every other file right: SIGNER_UNKNOWN', async () => {
    const evil = newSigner('log-1');
    const files = await archiveOf(records, SIZES, { signersOf: (i) => (i === 2 ? [evil] : [log]) });
    const report = await expectCaught(files, { resolver }, caught(11, 'MANIFEST_SIGNATURE', 'signature', 'signerTrust', { segment: 37 }));
    expect(report.findings.map(({ code }) => code)).toContain('SIGNER_UNKNOWN');
    expect(report.axes.integrity).toBe('pass');
  });

  it('a rewritten history, signed by a key of another chain: SIGNER_CHAIN', async () => {
    const other = await registryOf(entry(log), entry(second, { chains: ['other.example.com'] }));
    const files = await archiveOf(chainOf(50, { time: (seq) => timeOf(seq + 1) }), SIZES, { signers: [second] });
    await expectCaught(files, { resolver: other }, caught(11, 'SIGNER_CHAIN', 'signer', 'signerTrust'));
  });

  it("a signature of the manifest replaced by another of the same key's: MANIFEST_SIGNATURE", async () => {
    const [path, bytes] = [...genuine].find(([name]) => name.includes('0020.manifest'))!;
    const third = [...genuine].find(([name]) => name.includes('0037.manifest'))![1];
    const signature = /"signature":"([^"]*)"/;
    const changed = utf8Decode(bytes).replace(signature, signature.exec(utf8Decode(third))![0]);
    const files = new Map(genuine).set(path, utf8Encode(changed));
    await expectCaught(files, { resolver }, caught(11, 'MANIFEST_SIGNATURE', 'signature', 'signerTrust', { segment: 20 }));
  });

  it('a signature of the checkpoint replaced: CHECKPOINT_SIGNATURE', async () => {
    const other = await noteOf(treeOf(records.slice(0, 36)), [log]);
    const line = /\n\n(.*)/;
    const files = await archiveOf(records, SIZES, {
      signers: [log],
      manifest: (m, i) => (i === 1 ? { ...m, checkpoint: m.checkpoint.replace(line, line.exec(other)![0]) } : m),
    });
    await expectCaught(files, { resolver }, caught(11, 'CHECKPOINT_SIGNATURE', 'signature', 'signerTrust', { segment: 20 }));
  });

  it('no registry at all: NO_REGISTRY, and nobody is trusted', async () => {
    const report = await expectCaught(genuine, {}, caught(12, 'NO_REGISTRY', 'registry', 'signerTrust'));
    expect(report.axes).toMatchObject({ integrity: 'pass', signerTrust: 'unknown', time: 'unknown' });
  });
});

describe('what can only be seen with a pinned checkpoint', () => {
  it('the newest segment dropped: TAIL_TRUNCATED; without a pin the verdict says that it cannot know', async () => {
    const report = await inspect(without(37), { resolver });
    expect(report.exitCode).toBe(0);
    expect(report.summary).toContain('intact through record 36; later records cannot be excluded');
    expect(report.axes.completeness).toBe('unanchored');
    await expectCaught(
      without(37),
      { resolver, previous: pinOf(50) },
      caught(10, 'TAIL_TRUNCATED', 'truncated tail', 'completeness', { seq: 37 }),
    );
  });

  it('an older backup put back: TAIL_TRUNCATED', async () => {
    const older = await archiveOf(records.slice(0, 20), [20], { signers: [log] });
    await expectCaught(
      older,
      { resolver, previous: pinOf(45) },
      caught(10, 'TAIL_TRUNCATED', 'truncated tail', 'completeness', { seq: 20 }),
    );
  });

  it('everything removed: TAIL_TRUNCATED; without a pin NOTHING_TO_VERIFY', async () => {
    await expectCaught(
      new Map(),
      { resolver, previous: pinOf(50) },
      caught(10, 'TAIL_TRUNCATED', 'truncated tail', 'completeness', { seq: 0 }),
    );
    await expectCaught(new Map(), { resolver, chain: CHAIN }, caught(12, 'NOTHING_TO_VERIFY', 'nothing to verify', 'completeness'));
  });

  it('a fork with valid signatures: CHAIN_FORKED, at whatever place in a segment the pin stands', async () => {
    const fork = chainOf(50, { time: (seq) => timeOf(seq < 22 ? seq : seq + 1) });
    const files = await archiveOf(fork, SIZES, { signers: [log] });
    expect((await inspect(files, { resolver })).exitCode).toBe(0);
    for (const size of [23, 37, 38, 50]) {
      await expectCaught(files, { resolver, previous: pinOf(size) }, caught(10, 'CHAIN_FORKED', 'forked', 'integrity', { seq: size - 1 }));
    }
    // The histories part at record 22.
    expect((await inspect(files, { resolver, previous: pinOf(22) })).axes.completeness).toBe('pinned');
  });

  it('a genuine archive is pinned at every size', async () => {
    for (const size of [1, 19, 20, 21, 36, 37, 38, 49, 50]) {
      const report = await inspect(genuine, { resolver, previous: pinOf(size) });
      expect(report).toMatchObject({ exitCode: 0, axes: { completeness: 'pinned' } });
    }
  });

  it('a saved report or a checkpoint pins; a checkpoint with a bad signature of a known key does not pass', async () => {
    const saved = utf8Encode(JSON.stringify(await inspect(without(37), { resolver })));
    expect(readPrevious(saved)).toEqual(pinOf(37));
    const note = await noteOf(treeOf(records.slice(0, 30)), [log]);
    expect(await inspect(genuine, { resolver, previous: readPrevious(utf8Encode(note)) })).toMatchObject({ exitCode: 0 });
    const bad = note.replace(/.{8}\n$/, 'AAAAAA==\n');
    await expectCaught(
      genuine,
      { resolver, previous: readPrevious(utf8Encode(bad)) },
      caught(11, 'CHECKPOINT_SIGNATURE', 'signature', 'signerTrust', { field: 'previous' }),
    );
    const unknown = await noteOf(treeOf(records.slice(0, 30)), [second]);
    expect(await inspect(genuine, { resolver, previous: readPrevious(utf8Encode(unknown)) })).toMatchObject({ exitCode: 0 });
  });
});

describe("another chain's archive", () => {
  const name = 'other.example.com/audit';

  it('in the place of ours: the pinned registry does not trust its signer for it', async () => {
    const files = await archiveOf(chainOf(50, { chain: name }), SIZES, { signers: [log], chain: name });
    const report = await inspect(files, { resolver });
    expect(report).toMatchObject({ exitCode: 11, chain: name });
    expect(report.findings[0]).toMatchObject({ code: 'SIGNER_CHAIN' });
    await expectCaught(files, { resolver, chain: CHAIN }, caught(12, 'NOTHING_TO_VERIFY', 'nothing to verify', 'completeness'));
    await expectCaught(files, { resolver, previous: pinOf(50) }, caught(10, 'TAIL_TRUNCATED', 'truncated tail', 'completeness'));
  });

  it('under our name: MANIFEST_PLACE', async () => {
    const files = await archiveOf(chainOf(50, { chain: name }), SIZES, { signers: [log], chain: name });
    const renamed = new Map([...files].map(([path, bytes]) => [path.replace(name, CHAIN), bytes]));
    const report = await expectCaught(
      renamed,
      { resolver },
      caught(10, 'MANIFEST_PLACE', 'manifest chain', 'integrity', { field: 'chain' }),
    );
    expect(report.findings.length).toBeLessThan(20);
  });

  it('beside ours: one must be named', async () => {
    const files = new Map([...genuine, ...(await archiveOf(chainOf(10, { chain: name }), [10], { signers: [log], chain: name }))]);
    await expect(inspect(files, { resolver })).rejects.toMatchObject({ code: 'ERR_VERIFY_OPTIONS', field: 'chain' });
    expect(await inspect(files, { resolver, chain: CHAIN })).toMatchObject({ exitCode: 0, counts: { records: 50 } });
  });
});

describe('what is no attack', () => {
  it('a rotation: both keys sign while they overlap, then only the new one, and the old one retires', async () => {
    const pinned = await registryOf(
      entry(log, { validUntil: timeOf(40) }, { status: 'retired' }),
      entry(second, { validFrom: timeOf(10) }),
    );
    const files = await archiveOf(records, SIZES, { signersOf: (i) => [[log], [log, second], [second]][i]! });
    expect(await inspect(files, { resolver: pinned })).toMatchObject({ exitCode: 0, findings: [] });
  });

  it('a key compromised later, when a checkpoint of its successor covers what it signed', async () => {
    const lost = { status: 'revoked', revoked: { at: timeOf(45), reason: 'lost', compromised_since: timeOf(30) } } as const;
    const pinned = await registryOf(entry(log, {}, lost), entry(second));
    const covered = await archiveOf(records, SIZES, { signersOf: (i) => [[log], [log], [second]][i]! });
    expect(await inspect(covered, { resolver: pinned })).toMatchObject({ exitCode: 0, findings: [] });
    // The last segment of the lost key is covered by nothing.
    const open = await archiveOf(records, SIZES, { signersOf: (i) => [[log], [second], [log]][i]! });
    await expectCaught(open, { resolver: pinned }, caught(11, 'SIGNER_COMPROMISED', 'signer', 'signerTrust', { segment: 37 }));
  });

  it('equal times, and an outage with its backlog', async () => {
    const equal = await archiveOf(chainOf(50, { time: (seq) => timeOf(Math.floor(seq / 25) * 100) }), SIZES, { signers: [log] });
    expect(await inspect(equal, { resolver })).toMatchObject({ exitCode: 0, findings: [] });
  });

  it('segments of one record', async () => {
    const files = await archiveOf(records.slice(0, 5), [1, 1, 1, 1, 1], { signers: [log] });
    expect(await inspect(files, { resolver })).toMatchObject({ exitCode: 0, counts: { segments: 5 } });
  });
});
