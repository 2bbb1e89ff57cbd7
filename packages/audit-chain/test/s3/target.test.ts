import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { S3 } from '@aws-sdk/client-s3';
import { s3Client } from '../../../../test/support/s3/client.ts';
import type { Bucket } from '../../../../test/support/s3/bucket.ts';
import { Refusal } from '../../../../test/support/s3/refusal.ts';
import { type Fault, S3Server } from '../../../../test/support/s3/server.ts';
import { type S3Target, s3Target } from '../../src/adapters/s3/target.ts';
import type { Retention } from '../../src/archive/manifest.ts';

let server: S3Server;
let client: S3;
beforeAll(async () => {
  server = await S3Server.start();
  client = s3Client(server.endpoint);
});
afterAll(async () => {
  client.destroy();
  await server.close();
});

const NOW = new Date('2031-05-06T07:08:09.000Z');
const UNTIL = '2031-06-05T07:08:09.000Z';
const KEEP: Retention = { mode: 'COMPLIANCE', until: UNTIL };
const PLACE = { bucket: 'audit', prefix: 'prod' };
const CONTENT = Buffer.from('some records');
let bucket: Bucket;
let target: S3Target;
beforeEach(() => {
  bucket = server.create('audit', { locks: true });
  server.denied.clear();
  server.fault = () => undefined;
  server.quirks = {};
  server.now = () => NOW;
  target = s3Target(client, PLACE, { mode: 'COMPLIANCE', days: 30 });
});

/** A fault of the first PUT of the object. */
function failPut(fault: Fault, times = 1): void {
  let left = times;
  server.fault = ({ method, key, query }) => (method === 'PUT' && key === 'prod/a' && query.size <= 1 && left-- > 0 ? fault : undefined);
}
const put = (keep: Retention = KEEP, content: Uint8Array = CONTENT): Promise<boolean> => target.put('a', content, keep);
const versions = () => bucket.versions.get('prod/a') ?? [];
const lock = () => versions()[0]?.lock;

describe('putting', () => {
  test('the store’s clock decides how long something is kept', async () => {
    expect(await target.retention()).toEqual(KEEP);
    server.now = () => new Date('2032-01-01T00:00:00.000Z');
    expect(await target.retention()).toEqual({ mode: 'COMPLIANCE', until: '2032-01-31T00:00:00.000Z' });
  });

  test('one version with content, checksum and lock, under the prefix; it cannot be deleted', async () => {
    expect(await put()).toBe(true);
    expect(versions().length).toBe(1);
    expect(versions()[0]).toMatchObject({ content: CONTENT, sha256: createHash('sha256').update(CONTENT).digest('base64') });
    expect(lock()).toEqual({ mode: 'COMPLIANCE', until: new Date(UNTIL) });
    expect(await target.read('a')).toEqual(new Uint8Array(CONTENT));
    expect(await target.read('b')).toBeUndefined();
    server.mayBypass.add('writer');
    const deletion = client.deleteObject({ Bucket: 'audit', Key: 'prod/a', VersionId: versions()[0]!.id, BypassGovernanceRetention: true });
    await expect(deletion).rejects.toMatchObject({ name: 'AccessDenied' });
    server.mayBypass.clear();
  });

  test('the same again is adopted; other content is left as it is and told by false', async () => {
    await put();
    expect(await put()).toBe(false);
    expect(await put(KEEP, Buffer.from('something else'))).toBe(false);
    expect(versions().map(({ content }) => content)).toEqual([CONTENT]);
  });

  test('of the same content a shorter lock is lengthened; of other content it is not touched', async () => {
    await put({ mode: 'COMPLIANCE', until: '2031-05-07T00:00:00.000Z' });
    expect(await put(KEEP, Buffer.from('something else'))).toBe(false);
    expect(lock()!.until.toISOString()).toBe('2031-05-07T00:00:00.000Z');
    expect(await put()).toBe(false);
    expect(lock()!.until.toISOString()).toBe(UNTIL);
    expect(versions().length).toBe(1);
  });

  test('a longer or stricter lock is left', async () => {
    await put({ mode: 'COMPLIANCE', until: '2040-01-01T00:00:00.000Z' });
    expect(await put({ mode: 'GOVERNANCE', until: UNTIL })).toBe(false);
    expect(lock()).toEqual({ mode: 'COMPLIANCE', until: new Date('2040-01-01T00:00:00.000Z') });
  });

  test('nothing is put without a lock', async () => {
    await expect(put({ mode: 'none' })).rejects.toMatchObject({ code: 'ERR_ARCHIVE_RETENTION' });
    expect(versions()).toEqual([]);
  });

  test('two writers at once make one object', async () => {
    const other = s3Target(client, PLACE, { mode: 'COMPLIANCE', days: 30 });
    const news = await Promise.all([put(), other.put('a', CONTENT, KEEP)]);
    expect(news.toSorted()).toEqual([false, true]);
    expect(versions().length).toBe(1);
  });
});

describe('a lock that is refused is a failure, never a reason to put without', () => {
  const refusals: readonly (readonly [string, () => void, string])[] = [
    ['the bucket has no lock', () => void (bucket = server.create('audit')), 'ERR_ARCHIVE_RETENTION'],
    ['versions, but no lock', () => void (bucket = server.create('audit', { versioning: 'Enabled' })), 'ERR_ARCHIVE_RETENTION'],
    ['the permission to lock is missing', () => server.denied.set('writer', new Set(['PutObjectRetention'])), 'ERR_ARCHIVE_DENIED'],
  ];
  test.each(refusals)('%s', async (_name, change, code) => {
    change();
    await expect(put()).rejects.toMatchObject({ code, field: 's3://audit/prod/a', expected: 'PutObject' });
    expect(versions()).toEqual([]);
  });

  test('a store that forgets the lock: what it says is compared', async () => {
    server.quirks = { forgetsLocks: true };
    await expect(put()).rejects.toMatchObject({ code: 'ERR_ARCHIVE_RETENTION', expected: `COMPLIANCE until ${UNTIL}` });
  });

  test('a lock that may not be seen counts as none, and the error names the permission', async () => {
    server.denied.set('writer', new Set(['GetObjectRetention']));
    await expect(put()).rejects.toMatchObject({
      code: 'ERR_ARCHIVE_RETENTION',
      actual: expect.stringContaining('s3:GetObjectRetention') as string,
    });
  });

  test('a date that is over', async () => {
    await expect(put({ mode: 'COMPLIANCE', until: '2031-05-06T00:00:00.000Z' })).rejects.toMatchObject({ code: 'ERR_ARCHIVE_RETENTION' });
  });
});

describe('faults', () => {
  const faults: readonly (readonly [string, Fault, string, string])[] = [
    ['503 SlowDown', 'slow', 'ERR_ARCHIVE_UNAVAILABLE', 'SlowDown'],
    ['a connection cut in the middle of the PUT', 'cut', 'ERR_ARCHIVE_UNAVAILABLE', 'ECONNRESET'],
    ['expired credentials', 'expired', 'ERR_ARCHIVE_DENIED', 'ExpiredToken'],
    ['500', new Refusal(500, 'InternalError'), 'ERR_ARCHIVE_UNAVAILABLE', 'InternalError'],
    ['a wrong checksum', new Refusal(400, 'BadDigest'), 'ERR_ARCHIVE_STORE', 'BadDigest'],
  ];
  test.each(faults)('%s: a coded error, nothing there; the next attempt succeeds', async (_name, fault, code, actual) => {
    failPut(fault);
    await expect(put()).rejects.toMatchObject({ code, field: 's3://audit/prod/a', actual });
    expect(versions()).toEqual([]);
    expect(await put()).toBe(true);
  });

  test('a reply that is lost: what was put is adopted, not doubled', async () => {
    failPut('lost');
    expect(await put()).toBe(false);
    expect(versions().length).toBe(1);
  });

  test.each(['slow', 'cut', 'lost'] as const)('%s once, under the client’s own retries: one version', async (fault) => {
    const patient = s3Client(server.endpoint, 'writer', 3);
    target = s3Target(patient, PLACE, { mode: 'COMPLIANCE', days: 30 });
    failPut(fault);
    await put();
    expect(versions().length).toBe(1);
    patient.destroy();
  });

  test('409 is tried again, but not for ever', async () => {
    failPut('conflict', 3);
    expect(await put()).toBe(true);
    bucket.versions.clear();
    failPut('conflict', 99);
    await expect(put()).rejects.toMatchObject({ code: 'ERR_ARCHIVE_STORE', actual: 'ConditionalRequestConflict' });
  });

  test('another region, no bucket, nobody there', async () => {
    server.create('audit', { locks: true, region: 'us-west-2' });
    await expect(put()).rejects.toMatchObject({ code: 'ERR_ARCHIVE_BUCKET', actual: 'PermanentRedirect' });
    await expect(target.retention()).rejects.toMatchObject({ code: 'ERR_ARCHIVE_BUCKET' });
    server.buckets.delete('audit');
    await expect(put()).rejects.toMatchObject({ code: 'ERR_ARCHIVE_BUCKET', actual: 'NoSuchBucket' });
    const nobody = s3Client('http://127.0.0.1:1');
    const retention = s3Target(nobody, PLACE, { mode: 'COMPLIANCE', days: 30 }).retention();
    await expect(retention).rejects.toMatchObject({ code: 'ERR_ARCHIVE_UNAVAILABLE', actual: 'ECONNREFUSED' });
    nobody.destroy();
  });

  test('no error shows a secret, a signature or what was sent', async () => {
    for (const fault of ['slow', 'cut', 'expired'] as const) {
      failPut(fault);
      const error: unknown = await put().catch((reason: unknown) => reason);
      const shown = JSON.stringify(error, Object.getOwnPropertyNames(error)) + String(error);
      for (const secret of ['not-to-be-shown', 'Signature', 'writer', 'some records']) expect(shown).not.toContain(secret);
      expect((error as Error).cause).toBeUndefined();
    }
  });
});

describe('what lies over an object', () => {
  beforeEach(() => put().then(() => {}));

  test('a newer version is refused, and stays', async () => {
    await client.putObject({ Bucket: 'audit', Key: 'prod/a', Body: 'forged' });
    await expect(put()).rejects.toMatchObject({ code: 'ERR_ARCHIVE_REPLACED', field: 's3://audit/prod/a' });
    await expect(target.read('a')).rejects.toMatchObject({ code: 'ERR_ARCHIVE_REPLACED' });
    expect(versions().length).toBe(2);
  });

  test('a delete marker is refused: no second version is put over it', async () => {
    await client.deleteObject({ Bucket: 'audit', Key: 'prod/a' });
    await expect(put()).rejects.toMatchObject({ code: 'ERR_ARCHIVE_HIDDEN', field: 's3://audit/prod/a' });
    await expect(target.read('a')).rejects.toMatchObject({ code: 'ERR_ARCHIVE_HIDDEN' });
    expect(versions().length).toBe(2);
  });
});

describe('stores of another make', () => {
  test('one that honours conditions and checksums keeps one probe', async () => {
    expect(await target.abilities()).toEqual({ conditions: true, checksums: true });
    expect(await s3Target(client, PLACE, { mode: 'COMPLIANCE', days: 30 }).abilities()).toEqual({ conditions: true, checksums: true });
    expect([...bucket.versions].map(([key, all]) => [key, all.length])).toEqual([['prod/.countersign-probe', 1]]);
  });

  test('without conditions: noticed, and what is there is still left as it is', async () => {
    server.quirks = { ignoresConditions: true };
    expect(await target.abilities()).toEqual({ conditions: false, checksums: true });
    expect([await put(), await put()]).toEqual([true, false]);
    expect(versions().length).toBe(1);
  });

  test('without conditions: two writers at once leave the same bytes twice, which is no fault', async () => {
    server.quirks = { ignoresConditions: true };
    await target.abilities();
    await Promise.all([put(), s3Target(client, PLACE, { mode: 'COMPLIANCE', days: 30 }).put('a', CONTENT, KEEP)]);
    expect(await put()).toBe(false);
    expect(await target.read('a')).toEqual(new Uint8Array(CONTENT));
  });

  test('without checksums: noticed, and what was put is read back and compared', async () => {
    server.quirks = { ignoresChecksums: true };
    expect(await target.abilities()).toEqual({ conditions: true, checksums: false });
    server.requests.length = 0;
    await put();
    expect(server.requests.some((request) => request.startsWith('GET /audit/prod/a?'))).toBe(true);
    bucket.versions.delete('prod/a');
    const damaged = Buffer.from(CONTENT);
    damaged[3]! ^= 1;
    const add = bucket.add.bind(bucket);
    bucket.add = (key, version) => add(key, key === 'prod/a' ? { ...version, content: damaged } : version);
    await expect(put()).rejects.toMatchObject({ code: 'ERR_ARCHIVE_STORE', field: 's3://audit/prod/a' });
  });
});
