import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { describe, expect, it, vi } from 'vitest';
import { fileIds } from '../../src/node/verify/file-ids.ts';
import { memoryIds } from '../../src/verify/record/memory-ids.ts';
import { temporaryFolder } from '../support/database.ts';
import { archiveOf, chainOf, eventOf, linesOf, noteOf, treeOf } from './support/archive.ts';
import { inspect, resolver, short } from './support/source.ts';
import { streamOf } from './support/stream.ts';
import { inspectRecords } from '../../src/verify/records/inspect.ts';

const repeated = chainOf(40, { event: (seq) => eventOf(seq, seq === 33 ? { id: eventOf(7)['id'] } : {}) });

describe.each([
  ['in memory', memoryIds],
  ['with files', fileIds],
])('level deep, ids %s', (_, ids) => {
  it('finds an id that comes twice, across segments; level default does not look', async () => {
    const files = await archiveOf(repeated, [20, 20]);
    expect(await inspect(files, { level: 'default' })).toMatchObject({ exitCode: 0 });
    const report = await inspect(files, { level: 'deep', ids });
    expect(report).toMatchObject({ exitCode: 10, level: 'deep' });
    expect(report.findings).toEqual([
      { code: 'ID_REPEATED', seq: 33, field: 'event.id', expected: 'an id of its own', actual: 'that of record 7' },
    ]);
  });

  it('finds nothing in an intact archive, and leaves nothing behind', async () => {
    // A place of its own: other tests make and remove their files at the same time.
    const folder = temporaryFolder();
    vi.stubEnv('TMPDIR', folder.path);
    try {
      expect(await inspect(await archiveOf(chainOf(40), [20, 20]), { level: 'deep', ids })).toMatchObject({ exitCode: 0, findings: [] });
      expect(tmpdir()).toBe(folder.path);
      expect(readdirSync(folder.path)).toEqual([]);
    } finally {
      vi.unstubAllEnvs();
      folder.remove();
    }
  });

  it('keeps apart a great many ids', async () => {
    const store = ids();
    const id = (n: number): Uint8Array => utf8Encode(String(n).padStart(16, '0'));
    for (let seq = 0; seq < 100_000; seq++) store.add(id(seq === 99_999 ? 12_345 : seq), seq);
    expect(await store.repeated()).toEqual([{ seq: 99_999, first: 12_345 }]);
    await store.close();
  });
});

it('level deep judges every note of a log; level default only the newest under every key', async () => {
  const records = chainOf(30);
  const notes = await Promise.all([5, 10, 30].map((size) => noteOf(treeOf(records.slice(0, size)))));
  const forged = notes[1]!.replace(/.{8}\n$/, 'AAAAAA==\n');
  const source = streamOf(linesOf(records), { notes: [notes[0]!, forged, notes[2]!], kind: 'log' });
  expect(await inspectRecords(source, { resolver })).toMatchObject({ exitCode: 0 });
  const report = await inspectRecords(source, { resolver, level: 'deep' });
  expect(short(report)).toEqual(['CHECKPOINT_SIGNATURE/9.signature']);
  expect(report.exitCode).toBe(11);
  const genuine = streamOf(linesOf(records), { notes, kind: 'log' });
  expect(await inspectRecords(genuine, { resolver, level: 'deep' })).toMatchObject({ exitCode: 0, counts: { signatures: 4 } });
});
