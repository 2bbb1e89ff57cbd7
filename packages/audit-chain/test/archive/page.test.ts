import { createPrivateKey, createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { SegmentManifest } from '../../src/archive/manifest.ts';
import { payloadOf, readMember, rootOf, sha256 } from './read.ts';

// The worked segment of docs/spec/archive.md, checked with nothing but Node: its files fit each other and their signatures hold.
const page = readFileSync(new URL('../../../../docs/spec/archive.md', import.meta.url), 'utf8');
const blocks = new Map(Array.from(page.matchAll(/^```\w+ archive=(\w+)\n(.*?)\n```$/gms), ([, label, body]) => [label!, body!]));
const lines = blocks.get('lines')!.split('\n');
const file = Buffer.from(blocks.get('file')!.replaceAll('\n', ''), 'hex');
const index = `${blocks.get('index')!}\n`;
const manifest = JSON.parse(blocks.get('payload')!) as SegmentManifest;
const leaf = (line: string): string => sha256(Buffer.concat([Buffer.of(0), Buffer.from(line)]));

test('the file holds the lines in one member with the header of the page', () => {
  expect(file.subarray(0, 10).toString('hex')).toBe(blocks.get('header'));
  expect(readMember(file).toString()).toBe(lines.map((line) => `${line}\n`).join(''));
});

test('the index tiles the file, and its frontier is the hash that the first record names', () => {
  const { members, frontier } = JSON.parse(index) as { members: unknown; frontier: string[] };
  expect(members).toEqual([{ bytes: lines.join('\n').length + 1, count: 2, first: 1, offset: 0, size: file.length }]);
  // One record before: its subtree is its hash.
  expect(frontier).toEqual([manifest.first_prev]);
  expect(lines[0]).toContain(`"prev":"${manifest.first_prev}","seq":1,`);
});

test('the payload says what is in the files', () => {
  expect(manifest.digests).toEqual({
    file: sha256(file),
    index: sha256(index),
    records: sha256(lines.map((line) => `${line}\n`).join('')),
  });
  expect([manifest.first, manifest.last, manifest.count, manifest.size]).toEqual([1, 2, 2, 3]);
  expect([manifest.last_hash, lines[1]!.includes(`"prev":"${leaf(lines[0]!)}"`)]).toEqual([leaf(lines[1]!), true]);
  const node = (left: Buffer, right: Buffer): string => sha256(Buffer.concat([Buffer.of(1), left, right]));
  const pair = Buffer.from(node(Buffer.from(manifest.first_prev, 'hex'), Buffer.from(leaf(lines[0]!), 'hex')), 'hex');
  expect(manifest.root).toBe(node(pair, Buffer.from(leaf(lines[1]!), 'hex')));
  expect(rootOf([Buffer.from(lines[0]!)]).toString('hex')).toBe(leaf(lines[0]!));
});

test('the signatures of manifest and checkpoint are by the key whose seed is 32 bytes of 01', () => {
  const seed = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, 1)]);
  const key = createPublicKey(createPrivateKey({ key: seed, format: 'der', type: 'pkcs8' }));
  const { bytes, signatures } = payloadOf(Buffer.from(blocks.get('manifest')!));
  expect(bytes.toString()).toBe(blocks.get('payload'));
  const [one] = signatures as [{ protected: string; signature: string }];
  const input = Buffer.from(`${one.protected}.${bytes.toString('base64url')}`);
  expect(verify(null, input, key, Buffer.from(one.signature, 'base64url'))).toBe(true);
  expect(input.length).toBeLessThanOrEqual(4096);

  const [text, line] = manifest.checkpoint.split('\n\n') as [string, string];
  const signature = Buffer.from(line.trimEnd().split(' ').at(-1)!, 'base64');
  expect(verify(null, Buffer.from(`${text}\n`), key, signature.subarray(4))).toBe(true);
  expect(text).toBe(`log.example.com/audit\n3\n${Buffer.from(manifest.root, 'hex').toString('base64')}`);
});
