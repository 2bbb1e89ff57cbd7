import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { deflateRawSync, gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { fileSource, streamSource } from '../../src/node/verify/file-source.ts';
import { openStream } from '../../src/node/verify/stream-kind.ts';
import { folderSource } from '../../src/node/verify/folder-source.ts';
import { nodeInflater } from '../../src/node/verify/inflater.ts';
import { detectSource, openSource } from '../../src/node/verify/open.ts';
import { inspectArchive } from '../../src/verify/archive/inspect.ts';
import { SourceError } from '../../src/verify/ports.ts';
import { inspectRecords } from '../../src/verify/records/inspect.ts';
import { crc32 } from '../../src/verify/segment/crc32.ts';
import { temporaryFolder } from '../support/database.ts';
import { archiveOf, chainOf, linesOf } from './support/archive.ts';
import { resolver, short } from './support/source.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());
const records = chainOf(30);
const lines = linesOf(records);
let count = 0;

function file(bytes: Uint8Array): string {
  const path = join(folder.path, `file-${++count}`);
  writeFileSync(path, bytes);
  return path;
}

async function archive(): Promise<string> {
  const root = join(folder.path, `archive-${++count}`);
  for (const [path, bytes] of await archiveOf(records, [20, 10])) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), bytes);
  }
  return root;
}

describe('an archive directory', () => {
  it('verifies; what does not belong there is told; links to folders are not followed', async () => {
    const root = await archive();
    symlinkSync(root, join(root, 'loop'));
    writeFileSync(join(root, 'README'), 'hello');
    const report = await inspectArchive(folderSource(root), { resolver, inflater: nodeInflater });
    expect(report).toMatchObject({ exitCode: 0, source: 'directory', counts: { records: 30 } });
    expect(report.findings.map(({ code, actual }) => `${code} ${actual}`)).toEqual(['FILE_UNEXPECTED README', 'FILE_UNEXPECTED loop']);
  });

  it('that is not there, or has a file that is a folder, cannot be read', async () => {
    const none = await inspectArchive(folderSource(join(folder.path, 'none')), { resolver, inflater: nodeInflater });
    expect(none).toMatchObject({ exitCode: 14, findings: [{ code: 'SOURCE_UNREADABLE' }] });
    expect(JSON.stringify(none.findings)).toContain('ENOENT');
  });

  it.skipIf(process.getuid?.() === 0)('with a file that may not be read is unreadable, not altered', async () => {
    const root = await archive();
    chmodSync(root, 0);
    expect((await inspectArchive(folderSource(root), { resolver, inflater: nodeInflater })).exitCode).toBe(14);
    chmodSync(root, 0o755);
  });
});

describe('a file of record lines', () => {
  const read = async (bytes: Uint8Array) => await inspectRecords(fileSource(file(bytes)), {});

  it('gives the same report plain, as gzip, as gzip of several members, and from a stream', async () => {
    const plain = await read(lines);
    expect(short(plain)).toEqual(['NO_CHECKPOINT/0']);
    expect(await read(gzipSync(lines))).toEqual(plain);
    const half = Buffer.concat([gzipSync(lines.subarray(0, 5000)), gzipSync(lines.subarray(5000))]);
    expect(await read(half)).toEqual(plain);
    const stream = (async function* () {
      for (let at = 0; at < half.length; at += 777) yield half.subarray(at, at + 777);
    })();
    expect(await inspectRecords(streamSource(stream), {})).toEqual({ ...plain, source: 'stdin' });
  });

  it('larger than its buffers is read whole', async () => {
    const many = chainOf(6000);
    const report = await read(linesOf(many));
    expect(report.counts.records).toBe(6000);
    expect(await read(gzipSync(linesOf(many), { level: 1 }))).toEqual(report);
  });

  it('a cut or damaged gzip stream cannot be read; a file that is not there neither', async () => {
    const whole = gzipSync(lines);
    for (const bytes of [whole.subarray(0, -20), whole.subarray(0, 100), whole.with(whole.length - 6, 1)]) {
      expect(await read(bytes)).toMatchObject({ exitCode: 14 });
    }
    expect(await inspectRecords(fileSource(join(folder.path, 'none')), {})).toMatchObject({ exitCode: 14 });
    expect(await read(new Uint8Array(0))).toMatchObject({ exitCode: 12 });
  });
});

describe('what a path names', () => {
  it('is told by what lies there', async () => {
    const log = join(folder.path, 'log');
    mkdirSync(log);
    writeFileSync(join(log, 'countersign.json'), '{}');
    expect(await detectSource('-')).toBe('stdin');
    expect(await detectSource(log)).toBe('log');
    expect(await detectSource(await archive())).toBe('archive');
    expect(await detectSource(file(lines))).toBe('file');
    await expect(detectSource(join(folder.path, 'none'))).rejects.toBeInstanceOf(SourceError);
    const open = await openSource(file(lines), process.stdin);
    expect(open.kind).toBe('records');
    await open.close();
  });
});

describe('a stream', () => {
  const pieces = async function* (bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
  };

  it('is what its first bytes say, plain or gzip, however it comes, and is read from its beginning', async () => {
    const pack = new TextEncoder().encode('{"checkpoint":"log.example.com","records":1}\n');
    for (const [bytes, kind] of [
      [pack, 'evidence'],
      [lines, 'records'],
      [new Uint8Array(0), 'records'],
      [lines.subarray(0, 5), 'records'],
    ] as const) {
      // prettier-ignore
      for (const size of [1, 7, 100_000]) {
        for (const stream of [bytes, new Uint8Array(gzipSync(bytes))]) {
          const open = await openStream(pieces(stream, size));
          expect(open.kind).toBe(kind);
          const chunks: Uint8Array[] = [];
          for await (const chunk of open.source.chunks()) chunks.push(Uint8Array.from(chunk));
          expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
        }
      }
    }
  });

  it('that is damaged says so when it is read; the document of an extract is refused', async () => {
    const { source } = await openStream(pieces(gzipSync(lines).subarray(0, 30), 10));
    expect(await inspectRecords(source, {})).toMatchObject({ exitCode: 14, source: 'stdin' });
    const document = new TextEncoder().encode('{"after":[],"before":[]}');
    await expect(openStream(pieces(document, 4))).rejects.toBeInstanceOf(SourceError);
  });
});

describe('inflating', () => {
  it('takes exactly one stream of exactly the length, on either side of the thread pool', async () => {
    for (const length of [100, 200_000]) {
      const text = new Uint8Array(length).map((_, i) => i % 251);
      const raw = new Uint8Array(deflateRawSync(text));
      const into = new Uint8Array(length);
      expect(await nodeInflater.inflateRaw(raw, into)).toBe(true);
      expect(into).toEqual(text);
      expect(await nodeInflater.inflateRaw(raw, new Uint8Array(length - 1))).toBe(false);
      expect(await nodeInflater.inflateRaw(raw, new Uint8Array(length + 1))).toBe(false);
      expect(await nodeInflater.inflateRaw(Uint8Array.from([...raw, 0]), into)).toBe(false);
      expect(await nodeInflater.inflateRaw(raw.subarray(0, -1), into)).toBe(false);
    }
  });

  it('agrees on CRC-32 in portable code', () => {
    const text = new TextEncoder().encode('123456789');
    expect(crc32(text)).toBe(0xcbf43926);
    for (let length = 0; length < 40; length++)
      expect(crc32(lines.subarray(3, 3 + length))).toBe(nodeInflater.crc32!(lines.subarray(3, 3 + length)));
  });
});
