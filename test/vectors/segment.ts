import { checkpoint, hex, note, pair, sha256 } from './naive.ts';
import { CHAIN } from './record.ts';
import { bad, good, type Json, type Vector, type VectorFile } from './vector.ts';

/** Canonical JSON of plain data: names sorted, nothing between tokens. */
function canonical(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const names = Object.keys(value).toSorted();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical((value as { [name: string]: Json })[name]!)}`).join(',')}}`;
}

const digest = (text: string): string => hex(sha256(text));
const MEMBERS = [
  { bytes: 1_048_600, count: 1500, first: 4, offset: 0, size: 210_000 },
  { bytes: 400_000, count: 500, first: 1504, offset: 210_000, size: 80_000 },
];
const INDEX = {
  chain: CHAIN,
  count: 2000,
  first: 4,
  format: 'countersign/segment-index@1',
  frontier: [digest('records 0 to 3')],
  members: MEMBERS,
};
type Changes = { readonly [name: string]: Json | undefined };
/** With members changed, added, or left out where undefined. */
const change = (value: Changes, changes: Changes): { readonly [name: string]: Json } =>
  Object.fromEntries(Object.entries({ ...value, ...changes }).filter(([, part]) => part !== undefined)) as {
    readonly [name: string]: Json;
  };
const index = (changes: Changes = {}): string => `${canonical(change(INDEX, changes))}\n`;
const member = (at: number, changes: Changes): Json => MEMBERS.map((value, i) => (i === at ? change(value, changes) : value));
const badIndex = (name: string, comment: string, text: string, error = 'INDEX_MALFORMED', file_size = 290_000): Vector =>
  bad(name, comment, { text, file_size }, error);

/** Segment index files. */
export const segmentIndexes: VectorFile = {
  name: 'segment-index',
  about:
    'Read a `.index.json` file (`text`) for a segment file of `file_size` bytes. The result is how many records and members it lists. Refused with the finding’s code: INDEX_MALFORMED, or INDEX_TILING where the members do not tile the file and the records exactly.',
  specification: 'docs/spec/archive.md (countersign/segment-index@1)',
  vectors: [
    good('two members', 'the plain case', { text: index(), file_size: 290_000 }, { count: 2000, members: 2 }),
    good(
      'from the first record',
      'nothing before it: an empty frontier',
      {
        text: index({ first: 0, frontier: [], members: MEMBERS.map((value) => ({ ...value, first: value.first - 4 })) }),
        file_size: 290_000,
      },
      { count: 2000, members: 2 },
    ),
    badIndex('no line feed', 'canonical JSON and one line feed', index().trimEnd()),
    badIndex('two line feeds', 'one', `${index()}\n`),
    badIndex('white space', 'canonical JSON', index().replace(',', ', ')),
    badIndex('unknown member', 'members are closed', index({ more: 1 })),
    badIndex('missing member', 'members are closed', index({ frontier: undefined })),
    badIndex('another format', 'this is version 1', index({ format: 'countersign/segment-index@2' })),
    badIndex('no members', 'one or more', index({ members: [] })),
    badIndex('count 0', 'a segment has a record', index({ count: 0 })),
    badIndex('chain in upper case', 'the rule of chain ids', index({ chain: 'Example.com' })),
    badIndex('frontier in upper case', 'lower-case hex', index({ frontier: [digest('x').toUpperCase()] })),
    badIndex('54 hashes in the frontier', 'more than 2^53 leaves have', index({ frontier: Array<string>(54).fill(digest('x')) })),
    badIndex('gap in the file', 'bytes that no member covers', index({ members: member(1, { offset: 210_001 }) }), 'INDEX_TILING'),
    badIndex('overlap in the file', 'bytes that two members cover', index({ members: member(1, { offset: 209_999 }) }), 'INDEX_TILING'),
    badIndex('bytes after the last member', 'bytes that no member covers', index(), 'INDEX_TILING', 290_001),
    badIndex('file cut short', 'a member that is not there', index(), 'INDEX_TILING', 289_999),
    badIndex('gap in the records', 'a record that no member holds', index({ members: member(1, { first: 1505 }) }), 'INDEX_TILING'),
    badIndex('fewer records than the count', 'the members hold 2,000', index({ count: 2001 }), 'INDEX_TILING'),
    badIndex('member of 5 MiB', 'more than is inflated in one piece', index({ members: member(0, { bytes: 5_242_880 }) }), 'INDEX_TILING'),
  ],
};

const NOTE = note(CHAIN, pair('segment log'), checkpoint(CHAIN, 2004, sha256('root')));
const MANIFEST = {
  chain: CHAIN,
  checkpoint: NOTE,
  count: 2000,
  digests: { file: digest('file'), index: digest('index'), records: digest('records') },
  exported: {
    at: '2026-11-21T04:00:00.000Z',
    env: 'production',
    pii_included: false,
    pii_policy_version: '1',
    service: 'marketplace',
    version: '0.1.0',
  },
  first: 4,
  first_prev: digest('record 3'),
  format: 'countersign/segment@1',
  last: 2003,
  last_hash: digest('record 2003'),
  previous: digest('previous manifest'),
  registry: { digest: digest('registry'), version: 1 },
  retention: { mode: 'none' },
  root: hex(sha256('root')),
  size: 2004,
};
const manifest = (changes: Changes = {}): string => canonical(change(MANIFEST, changes));
const badManifest = (name: string, comment: string, changes: Changes): Vector =>
  bad(name, comment, { text: manifest(changes) }, 'MANIFEST_MALFORMED');

/** Payloads of segment manifests. */
export const segmentManifests: VectorFile = {
  name: 'segment-manifest',
  about:
    'Read the payload of a segment manifest (`text`). The result has its digest (SHA-256, hex), first and last. Refused with the finding’s code. The document around it is in signed-document.json.',
  specification: 'docs/spec/archive.md (countersign/segment@1)',
  vectors: [
    good('in a directory', 'no retention', { text: manifest() }, { digest: digest(manifest()), first: 4, last: 2003 }),
    ...(['GOVERNANCE', 'COMPLIANCE'] as const).map((mode) => {
      const text = manifest({ retention: { mode, until: '2033-11-21T00:00:00.000Z' } });
      return good(`under ${mode}`, 'Object Lock', { text }, { digest: digest(text), first: 4, last: 2003 });
    }),
    badManifest('unknown member', 'members are closed', { more: 1 }),
    badManifest('missing member', 'members are closed', { root: undefined }),
    badManifest('another format', 'this is version 1', { format: 'countersign/segment@2' }),
    badManifest('last before first', 'last = first + count − 1', { last: 3 }),
    badManifest('count of another range', 'last = first + count − 1', { count: 1999 }),
    badManifest('size beyond the last record', 'a segment ends at its checkpoint', { size: 2005 }),
    badManifest('count 0', 'a segment has a record', { count: 0, last: 3, size: 4 }),
    badManifest('personal data included', 'private values never go into an archive', {
      exported: { ...MANIFEST.exported, pii_included: true },
    }),
    badManifest('export time without milliseconds', 'RFC 3339 UTC, 24 characters', {
      exported: { ...MANIFEST.exported, at: '2026-11-21T04:00:00Z' },
    }),
    badManifest('retention without an end', 'a lock has one', { retention: { mode: 'COMPLIANCE' } }),
    badManifest('end without a lock', 'none has none', { retention: { mode: 'none', until: '2033-11-21T00:00:00.000Z' } }),
    badManifest('digest in upper case', 'lower-case hex', { root: MANIFEST.root.toUpperCase() }),
    badManifest('digest of 31 bytes', 'SHA-256 has 32', { first_prev: MANIFEST.first_prev.slice(2) }),
    badManifest('registry version 0', 'they count from 1', { registry: { ...MANIFEST.registry, version: 0 } }),
    badManifest('fraction as first', 'whole numbers', { first: '4' }),
  ],
};
