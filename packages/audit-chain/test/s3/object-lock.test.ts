import type { S3 } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Bucket } from '../../../../test/support/s3/bucket.ts';
import { s3Client } from '../../../../test/support/s3/client.ts';
import { S3Server } from '../../../../test/support/s3/server.ts';
import { s3Target } from '../../src/adapters/s3/target.ts';
import { inspectObjectLock } from '../../src/object-lock/inspect.ts';
import { type LockOutcome, type LockReport, directoryReport, lockGauge } from '../../src/object-lock/report.ts';

const NOW = new Date('2031-05-06T07:08:09.000Z');
const PLACE = { bucket: 'audit', prefix: 'prod' };
const POLICY = { mode: 'COMPLIANCE', days: 30 } as const;
const SOFT = { mode: 'GOVERNANCE', days: 30 } as const;

let server: S3Server;
let client: S3;
let bucket: Bucket;
beforeAll(async () => {
  server = await S3Server.start();
  client = s3Client(server.endpoint);
});
beforeEach(async () => {
  server.now = () => NOW;
  server.fault = () => undefined;
  server.denied.clear();
  server.mayBypass.clear();
  await fill(POLICY);
});
afterAll(async () => {
  client.destroy();
  await server.close();
});

/** A bucket as it should be, with three objects and somebody else's outside of the prefix. */
async function fill(policy: typeof POLICY | typeof SOFT): Promise<void> {
  bucket = server.create('audit', { locks: true, defaultRetention: { mode: policy.mode, days: policy.days } });
  const target = s3Target(client, PLACE, policy);
  for (const key of ['a', 'b', 'c']) await target.put(key, Buffer.from(key), await target.retention());
  bucket.add('other/x', { content: Buffer.from('x'), modified: NOW, lock: undefined });
}
const inspect = (policy: typeof POLICY | typeof SOFT = POLICY, options = {}): Promise<LockReport> =>
  inspectObjectLock(client, PLACE, policy, options);
const of = ({ checks }: LockReport, name: string) => checks.find(({ check }) => check === name);
const outcomes = ({ checks }: LockReport): Record<string, LockOutcome> =>
  Object.fromEntries(checks.map(({ check, outcome }) => [check, outcome]));

test('a bucket as it should be is met, and nothing is written to it', async () => {
  server.requests.length = 0;
  const report = await inspect();
  expect(report).toMatchObject({ verdict: 'met', exitCode: 0, objects: 3, target: 's3://audit/prod', policy: POLICY });
  expect(outcomes(report)).toEqual({
    lock: 'pass',
    versioning: 'pass',
    'default-retention': 'pass',
    lifecycle: 'pass',
    objects: 'pass',
    versions: 'pass',
    bypass: 'skipped',
    canary: 'skipped',
  });
  expect(lockGauge(report)).toBe(1);
  expect(server.requests.filter((request) => !/^(GET|HEAD) /.test(request))).toEqual([]);
});

describe('every misconfiguration is a failed check of its own, and 13', () => {
  const rule = (action: string, prefix = ''): string =>
    `<LifecycleConfiguration><Rule><ID>tidy</ID><Status>Enabled</Status><Filter><Prefix>${prefix}</Prefix></Filter>${action}</Rule></LifecycleConfiguration>`;
  const EXPIRE = '<Expiration><Days>7</Days></Expiration>';
  const NONCURRENT = '<NoncurrentVersionExpiration><NoncurrentDays>29</NoncurrentDays></NoncurrentVersionExpiration>';
  const lockOf = (key: string) => bucket.versions.get(`prod/${key}`)!.at(0)!;
  const faults: readonly (readonly [string, string, () => unknown])[] = [
    ['no lock', 'lock', () => (bucket.setup = { versioning: 'Enabled' })],
    ['versions suspended', 'versioning', () => (bucket.setup = { ...bucket.setup, versioning: 'Suspended' })],
    ['no default retention', 'default-retention', () => (bucket.setup = { locks: true })],
    ['default too short', 'default-retention', () => (bucket.setup = { locks: true, defaultRetention: { ...POLICY, days: 29 } })],
    ['default too weak', 'default-retention', () => (bucket.setup = { locks: true, defaultRetention: SOFT })],
    ['a rule that expires objects', 'lifecycle', () => (bucket.setup = { ...bucket.setup, lifecycle: rule(EXPIRE) })],
    ['a rule that removes versions', 'lifecycle', () => (bucket.setup = { ...bucket.setup, lifecycle: rule(NONCURRENT, 'prod/') })],
    ['an object without a lock', 'objects', () => (lockOf('b').lock = undefined)],
    ['an object with a shorter lock', 'objects', () => (lockOf('b').lock = { mode: 'COMPLIANCE', until: new Date('2031-06-04') })],
    ['an object with a weaker lock', 'objects', () => (lockOf('b').lock = { mode: 'GOVERNANCE', until: new Date('2041-06-04') })],
    ['a newer version', 'versions', () => client.putObject({ Bucket: 'audit', Key: 'prod/b', Body: 'new' })],
    ['a delete marker', 'versions', () => client.deleteObject({ Bucket: 'audit', Key: 'prod/b' })],
  ];
  test.each(faults)('%s', async (_name, check, change) => {
    await change();
    const report = await inspect();
    expect(report).toMatchObject({ verdict: 'not met', exitCode: 13 });
    expect(report.checks.filter(({ outcome }) => outcome === 'fail').map((one) => one.check)).toContain(check);
    expect(lockGauge(report)).toBe(0);
    if (check === 'objects' || check === 'versions') expect(of(report, check)?.objects).toEqual(['prod/b']);
    if (check === 'lifecycle') expect(of(report, check)?.message).toContain('tidy');
  });

  test('rules that do not touch the prefix, end later, or are off do no harm', async () => {
    for (const lifecycle of [
      rule(EXPIRE, 'logs/'),
      rule(EXPIRE).replace('>7<', '>30<'),
      rule(EXPIRE).replace('Enabled', 'Disabled'),
      rule('<AbortIncompleteMultipartUpload><DaysAfterInitiation>1</DaysAfterInitiation></AbortIncompleteMultipartUpload>'),
    ]) {
      bucket.setup = { ...bucket.setup, lifecycle };
      expect(await inspect()).toMatchObject({ exitCode: 0 });
    }
  });

  test('a directory', () => {
    expect(directoryReport('archive', POLICY)).toMatchObject({ verdict: 'not met', exitCode: 13 });
  });
});

describe('what may not be seen is unknown, and 12', () => {
  const permissions: readonly (readonly [string, readonly string[]])[] = [
    ['GetBucketObjectLockConfiguration', ['lock', 'default-retention']],
    ['GetBucketVersioning', ['versioning']],
    ['GetLifecycleConfiguration', ['lifecycle']],
    ['GetObjectRetention', ['objects']],
    ['ListBucketVersions', ['objects', 'versions']],
  ];
  test.each(permissions)('without s3:%s', async (permission, checks) => {
    server.denied.set('writer', new Set([permission]));
    const report = await inspect();
    expect(report).toMatchObject({ verdict: 'unknown', exitCode: 12 });
    expect(report.checks.filter(({ outcome }) => outcome === 'unknown').map(({ check }) => check)).toEqual(checks);
    for (const check of checks) expect(of(report, check)?.message).toContain(`s3:${permission}`);
    expect(lockGauge(report)).toBe(0);
  });

  test('an empty prefix, which may be a wrong one', async () => {
    const report = await inspectObjectLock(client, { bucket: 'audit', prefix: 'pord' }, POLICY);
    expect(report).toMatchObject({ verdict: 'unknown', exitCode: 12, objects: 0 });
  });

  test('nobody has looked yet', () => expect(lockGauge(undefined)).toBe(0));
});

describe('who could get round it', () => {
  test('credentials that may bypass GOVERNANCE are not told apart from a store that does not mind; the canary tells', async () => {
    await fill(SOFT);
    expect(of(await inspect(SOFT), 'bypass')?.outcome).toBe('pass');
    server.mayBypass.add('writer');
    expect(await inspect(SOFT)).toMatchObject({ verdict: 'unknown', exitCode: 12 });
    const report = await inspect(SOFT, { canary: true });
    expect(report).toMatchObject({ verdict: 'not met', exitCode: 13 });
    expect(of(report, 'canary')?.message).toContain('s3:BypassGovernanceRetention');
    expect(bucket.versions.get('prod/a')?.length).toBe(1);
  });

  test.each([POLICY, SOFT])('a canary under $mode that cannot be deleted passes, and stays out of the archive', async (policy) => {
    await fill(policy);
    const report = await inspect(policy, { canary: true });
    expect(report).toMatchObject({ verdict: 'met', exitCode: 0, objects: 3 });
    expect(of(report, 'canary')?.outcome).toBe('pass');
    expect(await inspect(policy)).toMatchObject({ objects: 3, exitCode: 0 });
  });

  test('a store that forgets what it locks fails the canary', async () => {
    server.quirks = { forgetsLocks: true };
    bucket.setup = { ...bucket.setup, locks: true };
    delete (bucket.setup as { defaultRetention?: unknown }).defaultRetention;
    expect(of(await inspect(POLICY, { canary: true }), 'canary')?.outcome).toBe('fail');
    server.quirks = {};
  });
});

describe('a store that does not answer as asked', () => {
  const faults = ['slow', 'cut', 'expired'] as const;
  test.each(faults)('%s: unreadable, 14, without a secret', async (fault) => {
    server.fault = () => fault;
    const report = await inspect();
    expect(report).toMatchObject({ verdict: 'unreadable', exitCode: 14 });
    expect(of(report, 'reachable')?.message).toMatch(/\(ERR_ARCHIVE_(UNAVAILABLE|DENIED)\)$/);
    expect(JSON.stringify(report)).not.toContain('not-to-be-shown');
  });

  test('no bucket; another region', async () => {
    server.buckets.clear();
    expect(await inspect()).toMatchObject({ exitCode: 14 });
    server.create('audit', { region: 'us-west-2' });
    expect(of(await inspect(), 'reachable')?.message).toContain('ERR_ARCHIVE_BUCKET');
  });

  test('what failed before counts: 13 comes before 14', async () => {
    bucket.setup = { versioning: 'Enabled' };
    server.fault = ({ query }) => (query.has('versions') ? 'slow' : undefined);
    expect(await inspect()).toMatchObject({ verdict: 'not met', exitCode: 13 });
  });
});

test('only the newest, where that is asked for', async () => {
  bucket.versions.get('prod/a')![0]!.lock = undefined;
  server.now = () => new Date(NOW.getTime() + 60_000);
  const target = s3Target(client, PLACE, POLICY);
  await target.put('d', Buffer.from('d'), await target.retention());
  expect(await inspect(POLICY, { newest: 1 })).toMatchObject({ exitCode: 0, objects: 1 });
  expect(await inspect(POLICY, { newest: 4 })).toMatchObject({ exitCode: 13, objects: 4 });
});
