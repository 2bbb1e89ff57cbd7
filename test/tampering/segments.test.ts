import { gzipSync } from 'node:zlib';
import { hexEncode } from '@countersign/proof-core/bytes/hex';
import { utf8Decode, utf8Encode } from '@countersign/proof-core/bytes/utf8';
import type { SegmentManifest } from '@countersign/audit-chain/archive/manifest';
import { describe, expect, it } from 'vitest';
import { CHAIN, type Files, archiveOf, chainOf, noteOf, treeOf } from '../../packages/audit-chain/test/verify/support/archive.ts';
import { type Expectation, entry, expectCaught, inspect, newSigner, registryOf } from './support/world.ts';

const log = newSigner('log-1');
const resolver = await registryOf(entry(log));
const records = chainOf(50);
const SIZES = [20, 17, 13];
const genuine = await archiveOf(records, SIZES, { signers: [log] });
const RECORDS = pathOf(20, '.jsonl.gz');
const INDEX = pathOf(20, '.index.json');
const MANIFEST = pathOf(20, '.manifest.json');

function pathOf(first: number, ending: string): string {
  return [...genuine.keys()].find((path) => path.endsWith(`${String(first).padStart(16, '0')}${ending}`))!;
}

const found = (code: Expectation['code'], what: string, place: Partial<Expectation> = { segment: 20 }): Expectation => ({
  exit: 10,
  code,
  class: what,
  axis: 'integrity',
  ...place,
});

function withFile(path: string, change: (bytes: Uint8Array) => Uint8Array): Files {
  return new Map(genuine).set(path, change(genuine.get(path)!));
}

function withText(path: string, from: string | RegExp, to: string): Files {
  return withFile(path, (bytes) => utf8Encode(utf8Decode(bytes).replace(from, to)));
}

function without(...paths: readonly string[]): Files {
  return new Map([...genuine].filter(([path]) => !paths.some((gone) => path.includes(gone))));
}

const name = (first: number): string => String(first).padStart(16, '0');
const join = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

const FILES: readonly (readonly [attack: string, files: () => Files, expected: Expectation])[] = [
  ['bytes after the last gzip member', () => withFile(RECORDS, (b) => join(b, Buffer.from('x'))), found('INDEX_TILING', 'index')],
  [
    'an empty gzip member after the last',
    () => withFile(RECORDS, (b) => join(b, gzipSync(''))),
    found('FILE_RECOMPRESSED', 'file digest', { segment: 20, field: 'file' }),
  ],
  [
    'the same lines compressed anew',
    () => withFile(RECORDS, recompressed),
    found('FILE_RECOMPRESSED', 'file digest', { segment: 20, field: 'file' }),
  ],
  ['a gzip header with a time', () => withFile(RECORDS, (b) => b.with(4, 1)), found('GZIP_FORM', 'file digest')],
  ['a gzip header with a flag', () => withFile(RECORDS, (b) => b.with(3, 16)), found('GZIP_FORM', 'file digest')],
  [
    'further fields in a gzip header, and an index that knows',
    () => withHeaderFields(),
    found('GZIP_FORM', 'file digest', { segment: 20, seq: 20 }),
  ],
  [
    'garbage inside the last member, and an index that knows',
    () => withTail(Buffer.from('garbage')),
    found('MEMBER_DAMAGED', 'file digest'),
  ],
  ['an index that leaves the last bytes out', () => withText(INDEX, /"size":(\d+)\}\]/, '"size":100}]'), found('INDEX_TILING', 'index')],
  [
    'one byte changed in a file of the same length',
    () => withFile(RECORDS, (b) => b.with(200, b[200]! ^ 1)),
    found('MEMBER_DAMAGED', 'file digest'),
  ],
  ['a manifest of another chain', otherChain, found('MANIFEST_PLACE', 'manifest chain', { segment: 20, field: 'chain' })],
  ['two manifests that claim one range', overlapping, found('SEGMENT_OVERLAP', 'forked', { segment: 30, seq: 30 })],
  ['a wrong gzip checksum', () => withFile(RECORDS, (b) => b.with(b.length - 8, b.at(-8)! ^ 1)), found('GZIP_FORM', 'file digest')],
  ['a wrong gzip length', () => withFile(RECORDS, (b) => b.with(b.length - 1, 1)), found('GZIP_FORM', 'file digest')],
  ['a file cut in the middle', () => withFile(RECORDS, (b) => b.slice(0, 700)), found('MEMBER_DAMAGED', 'file digest')],
  ['a file emptied', () => withFile(RECORDS, () => new Uint8Array(0)), found('MEMBER_DAMAGED', 'file digest', { segment: 20, seq: 20 })],
  [
    'a bomb: more bytes than the index says',
    () => withFile(RECORDS, () => gzipSync(Buffer.alloc(20_000_000, 65))),
    found('MEMBER_DAMAGED', 'file digest'),
  ],
  ['an index that promises a bomb', () => withText(INDEX, /"bytes":\d+/, '"bytes":9007199254740991'), found('INDEX_TILING', 'index')],
  ['an index that points elsewhere', () => withText(INDEX, '"offset":0', '"offset":1'), found('INDEX_TILING', 'index')],
  ['an index of other records', () => withText(INDEX, /"first":20,"format"/, '"first":21,"format"'), found('INDEX_FIELD', 'index')],
  ['an index of another chain', () => withText(INDEX, CHAIN, 'lag.example.com/audit'), found('INDEX_FIELD', 'index')],
  ['an index with another frontier', () => withText(INDEX, /"frontier":\["./, '"frontier":["f'), found('INDEX_FRONTIER', 'index')],
  ['an index without its frontier', () => withText(INDEX, /"frontier":\[[^\]]*\]/, '"frontier":[]'), found('INDEX_FRONTIER', 'index')],
  ['an index with a space', () => withText(INDEX, '{"chain"', '{ "chain"'), found('INDEX_MALFORMED', 'index')],
  ['an index with a member too many', () => withText(INDEX, '"members":', '"member":1,"members":'), found('INDEX_MALFORMED', 'index')],
  ['an index without a line feed', () => withFile(INDEX, (b) => b.slice(0, -1)), found('INDEX_MALFORMED', 'index')],
  ['a manifest that is no document', () => withFile(MANIFEST, () => utf8Encode('{}\n')), found('MANIFEST_MALFORMED', 'manifest chain')],
  ['a manifest without a line feed', () => withFile(MANIFEST, (b) => b.slice(0, -1)), found('MANIFEST_MALFORMED', 'manifest chain')],
  [
    "another segment's manifest",
    () => withFile(MANIFEST, () => genuine.get(pathOf(37, '.manifest.json'))!),
    found('MANIFEST_PLACE', 'manifest chain'),
  ],
  ["another segment's records", () => withFile(RECORDS, () => genuine.get(pathOf(37, '.jsonl.gz'))!), found('FILE_DIGEST', 'file digest')],
  ['the records file removed', () => without(RECORDS), found('FILE_MISSING', 'deleted', { segment: 20, field: 'records' })],
  ['the index removed', () => without(INDEX), found('FILE_MISSING', 'deleted', { segment: 20, field: 'index' })],
  ['the manifest removed', () => without(MANIFEST), found('FILE_MISSING', 'deleted', { segment: 20, field: 'manifest' })],
  ['a segment in the middle removed', () => without(name(20)), found('SEGMENT_MISSING', 'deleted', { segment: 37, seq: 20 })],
  ['the first segment removed', () => without(name(0)), found('HEAD_TRUNCATED', 'truncated head', { seq: 0 })],
  ['a segment twice, on two days', twice, found('SEGMENT_OVERLAP', 'forked', { segment: 20, seq: 20 })],
  [
    'a segment under another day',
    () => moved('/21/0000000000000020', '/22/0000000000000020'),
    found('MANIFEST_PLACE', 'manifest chain', { segment: 20, field: 'date' }),
  ],
  [
    'a segment under another number',
    () => moved('0000000000000020', '0000000000000021'),
    found('MANIFEST_PLACE', 'manifest chain', { segment: 21, field: 'first' }),
  ],
];

/** The one member of the segment with other bytes, and an index that has its new length; the manifest knows neither. */
function withMember(member: Uint8Array): Files {
  const files = withFile(RECORDS, () => member);
  return files.set(INDEX, utf8Encode(utf8Decode(files.get(INDEX)!).replace(/"size":\d+/, `"size":${member.length}`)));
}

function withHeaderFields(): Files {
  const [header, rest] = [genuine.get(RECORDS)!.slice(0, 10), genuine.get(RECORDS)!.slice(10)];
  // FEXTRA, FNAME, FCOMMENT, FHCRC (RFC 1952 §2.3.1).
  return withMember(join(header.with(3, 30), Buffer.from('\x03\0abcname\0comment\0\x12\x34', 'latin1'), rest));
}

function withTail(bytes: Uint8Array): Files {
  const member = genuine.get(RECORDS)!;
  return withMember(join(member.slice(0, -8), bytes, member.slice(-8)));
}

const OTHER = 'other.example.com/audit';
const foreign = await archiveOf(chainOf(50, { chain: OTHER }), SIZES, { chain: OTHER, signers: [log] });
const halves = await archiveOf(records, [30, 20], { signers: [log] });

function otherChain(): Files {
  return withFile(MANIFEST, () => foreign.get(MANIFEST.replace(CHAIN, OTHER))!);
}

/** Records 30 to 49 once more, in a segment of its own. */
function overlapping(): Files {
  return new Map([...genuine, ...[...halves].filter(([path]) => path.includes(name(30)))]);
}

function recompressed(bytes: Uint8Array): Uint8Array {
  const lines = gunzip(bytes);
  const again = gzipSync(lines, { level: 9, strategy: 2 });
  again[9] = 0xff;
  return again;
}

function gunzip(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(process.getBuiltinModule('node:zlib').gunzipSync(bytes));
}

function moved(from: string, to: string): Files {
  return new Map([...genuine].map(([path, bytes]) => [path.replace(from, to), bytes]));
}

function twice(): Files {
  const copies = [...genuine]
    .filter(([path]) => path.includes(name(20)))
    .map(([path, bytes]) => [path.replace('/21/', '/22/'), bytes] as const);
  return new Map([...genuine, ...copies]);
}

describe('the files of a segment', () => {
  for (const [attack, files, expected] of FILES) {
    it(`${attack}: ${expected.code}`, async () => {
      await expectCaught(files(), { resolver }, expected);
    });
  }

  it('a file that belongs to nothing is told, and changes no verdict', async () => {
    const files = new Map(genuine).set('notes/\u001b[31mREADME', utf8Encode('hello')).set(`${CHAIN}/2026/11/21/7.jsonl.gz`, utf8Encode(''));
    const report = await inspect(files, { resolver });
    expect(report.exitCode).toBe(0);
    expect(report.findings.map(({ code }) => code)).toEqual(['FILE_UNEXPECTED', 'FILE_UNEXPECTED']);
  });
});

/** A manifest of the middle segment that says something else, signed by the right key. */
const LIES: readonly (readonly [
  field: string,
  lie: (manifest: SegmentManifest) => SegmentManifest | Promise<SegmentManifest>,
  expected: Expectation,
])[] = [
  ['root', (m) => ({ ...m, root: 'a'.repeat(64) }), found('CHECKPOINT_DIFFERS', 'checkpoint', { segment: 20, field: 'root' })],
  ['last_hash', (m) => ({ ...m, last_hash: 'a'.repeat(64) }), found('RECORD_MODIFIED', 'modified', { segment: 20, seq: 36 })],
  [
    'first_prev',
    (m) => ({ ...m, first_prev: 'a'.repeat(64) }),
    found('MANIFEST_CHAIN', 'manifest chain', { segment: 20, field: 'first_prev' }),
  ],
  ['previous', (m) => ({ ...m, previous: 'a'.repeat(64) }), found('MANIFEST_CHAIN', 'manifest chain', { segment: 20, field: 'previous' })],
  [
    'digests.file',
    (m) => ({ ...m, digests: { ...m.digests, file: 'a'.repeat(64) } }),
    found('FILE_RECOMPRESSED', 'file digest', { segment: 20, field: 'file' }),
  ],
  [
    'digests.index',
    (m) => ({ ...m, digests: { ...m.digests, index: 'a'.repeat(64) } }),
    found('FILE_DIGEST', 'file digest', { segment: 20, field: 'index' }),
  ],
  [
    'digests.records',
    (m) => ({ ...m, digests: { ...m.digests, records: 'a'.repeat(64) } }),
    found('FILE_DIGEST', 'file digest', { segment: 20, field: 'records' }),
  ],
  ['count and last', (m) => ({ ...m, count: 18, last: 37, size: 38 }), found('INDEX_FIELD', 'index', { segment: 20, field: 'count' })],
  ['count alone', (m) => ({ ...m, count: 18 }), found('MANIFEST_MALFORMED', 'manifest chain', { segment: 20, field: 'last' })],
  ['chain', (m) => ({ ...m, chain: 'lag.example.com/audit' }), found('MANIFEST_PLACE', 'manifest chain', { segment: 20, field: 'chain' })],
  ['a member too many', (m) => ({ ...m, extra: 'x' }), found('MANIFEST_MALFORMED', 'manifest chain')],
  [
    'retention',
    (m) => ({ ...m, retention: { mode: 'LEGAL' as 'none' } }),
    found('MANIFEST_MALFORMED', 'manifest chain', { segment: 20, field: 'retention.mode' }),
  ],
  ['a checkpoint that is none', (m) => ({ ...m, checkpoint: 'hello\n' }), found('CHECKPOINT_MALFORMED', 'checkpoint')],
];

describe('a manifest that lies, signed by the right key', () => {
  for (const [field, lie, expected] of LIES) {
    it(`about ${field}: ${expected.code}`, async () => {
      const files = await archiveOf(records, SIZES, { signers: [log], manifest: (m, i) => (i === 1 ? (lie(m) as SegmentManifest) : m) });
      await expectCaught(files, { resolver }, expected);
    });
  }

  it('about its checkpoint: one from the past, from the future, of another chain', async () => {
    const notes = {
      size: [await noteOf(treeOf(records.slice(0, 20)), [log]), await noteOf(treeOf(records), [log])],
      origin: [await noteOf(treeOf(records.slice(0, 37)), [log], 'lag.example.com/audit')],
    };
    for (const [field, wrong] of Object.entries(notes)) {
      for (const checkpoint of wrong) {
        const files = await archiveOf(records, SIZES, { signers: [log], manifest: (m, i) => (i === 1 ? { ...m, checkpoint } : m) });
        await expectCaught(files, { resolver }, found('CHECKPOINT_DIFFERS', 'checkpoint', { segment: 20, field }));
      }
    }
  });

  it('about the past: a history that the first segments do not have', async () => {
    const other = chainOf(50, {
      event: (seq) => ({
        actor: `user:${seq}`,
        id: `0193b3a4-0000-7000-8000-${String(seq).padStart(12, '0')}`,
        payload: {},
        type: seq === 0 ? 'chain.created' : 'order.created',
      }),
    });
    const theirs = await archiveOf(other, SIZES, { signers: [log] });
    const files = new Map([...genuine].map(([path, bytes]) => [path, path.includes(name(37)) ? theirs.get(path)! : bytes]));
    const report = await expectCaught(files, { resolver }, found('MANIFEST_CHAIN', 'manifest chain', { segment: 37, field: 'previous' }));
    expect(report.findings.map(({ code, field }) => `${code} ${field}`)).toEqual(
      expect.arrayContaining(['MANIFEST_CHAIN first_prev', 'INDEX_FRONTIER frontier']),
    );
    expect(hexEncode(treeOf(records).root())).not.toBe(report.head?.root);
  });
});
