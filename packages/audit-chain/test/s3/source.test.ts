import type { S3 } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Bucket } from '../../../../test/support/s3/bucket.ts';
import { s3Client } from '../../../../test/support/s3/client.ts';
import { Refusal } from '../../../../test/support/s3/refusal.ts';
import { S3Server } from '../../../../test/support/s3/server.ts';
import { s3Source } from '../../src/adapters/s3/source.ts';
import { s3Target } from '../../src/adapters/s3/target.ts';
import type { Retention } from '../../src/archive/manifest.ts';
import { nodeInflater } from '../../src/node/verify/inflater.ts';
import { inspectArchive } from '../../src/verify/archive/inspect.ts';
import type { ArchiveSource } from '../../src/verify/ports.ts';
import type { Report, Requirement } from '../../src/verify/report.ts';
import { testResolver } from '../support/keys.ts';
import { type Files, archiveOf, chainOf, signer } from '../verify/support/archive.ts';

const NOW = new Date('2031-05-06T07:08:09.000Z');
const KEEP: Retention = { mode: 'COMPLIANCE', until: '2031-06-05T07:08:09.000Z' };
const PLACE = { bucket: 'audit', prefix: 'prod' };
const KEY = 'log.example.com/audit/2026/11/21/';

let server: S3Server;
let client: S3;
let files: Files;
let bucket: Bucket;
let sealed: Map<string, Bucket['versions'] extends Map<string, infer V> ? V : never>;
beforeAll(async () => {
  server = await S3Server.start();
  server.now = () => NOW;
  client = s3Client(server.endpoint);
  files = await archiveOf(chainOf(60), [30, 30], { manifest: (manifest) => ({ ...manifest, retention: KEEP }) });
  bucket = server.create('audit', { locks: true });
  const target = s3Target(client, PLACE, { mode: 'COMPLIANCE', days: 30 });
  for (const [path, bytes] of files) await target.put(path, bytes, KEEP);
  sealed = bucket.versions;
});
beforeEach(() => {
  server.fault = () => undefined;
  server.denied.clear();
  bucket = server.create('audit', { locks: true });
  for (const [key, versions] of sealed) bucket.versions.set(key, versions.map((version) => ({ ...version }))); // prettier-ignore
});
afterAll(async () => {
  client.destroy();
  await server.close();
});

const inspect = (source: ArchiveSource = s3Source(client, PLACE), require?: Requirement[]): Promise<Report> =>
  inspectArchive(source, { resolver: testResolver([signer]), inflater: nodeInflater, ...(require === undefined ? {} : { require }) });
const object = (first: 0 | 30, ending = '.jsonl.gz'): string => `prod/${KEY}${String(first).padStart(16, '0')}${ending}`;

test('an archive in a locked bucket verifies, and write-once storage is met', async () => {
  const report = await inspect(undefined, ['worm']);
  expect(report).toMatchObject({ exitCode: 0, source: 's3', findings: [], axes: { writeOnce: 'met', integrity: 'pass' } });
  expect(report.counts.records).toBe(60);
});

test('the same archive gives the same report from memory, but for what only S3 can say', async () => {
  const { axes, findings, head, counts } = await inspect();
  const paths = [...files];
  const memory: ArchiveSource = {
    kind: 'memory',
    list: () => Promise.resolve(paths.map(([path, bytes]) => ({ path, size: bytes.length }))),
    read: (path, start, end) => Promise.resolve(files.get(path)!.slice(start, end)),
  };
  expect(await inspect(memory)).toMatchObject({ axes: { ...axes, writeOnce: 'not applicable' }, findings, head, counts });
});

test('lists longer than a page, and versions that go over the end of one, are read to their end', async () => {
  await client.putObject({ Bucket: 'audit', Key: object(0), Body: 'newer' });
  const pages = s3Client(server.endpoint);
  pages.middlewareStack.add((next) => (args) => next({ ...args, input: { ...args.input, MaxKeys: 1 } }), { step: 'initialize' });
  server.requests.length = 0;
  const report = await inspect(s3Source(pages, PLACE));
  expect(server.requests.filter((request) => request.includes('versions')).length).toBeGreaterThan(7);
  expect(report).toMatchObject({ exitCode: 13, findingCounts: { OBJECT_REPLACED: 1 }, counts: { records: 60 } });
  pages.destroy();
});

describe('what lies over a sealed object is found; the locked version is judged', () => {
  test('a newer version', async () => {
    await client.putObject({ Bucket: 'audit', Key: object(30), Body: 'forged' });
    const report = await inspect();
    expect(report).toMatchObject({ exitCode: 13, axes: { writeOnce: 'not met', integrity: 'pass' }, counts: { records: 60 } });
    expect(report.findings).toEqual([
      { code: 'OBJECT_REPLACED', segment: 30, field: 'records', actual: `${KEY}0000000000000030.jsonl.gz` },
    ]);
  });

  test('a newer version with a lock of its own', async () => {
    const lock = { ObjectLockMode: 'COMPLIANCE', ObjectLockRetainUntilDate: new Date('2050-01-01') } as const;
    await client.putObject({ Bucket: 'audit', Key: object(0, '.manifest.json'), Body: 'forged', ...lock });
    expect(await inspect()).toMatchObject({ exitCode: 13, findingCounts: { OBJECT_REPLACED: 1 }, axes: { integrity: 'pass' } });
  });

  test('a delete marker', async () => {
    await client.deleteObject({ Bucket: 'audit', Key: object(30, '.index.json') });
    const report = await inspect();
    expect(report).toMatchObject({ exitCode: 13, axes: { writeOnce: 'not met', integrity: 'pass' }, counts: { records: 60 } });
    expect(report.findings).toMatchObject([{ code: 'OBJECT_HIDDEN', segment: 30, field: 'index' }]);
  });

  test('all keys of all segments hidden at once', async () => {
    for (const path of files.keys()) await client.deleteObject({ Bucket: 'audit', Key: `prod/${path}` });
    expect(await inspect()).toMatchObject({ exitCode: 13, findingCounts: { OBJECT_HIDDEN: 6 }, counts: { records: 60 } });
  });

  test('the same bytes twice are no fault', async () => {
    const { content, lock } = bucket.versions.get(object(0))![0]!;
    const again = { ObjectLockMode: lock!.mode, ObjectLockRetainUntilDate: lock!.until };
    await client.putObject({ Bucket: 'audit', Key: object(0), Body: content!, ...again });
    expect(await inspect()).toMatchObject({ exitCode: 0, axes: { writeOnce: 'met' } });
  });
});

describe('locks are judged by what the manifests promise', () => {
  const relock = (first: 0 | 30, mode: 'GOVERNANCE' | 'COMPLIANCE', until: string): void => {
    bucket.versions.get(object(first))![0]!.lock = { mode, until: new Date(until) };
  };

  test('shorter, or less strict', async () => {
    relock(0, 'COMPLIANCE', '2031-06-05T07:08:08.000Z');
    relock(30, 'GOVERNANCE', '2040-01-01T00:00:00.000Z');
    const report = await inspect();
    expect(report).toMatchObject({ exitCode: 13, verdict: 'policy', axes: { writeOnce: 'not met' } });
    expect(report.findings).toMatchObject([
      { code: 'RETENTION_SHORT', segment: 0, actual: 'COMPLIANCE until 2031-06-05T07:08:08.000Z' },
      { code: 'RETENTION_SHORT', segment: 30, actual: 'GOVERNANCE until 2040-01-01T00:00:00.000Z' },
    ]);
  });

  test('none', async () => {
    bucket.versions.get(object(0))![0]!.lock = undefined;
    expect(await inspect()).toMatchObject({ exitCode: 13, findingCounts: { OBJECT_UNLOCKED: 1 }, axes: { writeOnce: 'not met' } });
  });

  test('a copy in a bucket that locks nothing', async () => {
    const plain = server.create('plain');
    for (const [key, versions] of sealed) plain.versions.set(key, versions.map((version) => ({ ...version, id: 'null', lock: undefined }))); // prettier-ignore
    const report = await inspect(s3Source(client, { ...PLACE, bucket: 'plain' }));
    expect(report).toMatchObject({ exitCode: 13, findingCounts: { OBJECT_UNLOCKED: 6 }, axes: { integrity: 'pass' } });
  });

  test('a lock that may not be seen is unknown, which is not unlocked; only whoever requires it minds', async () => {
    server.denied.set('writer', new Set(['GetObjectRetention']));
    expect(await inspect()).toMatchObject({ exitCode: 0, axes: { writeOnce: 'unknown' }, findingCounts: { LOCK_UNKNOWN: 6 } });
    expect(await inspect(undefined, ['worm'])).toMatchObject({ exitCode: 12, verdict: 'inconclusive' });
  });

  test('what no manifest promises, in a bucket that locks nothing, is not met where it is required', async () => {
    const free = server.create('free');
    for (const [path, bytes] of await archiveOf(chainOf(3), [3]))
      free.add(path, { content: Buffer.from(bytes), modified: NOW, lock: undefined });
    const source = s3Source(client, { bucket: 'free', prefix: '' });
    expect(await inspect(source)).toMatchObject({ exitCode: 0, axes: { writeOnce: 'not met' } });
    expect(await inspect(source, ['worm'])).toMatchObject({ exitCode: 13, findingCounts: { NOT_WRITE_ONCE: 1 } });
  });
});

describe('a store that fails or lies', () => {
  const unreadable: readonly (readonly [string, () => void])[] = [
    ['no permission to list', () => server.denied.set('writer', new Set(['ListBucketVersions']))],
    ['no permission to read', () => server.denied.set('writer', new Set(['GetObjectVersion']))],
    ['503', () => (server.fault = () => 'slow')],
    ['expired credentials', () => (server.fault = () => 'expired')],
    ['another region', () => server.create('audit', { locks: true, region: 'us-west-2' })],
    ['no bucket', () => server.buckets.delete('audit')],
    ['503 in the middle', () => (server.fault = ({ key }) => (key === object(30) ? 'slow' : undefined))],
    ['cut in the middle', () => (server.fault = ({ key }) => (key === object(30) ? 'cut' : undefined))],
  ];
  test.each(unreadable)('%s: unreadable, never violated and never verified', async (_name, change) => {
    change();
    const report = await inspect();
    expect(report).toMatchObject({ exitCode: 14, verdict: 'unreadable' });
    expect(JSON.stringify(report)).not.toContain('not-to-be-shown');
  });

  test('an object that is gone between list and read is missing', async () => {
    server.fault = ({ key, query }) => (key === object(30) && query.has('versionId') ? new Refusal(404, 'NoSuchVersion') : undefined);
    expect(await inspect()).toMatchObject({ exitCode: 10, findings: [{ code: 'FILE_MISSING', segment: 30 }, {}] });
  });

  test('a byte that was changed, the length kept', async () => {
    const version = bucket.versions.get(object(0))![0]!;
    const content = Buffer.from(version.content!);
    content[content.length >> 1]! ^= 1;
    bucket.versions.set(object(0), [{ ...version, content }]);
    expect(await inspect()).toMatchObject({ exitCode: 10, verdict: 'violated' });
  });

  test('a store that knows no ranges and sends all of it is refused unread', async () => {
    const deaf = s3Client(server.endpoint);
    deaf.middlewareStack.add((next) => (args) => next({ ...args, input: { ...args.input, Range: undefined } }), { step: 'initialize' });
    const source = s3Source(deaf, PLACE);
    const listed = await source.list();
    const { path } = listed.find((file) => file.path.endsWith('.jsonl.gz'))!;
    await expect(source.read(path, 0, 10)).rejects.toMatchObject({ reason: 'unreadable' });
    const honest = s3Source(client, PLACE);
    await honest.list();
    const bytes = files.get(path)!;
    expect(await honest.read(path, 0, 10)).toEqual(bytes.slice(0, 10));
    expect(await honest.read(path, bytes.length - 5, bytes.length + 100)).toEqual(bytes.slice(-5));
    expect((await honest.read(path, bytes.length, bytes.length + 5)).length).toBe(0);
    expect((await honest.read(path, 7, 7)).length).toBe(0);
    deaf.destroy();
  });
});
