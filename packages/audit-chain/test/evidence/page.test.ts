import { createHash, createPrivateKey, createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { engine } from '@countersign/proof-core/engine/portable';
import { expect, test } from 'vitest';
import type { EvidencePayload } from '../../src/evidence/document.ts';
import { inspectEvidence } from '../../src/verify/evidence/inspect.ts';
import { testResolver, testSigner } from '../support/keys.ts';
import { streamOf } from '../verify/support/stream.ts';

// The worked pack of docs/spec/evidence-pack.md, recomputed with nothing but Node; and our own verifier agrees.
const page = readFileSync(new URL('../../../../docs/spec/evidence-pack.md', import.meta.url), 'utf8');
const block = (name: string): string => new RegExp(`^\`\`\`json pack=${name}\n(.*?)\n\`\`\`$`, 'ms').exec(page)![1]!;
const lines = block('file').split('\n');
const payload = JSON.parse(block('payload')) as EvidencePayload;
const sha256 = (...parts: readonly (string | Uint8Array)[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

test('each record leads by its hashes to the root of the checkpoint', () => {
  for (const line of lines.slice(2, -1)) {
    const { hashes, record } = JSON.parse(line) as { hashes: string[]; record: { link: { seq: number } } };
    const bytes = /"record":(.*)\}$/.exec(line)![1]!;
    // A full tree of four: the bits of the number say on which side each hash stands.
    const root = hashes.reduce(
      (node, hash, level) => {
        const sibling = Buffer.from(hash, 'hex');
        const isRight = Math.floor(record.link.seq / 2 ** level) % 2 === 1;
        return isRight ? sha256(Buffer.of(1), sibling, node) : sha256(Buffer.of(1), node, sibling);
      },
      sha256(Buffer.of(0), bytes),
    );
    expect(root.toString('hex')).toBe(payload.root);
  }
  expect((JSON.parse(lines[0]!) as { checkpoint: string }).checkpoint).toContain(Buffer.from(payload.root, 'hex').toString('base64'));
});

test('the document is signed, and says what is in the lines', () => {
  const { document } = JSON.parse(lines.at(-1)!) as {
    document: { payload: string; signatures: { protected: string; signature: string }[] };
  };
  expect(Buffer.from(document.payload, 'base64url').toString()).toBe(block('payload'));
  expect(payload.digests.lines).toBe(sha256(lines.slice(0, -1).map((line) => `${line}\n`).join('')).toString('hex')); // prettier-ignore
  const seed = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, 1)]);
  const key = createPublicKey(createPrivateKey({ key: seed, format: 'der', type: 'pkcs8' }));
  const [one] = document.signatures;
  expect(verify(null, Buffer.from(`${one!.protected}.${document.payload}`), key, Buffer.from(one!.signature, 'base64url'))).toBe(true);
});

test('the verifier finds nothing in it', async () => {
  const source = streamOf(Buffer.from(lines.map((line) => `${line}\n`).join('')));
  const report = await inspectEvidence(source, { resolver: testResolver([testSigner(1, 'log-1')]) }, engine);
  expect([report.exitCode, report.findings]).toEqual([0, []]);
});
