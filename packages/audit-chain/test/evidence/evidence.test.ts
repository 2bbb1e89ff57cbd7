import { defaultEngine } from '@countersign/proof-core/engine/default';
import { engine as portable } from '@countersign/proof-core/engine/portable';
import { signDocument } from '@countersign/proof-core/document/sign';
import { parseDocument } from '@countersign/proof-core/document/parse';
import { DOCUMENT_TYPES } from '@countersign/proof-core/document/types';
import { formatReceipt } from '@countersign/proof-core/receipt/receipt';
import { verifyReceipt } from '@countersign/proof-core/receipt/verify';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type EvidenceParts, packEvidence } from '../../src/evidence/pack.ts';
import { folderSource } from '../../src/node/verify/folder-source.ts';
import type { VerifyOptions } from '../../src/verify/context.ts';
import { inspectEvidence } from '../../src/verify/evidence/inspect.ts';
import type { Report } from '../../src/verify/report.ts';
import { type TestBed, event, signer, testBed } from '../support/chain.ts';
import { testResolver, testSigner } from '../support/keys.ts';
import { type SealedChain, noted, sealedChain } from '../support/sealed.ts';
import { short } from '../verify/support/source.ts';
import { streamOf } from '../verify/support/stream.ts';

const resolver = testResolver([signer]);
const ID = '0193f8a0-0000-7000-8000-00000000abcd';
let bed: TestBed;
let sealed: SealedChain;
let registry: EvidenceParts['registry'];
let pack: string[];
let other: string[];

const bytesOf = (lines: readonly string[]): Uint8Array => Buffer.from(lines.map((line) => `${line}\n`).join(''));

async function packed(of: SealedChain, changes: Partial<EvidenceParts> = {}): Promise<string[]> {
  const pieces: Uint8Array[] = [];
  const parts = {
    store: of.parts.store,
    signers: [signer],
    resolver,
    registry,
    exporter: { env: 'test', pii_policy_version: '1', service: 'test', version: '1.0.0' },
    now: '2026-11-21T04:00:00.000Z',
    filter: { actor: 'user:3' },
    ...changes,
  };
  // oxlint-disable-next-line typescript/require-await -- a place to write to
  await packEvidence(parts, async (bytes) => pieces.push(bytes));
  return Buffer.concat(pieces).toString().trimEnd().split('\n');
}

async function inspect(lines: readonly string[], options: VerifyOptions = { resolver }, engine = defaultEngine): Promise<Report> {
  return await inspectEvidence(streamOf(bytesOf(lines)), options, engine);
}

beforeAll(async () => {
  bed = await testBed();
  const bytes = await signDocument({
    type: DOCUMENT_TYPES.signers,
    purpose: 'registry-root',
    payload: { any: 'registry' },
    signers: [signer],
    form: 'general',
  });
  registry = { bytes, digest: parseDocument(bytes).digest, version: 7 };
  sealed = await sealedChain(bed, 200, { batch: 100, records: 100 });
  await sealed.chain.append(event(3, { id: ID, private: { email: 'zoe@example.com', name: 'Zoe' } }));
  await noted(sealed.chain, sealed.parts.store);
  pack = await packed(sealed, { archive: folderSource(sealed.folder), includePrivate: true });
  const second = await sealedChain(bed, 30, { batch: 30, records: 100 });
  other = await packed(second, { archive: folderSource(second.folder) });
});
afterAll(() => bed.close());

const place = (kind: string, nth = 0, lines = pack): number => {
  const found = lines.flatMap((line, i) => (line.includes(`"kind":"${kind}"`) ? [i] : []));
  return found.at(nth)!;
};

test('a pack is verified by both engines: records, manifests, private values, and who packed it', async () => {
  const report = await inspect(pack);
  expect(report).toMatchObject({
    exitCode: 0,
    verdict: 'verified',
    source: 'evidence',
    chain: sealed.chain.id,
    axes: { integrity: 'pass', signerTrust: 'pass', completeness: 'unanchored' },
    checkpoint: { size: 201 },
    findings: [],
  });
  expect(report.summary).toContain("that no other matches is the exporter's word");
  expect(report.range.verified!.count).toBe(pack.filter((line) => line.includes('"kind":"record"')).length);
  expect(await inspect(pack, { resolver }, portable)).toEqual(report);
  expect((await inspect(pack, {})).exitCode).toBe(12);
});

test('a line of it, with its checkpoint, is a receipt', async () => {
  const { checkpoint } = JSON.parse(pack[0]!) as { checkpoint: string };
  const { hashes, record } = JSON.parse(pack[place('record', 2)]!) as { hashes: string[]; record: { link: { seq: number } } };
  const parts = {
    record: defaultEngine.canonicalize(record),
    index: record.link.seq,
    hashes: hashes.map((hash) => Buffer.from(hash, 'hex')),
  };
  const receipt = formatReceipt({ ...parts, note: Buffer.from(checkpoint) });
  expect((await verifyReceipt(receipt, { resolver })).link.seq).toBe(record.link.seq);
});

const attacks: Record<string, [(lines: string[]) => string[], RegExp]> = {
  'a record changed': [(l) => l.with(place('record', 1), l[place('record', 1)]!.replace('"n":', '"n":1')), /RECEIPT_INCLUSION/],
  'a record left out': [(l) => l.toSpliced(place('record', 1), 1), /EVIDENCE_FIELD\.counts\.records/],
  'a record twice': [(l) => l.toSpliced(place('record', 1), 0, l[place('record', 1)]!), /RECORD_REORDERED/],
  'two records swapped': [
    (l) => l.with(place('record', 1), l[place('record', 2)]!).with(place('record', 2), l[place('record', 1)]!),
    /RECORD_REORDERED/,
  ],
  'the proof of another record': [
    (l) => {
      const [a, b] = [l[place('record', 1)]!, l[place('record', 2)]!];
      return l.with(place('record', 1), a.replace(/"hashes":\[.*?\]/, /"hashes":\[.*?\]/.exec(b)![0]));
    },
    /RECEIPT_INCLUSION/,
  ],
  'a record of another log': [(l) => l.with(place('record', 1), other[place('record', 1, other)]!), /RECORD_CHAIN/],
  'a manifest of another log': [
    (l) => l.with(place('manifest'), other[place('manifest', 0, other)]!),
    /EVIDENCE_FIELD@\d+\.manifest\.chain/,
  ],
  'a manifest twice': [(l) => l.with(place('manifest'), l[place('manifest', 1)]!), /EVIDENCE_FIELD\.digests\.lines/],
  'another registry': [
    (l) =>
      l.with(
        place('registry'),
        l[place('registry')]!.replace(/"payload":"[^"]*"/, `"payload":"${Buffer.from('{"other":1}').toString('base64url')}"`),
      ),
    /EVIDENCE_FIELD\.registry\.digest/,
  ],
  'a private value': [(l) => l.with(place('private'), l[place('private')]!.replace('zoe@', 'eve@')), /PRIVATE_DIFFERS/],
  'the document of another pack': [(l) => l.with(-1 + l.length, other.at(-1)!), /EVIDENCE_FIELD\.chain/],
  'no document': [(l) => l.slice(0, -1), /EVIDENCE_MALFORMED\.document/],
  'a line behind the document': [(l) => [...l, l[1]!], /EVIDENCE_MALFORMED/],
  'the checkpoint of another log': [(l) => l.with(0, other[0]!), /RECORD_CHAIN/],
};

test.each(Object.entries(attacks))('%s is found', async (_, [attack, finding]) => {
  const report = await inspect(attack(pack));
  expect(report.exitCode).toBe(10);
  expect(short(report).join(' ')).toMatch(finding);
});

test('every byte counts', async () => {
  const bytes = bytesOf(pack);
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length - 2), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
      const changed = bytes.slice();
      changed[at]! ^= flip;
      const { exitCode } = await inspectEvidence(streamOf(changed), { resolver });
      expect([10, 11]).toContain(exitCode);
    }),
    { numRuns: 60 },
  );
});

test('the registry inside is never trusted, and one of the pinned version must be the pinned one', async () => {
  const pinned = { version: 7, digest: '1'.repeat(64) };
  expect(short(await inspect(pack, { resolver, registry: pinned }))).toEqual(['REGISTRY_DIFFERS.registry']);
  const strangers = testResolver([testSigner(9)]);
  expect(await inspect(pack, { resolver: strangers })).toMatchObject({ exitCode: 11, axes: { signerTrust: 'fail' } });
});

test('private values are packed only when asked for; nothing that matches, nothing packed', async () => {
  const plain = await packed(sealed);
  expect(plain.join('')).not.toContain('zoe@example.com');
  expect((await inspect(plain)).exitCode).toBe(0);
  await expect(packed(sealed, { filter: { subject: 'order:none' } })).rejects.toMatchObject({ code: 'ERR_EXTRACT_EMPTY' });
  await expect(packed(sealed, { signers: [testSigner(9)] })).rejects.toMatchObject({ code: 'ERR_SIGNER_WRONG' });
});
