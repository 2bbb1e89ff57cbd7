import { hexDecode } from '@countersign/proof-core/bytes/hex';
import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { cosignNote } from '@countersign/proof-core/note/cosignature';
import { cosignatureKey, formatVkey } from '@countersign/proof-core/note/key';
import { formatNote, parseNote } from '@countersign/proof-core/note/note';
import { parsePolicy } from '@countersign/proof-core/note/policy';
import type { KeyResolver } from '@countersign/proof-core/ports';
import { hashLeaf } from '@countersign/proof-core/merkle/hash';
import { CompactRange } from '@countersign/proof-core/merkle/compact-range';
import { TreeView } from '@countersign/proof-core/merkle/tree';
import { formatReceipt } from '@countersign/proof-core/receipt/receipt';
import { expect, it } from 'vitest';
import { readPrevious } from '../../src/verify/previous.ts';
import { inspectReceipt } from '../../src/verify/receipt/inspect.ts';
import { testResolver, testSigner } from '../support/keys.ts';
import { CHAIN, chainOf, noteOf, signer, treeOf } from './support/archive.ts';
import { resolver, short } from './support/source.ts';

const records = chainOf(20);
const leaves = new Uint8Array(Buffer.concat(records.map((record) => hashLeaf(record))));
const view = new TreeView(CompactRange.empty(), leaves);
const note = utf8Encode(await noteOf(treeOf(records)));
const receiptOf = (index: number, record = records[index]!): Uint8Array =>
  formatReceipt({ record, index, hashes: view.inclusionProof(index), note });

it('a receipt is verified, and inconclusive without a registry', async () => {
  const report = await inspectReceipt(receiptOf(7), { resolver });
  expect(report).toMatchObject({
    verdict: 'verified',
    source: 'receipt',
    chain: CHAIN,
    checkpoint: { size: 20, kids: ['log-1'] },
    range: { verified: { from: 7, to: 7 } },
  });
  expect(report.summary).toContain('record 7 is in the signed log');
  expect(await inspectReceipt(receiptOf(7), {})).toMatchObject({
    exitCode: 12,
    findings: [{ code: 'NO_REGISTRY' }],
    axes: { integrity: 'pass' },
  });
});

it('a receipt that was altered in any byte is not', async () => {
  const bytes = receiptOf(7);
  for (let at = 0; at < bytes.length; at++) {
    bytes[at]! ^= 1 << (at % 8);
    expect([10, 11], `byte ${at}`).toContain((await inspectReceipt(bytes, { resolver })).exitCode);
    bytes[at]! ^= 1 << (at % 8);
  }
});

it('what is wrong is named', async () => {
  expect(short(await inspectReceipt(receiptOf(7, records[8]), { resolver }))).toEqual(['RECEIPT_PLACE.link.seq', 'RECEIPT_INCLUSION.root']);
  expect(short(await inspectReceipt(receiptOf(7), { resolver, chain: 'other.example.com' }))).toEqual(['RECEIPT_PLACE.link.chain']);
  expect(short(await inspectReceipt(receiptOf(7), { resolver: testResolver([testSigner(3)]) }))).toEqual(['SIGNER_UNKNOWN.checkpoint']);
  expect(short(await inspectReceipt(receiptOf(7), { resolver: testResolver([signer], ['license']) }))).toEqual([
    'SIGNER_PURPOSE.checkpoint',
  ]);
  expect(await inspectReceipt(utf8Encode('hello'), { resolver })).toMatchObject({
    exitCode: 10,
    findings: [{ code: 'RECEIPT_MALFORMED' }],
  });
});

it('what pins a chain is a checkpoint or a report that verified, nothing else', () => {
  expect(readPrevious(note)).toMatchObject({ chain: CHAIN, size: 20, root: expect.stringMatching(/^[0-9a-f]{64}$/) as string });
  const report = { schemaVersion: 1, verdict: 'verified', chain: CHAIN, head: { size: 3, root: 'a'.repeat(64) } };
  const json = (value: unknown): Uint8Array => utf8Encode(JSON.stringify(value));
  expect(readPrevious(json(report))).toEqual({ chain: CHAIN, size: 3, root: 'a'.repeat(64) });
  expect(readPrevious(json({ ...report, checkpoint: { size: 2, root: 'b'.repeat(64) } })).size).toBe(2);
  const wrong = [{ ...report, verdict: 'violated' }, { ...report, schemaVersion: 2 }, { ...report, chain: 'NO' }, { ...report, head: { size: 0, root: 'a'.repeat(64) } }, { ...report, head: { size: 3 } }, []]; // prettier-ignore
  for (const value of wrong)
    expect(() => readPrevious(json(value))).toThrow(expect.objectContaining({ code: 'ERR_VERIFY_OPTIONS' }) as Error);
  for (const bytes of [utf8Encode('junk'), utf8Encode('{'), hexDecode('00'), new Uint8Array(0)]) {
    expect(() => readPrevious(bytes)).toThrow(expect.objectContaining({ code: 'ERR_VERIFY_OPTIONS' }) as Error);
  }
});

it('the cosignatures in it bound its time under a pinned policy whose quorum they complete', async () => {
  const witness = testSigner(40, 'w1');
  const key = cosignatureKey('witness.example.com/w1', witness.publicKey);
  const at = Math.floor(Date.parse('2026-11-22T00:00:00Z') / 1000);
  const parsed = parseNote(note);
  const line = await cosignNote(parsed.textBytes, { name: key.name, signer: witness }, at);
  const cosigned = formatNote(parsed.textBytes, [...parsed.signatures, line]);
  const receipt = formatReceipt({ record: records[7]!, index: 7, hashes: view.inclusionProof(7), note: cosigned });
  const policy = parsePolicy(utf8Encode(`witness w1 ${formatVkey(key)}\nquorum w1\n`));
  expect(await inspectReceipt(receipt, { resolver, policy, require: ['time'] })).toMatchObject({
    exitCode: 0,
    axes: { time: 'attested' },
    checkpoint: { attested: { latest: '2026-11-22T00:00:00.999Z', by: [key.name] } },
  });
  // Without the policy, or the line, nobody says when.
  for (const [bytes, options] of [
    [receipt, {}],
    [receiptOf(7), { policy }],
  ] as const)
    expect(await inspectReceipt(bytes, { resolver, require: ['time'], ...options })).toMatchObject({
      exitCode: 12,
      axes: { time: 'asserted' },
    });
  // A key that was compromised afterwards is trusted by the witnesses' word alone.
  const compromised: KeyResolver = {
    ...resolver,
    resolve: (query) =>
      query.latest !== undefined && query.latest < '2026-12-01T00:00:00.000Z'
        ? resolver.resolve(query)
        : { trusted: false, entry: resolver.entries()[0]!, reason: 'compromised' },
  };
  expect((await inspectReceipt(receipt, { resolver: compromised, policy })).exitCode).toBe(0);
  expect(await inspectReceipt(receipt, { resolver: compromised })).toMatchObject({
    exitCode: 11,
    findingCounts: { SIGNER_COMPROMISED: 1 },
  });
  // A line of a pinned witness that does not hold is said, and counts for nothing.
  const broken = formatNote(parsed.textBytes, [
    ...parsed.signatures,
    { ...line, signature: line.signature.map((byte, i) => (i === 20 ? byte ^ 1 : byte)) },
  ]);
  const bad = formatReceipt({ record: records[7]!, index: 7, hashes: view.inclusionProof(7), note: broken });
  expect(await inspectReceipt(bad, { resolver, policy })).toMatchObject({
    exitCode: 0,
    axes: { time: 'asserted' },
    findingCounts: { COSIGNATURE_INVALID: 1 },
  });
});
