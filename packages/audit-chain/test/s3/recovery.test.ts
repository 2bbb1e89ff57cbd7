import type { S3 } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Bucket } from '../../../../test/support/s3/bucket.ts';
import { s3Client } from '../../../../test/support/s3/client.ts';
import { S3Server } from '../../../../test/support/s3/server.ts';
import { s3Target } from '../../src/adapters/s3/target.ts';
import type { Retention } from '../../src/archive/manifest.ts';
import { withRecovery } from '../../src/archive/recovery-target.ts';
import type { ArchiveTarget } from '../../src/archive/target.ts';

const KEEP: Retention = { mode: 'COMPLIANCE', until: '2050-01-01T00:00:00.000Z' };
const CLASS = { mode: 'COMPLIANCE', days: 30 } as const;
const bytes = (text: string): Buffer => Buffer.from(text);

let server: S3Server;
let client: S3;
let main: Bucket;
let recovery: Bucket;
let both: ArchiveTarget;
beforeAll(async () => {
  server = await S3Server.start();
  client = s3Client(server.endpoint);
});
beforeEach(() => {
  server.fault = () => undefined;
  main = server.create('main', { locks: true });
  recovery = server.create('recovery', { locks: true });
  const [one, two] = ['main', 'recovery'].map((bucket) => s3Target(client, { bucket, prefix: '' }, CLASS));
  both = withRecovery(one!, two!);
});
afterAll(async () => {
  client.destroy();
  await server.close();
});
const contents = (bucket: Bucket) => bucket.versions.get('a')?.map(({ content, lock }) => [content?.toString(), lock?.until.toISOString()]);

test('both places get the same bytes under the same lock; the name is that of the first', async () => {
  expect(both.name).toBe('s3://main');
  expect(await both.put('a', bytes('x'), KEEP)).toBe(true);
  expect(contents(main)).toEqual([['x', KEEP.until]]);
  expect(contents(recovery)).toEqual(contents(main));
});

test('a second place that failed is completed by the next attempt, with what the first one has', async () => {
  let puts = 0;
  server.fault = ({ method, key }) => (method === 'PUT' && key === 'a' && ++puts === 2 ? 'slow' : undefined);
  await expect(both.put('a', bytes('x'), KEEP)).rejects.toMatchObject({ code: 'ERR_ARCHIVE_UNAVAILABLE', field: 's3://recovery/a' });
  expect(await both.put('a', bytes('signed again'), KEEP)).toBe(false);
  expect([contents(main), contents(recovery)]).toEqual([[['x', KEEP.until]], [['x', KEEP.until]]]);
});

test('other content in the second place is a conflict, and stays', async () => {
  await client.putObject({ Bucket: 'recovery', Key: 'a', Body: 'other', ChecksumAlgorithm: 'SHA256' });
  await expect(both.put('a', bytes('x'), KEEP)).rejects.toMatchObject({ code: 'ERR_ARCHIVE_CONFLICT', actual: 'a' });
  expect(contents(recovery)).toEqual([['other', undefined]]);
});

test('a second place that locks nothing is refused', async () => {
  recovery = server.create('recovery');
  await expect(both.put('a', bytes('x'), KEEP)).rejects.toMatchObject({ code: 'ERR_ARCHIVE_RETENTION' });
  expect(contents(recovery)).toBeUndefined();
});
