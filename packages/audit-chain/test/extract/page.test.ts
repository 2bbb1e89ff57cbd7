import { createHash, createPrivateKey, createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { engine } from '@countersign/proof-core/engine/portable';
import { expect, test } from 'vitest';
import type { ExtractPayload } from '../../src/extract/document.ts';
import { inspectExtract } from '../../src/verify/extract/inspect.ts';
import { testResolver, testSigner } from '../support/keys.ts';
import { streamOf } from '../verify/support/stream.ts';

// The worked extract of docs/spec/extract.md, recomputed with nothing but Node; and our own verifier agrees.
const page = readFileSync(new URL('../../../../docs/spec/extract.md', import.meta.url), 'utf8');
const blocks = new Map(Array.from(page.matchAll(/^```\w+ extract=(\w+)\n(.*?)\n```$/gms), ([, label, body]) => [label!, body!]));
const lines = blocks.get('lines')!.split('\n');
const text = lines.map((line) => `${line}\n`).join('');
const payload = JSON.parse(blocks.get('payload')!) as ExtractPayload;
const file = JSON.parse(blocks.get('file')!) as {
  readonly after: string[];
  readonly before: string[];
  readonly checkpoint: string;
  readonly document: {
    readonly payload: string;
    readonly signatures: readonly { readonly protected: string; readonly signature: string }[];
  };
};
const sha256 = (...parts: readonly (string | Uint8Array)[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};
const node = (left: Buffer, right: Buffer): Buffer => sha256(Buffer.of(1), left, right);
const hex = (text: string): Buffer => Buffer.from(text, 'hex');

test('the payload says what is in the lines, and they and the hashes beside it give its root', () => {
  expect(payload.digests.records).toBe(sha256(text).toString('hex'));
  const [one, two] = lines.map((line) => sha256(Buffer.of(0), line));
  expect([payload.first, payload.last, payload.count, payload.size]).toEqual([1, 2, 2, 4]);
  expect(payload.last_hash).toBe(two!.toString('hex'));
  expect(lines[0]).toContain(`"prev":"${payload.first_prev}","seq":1,`);
  expect(file.before).toEqual([payload.first_prev]);
  expect(node(node(hex(file.before[0]!), one!), node(two!, hex(file.after[0]!))).toString('hex')).toBe(payload.root);
});

test('the signatures of document and checkpoint are by the key whose seed is 32 bytes of 01', () => {
  const seed = Buffer.concat([hex('302e020100300506032b657004220420'), Buffer.alloc(32, 1)]);
  const key = createPublicKey(createPrivateKey({ key: seed, format: 'der', type: 'pkcs8' }));
  const [one] = file.document.signatures;
  expect(Buffer.from(file.document.payload, 'base64url').toString()).toBe(blocks.get('payload'));
  const input = Buffer.from(`${one!.protected}.${file.document.payload}`);
  expect(verify(null, input, key, Buffer.from(one!.signature, 'base64url'))).toBe(true);
  const [head, line] = file.checkpoint.split('\n\n') as [string, string];
  expect(head).toBe(`log.example.com/audit\n4\n${hex(payload.root).toString('base64')}`);
  expect(verify(null, Buffer.from(`${head}\n`), key, Buffer.from(line.trimEnd().split(' ').at(-1)!, 'base64').subarray(4))).toBe(true);
});

test('the verifier finds nothing in it', async () => {
  const document = Buffer.from(`${blocks.get('file')!}\n`);
  const source = { document, records: streamOf(Buffer.from(text)) };
  const report = await inspectExtract(source, { resolver: testResolver([testSigner(1, 'log-1')]) }, engine);
  expect([report.exitCode, report.findings]).toEqual([0, []]);
});
