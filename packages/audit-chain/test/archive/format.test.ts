import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { verifyDocument } from '@countersign/proof-core/document/verify';
import { DOCUMENT_TYPES } from '@countersign/proof-core/document/types';
import { canonicalize } from '@countersign/proof-core/json/canonicalize';
import { parseCheckpoint } from '@countersign/proof-core/note/checkpoint';
import { noteKey } from '@countersign/proof-core/note/key';
import { verifyNote } from '@countersign/proof-core/note/verify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signer } from '../support/chain.ts';
import { collect } from '../../src/append/stored-tree.ts';
import { type SealedChain, sealedChain } from '../support/sealed.ts';
import { type TestBed, testBed } from '../support/chain.ts';
import { filesIn, payloadOf, readMember, rootOf, sha256 } from './read.ts';

// docs/spec/archive.md, read back byte by byte with nothing of the code that wrote it.
let bed: TestBed;
let sealed: SealedChain;
let files: Map<string, Buffer>;
let lines: Buffer[];
beforeAll(async () => {
  bed = await testBed();
  // Three segments; the records of one take two members and more.
  sealed = await sealedChain({ store: bed.store, folder: bed.folder }, 1);
  await sealed.append(300, 100);
  await Promise.all(
    Array.from({ length: 100 }, (_, n) => sealed.chain.append({ type: 'a.b', actor: 'u', payload: { n, text: `${n}`.repeat(9000) } })),
  );
  await sealed.append(50, 50);
  await sealed.seal(200);
  files = filesIn(sealed.folder);
  const bytes = Buffer.from(await collect(sealed.parts.store.records(0, sealed.chain.size)));
  lines = bytes
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => Buffer.from(line));
});
afterAll(() => bed.close());

/** The three files of each segment, in order. */
function segments() {
  const keys = [...files.keys()].filter((path) => path.endsWith('.jsonl.gz')).map((path) => path.slice(0, -'.jsonl.gz'.length));
  return keys.map((key) => ({
    key,
    records: files.get(`${key}.jsonl.gz`)!,
    index: files.get(`${key}.index.json`)!,
    manifest: files.get(`${key}.manifest.json`)!,
  }));
}

interface Index {
  readonly chain: string;
  readonly count: number;
  readonly first: number;
  readonly format: string;
  readonly frontier: readonly string[];
  readonly members: readonly { bytes: number; count: number; first: number; offset: number; size: number }[];
}

test('there are three files a segment and no others, named by chain, day and first record, for reading only', () => {
  expect(files.size).toBe(3 * segments().length);
  expect(segments().length).toBe(3);
  let first = 0;
  for (const { key, manifest } of segments()) {
    const time = /"time":"([^"]+)"\}\}$/.exec(lines[first]!.toString())![1]!;
    expect(key).toBe(`${sealed.chain.id}/${time.slice(0, 10).replaceAll('-', '/')}/${String(first).padStart(16, '0')}`);
    for (const ending of ['.jsonl.gz', '.index.json', '.manifest.json'])
      expect(statSync(join(sealed.folder, key + ending)).mode & (process.platform === 'win32' ? 0 : 0o777)).toBe(
        process.platform === 'win32' ? 0 : 0o444,
      );
    first = payloadOf(manifest).value.size;
  }
});

test('the record files hold the stored lines, byte for byte, in members of whole lines that their index tiles exactly', () => {
  const read: Buffer[] = [];
  for (const { records, index } of segments()) {
    const { members, first, count } = JSON.parse(index.toString()) as Index;
    let offset = 0;
    let seq = first;
    for (const member of members) {
      expect([member.offset, member.first]).toEqual([offset, seq]);
      const plain = readMember(records.subarray(offset, offset + member.size));
      expect([plain.length, plain.toString().split('\n').length - 1, plain.at(-1)]).toEqual([member.bytes, member.count, 10]);
      // About a mebibyte: the line that passes it is the last one.
      expect(plain.length).toBeLessThan(2 ** 20 + 65_536);
      if (member !== members.at(-1)) expect(plain.length).toBeGreaterThanOrEqual(2 ** 20);
      read.push(plain);
      offset += member.size;
      seq += member.count;
    }
    expect([offset, seq]).toEqual([records.length, first + count]);
  }
  expect(segments().some(({ index }) => (JSON.parse(index.toString()) as Index).members.length > 1)).toBe(true);
  expect(Buffer.concat(read).equals(Buffer.concat(lines.flatMap((line) => [line, Buffer.of(10)])))).toBe(true);
});

test('an index is canonical JSON and a line feed; its frontier is the compact range of everything before', () => {
  let first = 0;
  for (const { index } of segments()) {
    const value = JSON.parse(index.toString()) as Index;
    expect(index.equals(Buffer.concat([canonicalize(value), Buffer.of(10)]))).toBe(true);
    expect(Object.keys(value)).toEqual(['chain', 'count', 'first', 'format', 'frontier', 'members']);
    expect([value.chain, value.format, value.first]).toEqual([sealed.chain.id, 'countersign/segment-index@1', first]);
    // The subtrees for the one-bits of `first`, largest first.
    const frontier: string[] = [];
    for (let at = 0, size = 2 ** 40; size >= 1; size /= 2) {
      if (Math.floor(first / size) % 2 === 0) continue;
      frontier.push(rootOf(lines.slice(at, at + size)).toString('hex'));
      at += size;
    }
    expect(value.frontier).toEqual(frontier);
    first += value.count;
  }
});

describe('manifests', () => {
  test('say what is in the files, each names the one before, and have exactly these members', () => {
    let previous = '0'.repeat(64);
    let first = 0;
    for (const { records, index, manifest } of segments()) {
      const { bytes, value } = payloadOf(manifest);
      expect(bytes.equals(Buffer.from(canonicalize(value)))).toBe(true);
      const { checkpoint, exported, ...rest } = value;
      const own = lines.slice(first, value.size);
      expect(rest).toEqual({
        chain: sealed.chain.id,
        count: own.length,
        digests: {
          file: sha256(records),
          index: sha256(index),
          records: sha256(Buffer.concat(own.flatMap((line) => [line, Buffer.of(10)]))),
        },
        first,
        first_prev: first === 0 ? '0'.repeat(64) : sha256(Buffer.concat([Buffer.of(0), lines[first - 1]!])),
        format: 'countersign/segment@1',
        last: first + own.length - 1,
        last_hash: sha256(Buffer.concat([Buffer.of(0), own.at(-1)!])),
        previous,
        registry: { digest: '0'.repeat(64), version: 1 },
        retention: { mode: 'none' },
        root: rootOf(lines.slice(0, value.size)).toString('hex'),
        size: first + own.length,
      });
      expect(exported).toEqual({
        at: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/) as string,
        env: 'test',
        pii_included: false,
        pii_policy_version: '1',
        service: 'test',
        version: '1',
      });
      expect(checkpoint.split('\n').slice(0, 3)).toEqual([
        sealed.chain.id,
        `${value.size}`,
        Buffer.from(value.root, 'hex').toString('base64'),
      ]);
      previous = sha256(bytes);
      first = value.size;
    }
    expect(first).toBe(sealed.chain.size);
  });

  test('are signed documents in general form, their checkpoint a signed note, under keys of the registry', async () => {
    for (const { manifest } of segments()) {
      const { value, signatures } = payloadOf(manifest);
      expect(signatures.map((one) => Buffer.from(one.protected, 'base64url').toString())).toEqual([
        `{"alg":"Ed25519","kid":"${signer.kid}","typ":"application/vnd.countersign.segment-manifest+jws"}`,
      ]);
      expect(manifest.at(-1)).toBe(10);
      await verifyDocument(manifest, { type: DOCUMENT_TYPES['segment-manifest'], purpose: 'segment', resolver: sealed.parts.resolver });
      const note = await verifyNote(Buffer.from(value.checkpoint), [noteKey(sealed.chain.id, signer.publicKey)]);
      expect(parseCheckpoint(note.textBytes)).toMatchObject({ origin: sealed.chain.id, size: value.size });
    }
  });
});

test('any gunzip reads a record file', async () => {
  const { gunzipSync } = await import('node:zlib');
  const plain = segments().map(({ key }) => gunzipSync(readFileSync(join(sealed.folder, `${key}.jsonl.gz`))));
  expect(Buffer.concat(plain).toString().trimEnd().split('\n').length).toBe(sealed.chain.size);
});
