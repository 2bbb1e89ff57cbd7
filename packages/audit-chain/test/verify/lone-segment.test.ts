import { describe, expect, it } from 'vitest';
import { nodeInflater } from '../../src/node/verify/inflater.ts';
import { inspectArchive } from '../../src/verify/archive/inspect.ts';
import { loneSegment } from '../../src/verify/archive/lone-segment.ts';
import type { Report } from '../../src/verify/report.ts';
import { type Files, archiveOf, chainOf } from './support/archive.ts';
import { memorySource, resolver, short } from './support/source.ts';

const records = chainOf(50);
const archive = await archiveOf(records, [20, 17, 13]);
/** The three files of the segment in the middle, under names of no archive. */
const genuine: Files = new Map(
  [...archive].filter(([path]) => path.includes('0000000000000020')).map(([path, bytes]) => [path.replace(/^.*\d{16}/, 'copy'), bytes]),
);
const ENDINGS = { records: '.jsonl.gz', index: '.index.json', manifest: '.manifest.json' } as const;

async function judge(files: Files, options: object = {}): Promise<Report> {
  const lone: Record<string, unknown> = {};
  for (const [role, ending] of Object.entries(ENDINGS)) {
    const found = [...files].find(([path]) => path.endsWith(ending));
    if (found !== undefined) lone[role] = { path: found[0], size: found[1].length };
  }
  const { source, range } = await loneSegment(memorySource(files), lone);
  return await inspectArchive(source, { resolver, inflater: nodeInflater, ...range, ...options });
}

const changed = (ending: string, change: (bytes: Uint8Array) => Uint8Array): Files =>
  new Map([...genuine].map(([path, bytes]) => [path, path.endsWith(ending) ? change(bytes) : bytes]));
const without = (ending: string): Files => new Map([...genuine].filter(([path]) => !path.endsWith(ending)));
const text = (from: string | RegExp, to: string) => (bytes: Uint8Array) => Buffer.from(Buffer.from(bytes).toString().replace(from, to));

describe('one segment alone', () => {
  it('verifies to its signed root through the frontier of its index, and nothing is said of the rest', async () => {
    expect([...genuine.keys()].sort()).toEqual(['copy.index.json', 'copy.jsonl.gz', 'copy.manifest.json']);
    const report = await judge(genuine);
    expect(short(report)).toEqual([]);
    expect(report).toMatchObject({ exitCode: 0, range: { verified: { from: 20, to: 36, count: 17 }, partial: true }, head: { size: 37 } });
    expect(report.summary).toContain('records 20 to 36 are intact; nothing is said about others');
    expect((await judge(genuine, { from: 30 })).range).toMatchObject({ requested: { from: 30, to: 36 } });
    expect((await judge(genuine, { resolver: undefined })).exitCode).toBe(12);
    expect((await judge(genuine, { to: '2026-11-21T03:12:30.000Z', from: undefined })).exitCode).toBe(0);
  });

  const attacks: readonly (readonly [string, Files, string])[] = [
    ['another frontier', changed('.index.json', text(/"frontier":\["./, '"frontier":["0')), 'ROOT_DIFFERS'],
    [
      'records of another segment',
      changed('.jsonl.gz', () => [...archive].find(([path]) => path.endsWith('37.jsonl.gz'))![1]),
      'FILE_DIGEST',
    ],
    ['a changed byte', changed('.jsonl.gz', (bytes) => bytes.with(300, bytes[300]! ^ 1)), 'MEMBER_DAMAGED'],
    ['no manifest', without('.manifest.json'), 'FILE_MISSING'],
    ['no index', without('.index.json'), 'FILE_MISSING'],
    ['no records', without('.jsonl.gz'), 'FILE_MISSING'],
    ['a manifest that is none', changed('.manifest.json', () => Buffer.from('{}\n')), 'MANIFEST_MALFORMED'],
  ];
  it.each(attacks)('is found to have %s', async (_name, files, code) => {
    const report = await judge(files);
    expect(report.exitCode).toBe(10);
    expect(short(report).join(' ')).toContain(code);
  });

  it('of which neither manifest nor index can be read is judged by what is wrong with them', async () => {
    const broken = new Map([...genuine].map(([path, bytes]) => [path, path.endsWith('.gz') ? bytes : Buffer.from('x\n')]));
    const report = await judge(broken);
    expect([report.exitCode, ...short(report)]).toEqual([10, 'MANIFEST_MALFORMED@0.document', 'INDEX_MALFORMED@0.index']);
  });
});
