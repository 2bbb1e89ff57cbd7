import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { S3 } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { s3Source } from '../../../packages/audit-chain/src/adapters/s3/source.ts';
import { s3TileTarget } from '../../../packages/audit-chain/src/adapters/s3/tile-target.ts';
import { s3Target } from '../../../packages/audit-chain/src/adapters/s3/target.ts';
import { listVersions } from '../../../packages/audit-chain/src/adapters/s3/versions.ts';
import type { Retention } from '../../../packages/audit-chain/src/archive/manifest.ts';
import { nodeInflater } from '../../../packages/audit-chain/src/node/verify/inflater.ts';
import { inspectObjectLock } from '../../../packages/audit-chain/src/object-lock/inspect.ts';
import { inspectArchive } from '../../../packages/audit-chain/src/verify/archive/inspect.ts';
import type { Report } from '../../../packages/audit-chain/src/verify/report.ts';
import { testResolver } from '../../../packages/audit-chain/test/support/keys.ts';
import { archiveOf, chainOf, signer } from '../../../packages/audit-chain/test/verify/support/archive.ts';
import { programOf } from './process.ts';
import type { RunningServer, ServerMake } from './servers.ts';

const HARD = { mode: 'COMPLIANCE', days: 1 } as const;
const SOFT = { mode: 'GOVERNANCE', days: 1 } as const;

/** The same contract for every make of server: what a writer, a reader and an auditor rely on. */
export function describeServer({ name, missing, differences, start }: ServerMake): void {
  if (missing !== undefined) {
    test.skip(`${name}: ${missing} is missing`, () => {});
    return;
  }
  describe(name, () => {
    let server: RunningServer;
    let client: S3;
    const clients: S3[] = [];
    const newClient = (): S3 => {
      const { endpoint, region, accessKeyId, secretAccessKey } = server;
      const made = new S3({ endpoint, region, credentials: { accessKeyId, secretAccessKey }, forcePathStyle: true });
      clients.push(made);
      return made;
    };
    let buckets = 0;
    const newBucket = async (locks = true): Promise<string> => {
      const bucket = `conformance-${++buckets}`;
      await client.createBucket({ Bucket: bucket, ...(locks ? { ObjectLockEnabledForBucket: true } : {}) });
      return bucket;
    };
    beforeAll(async () => {
      server = await start();
      client = newClient();
    });
    afterAll(async () => {
      for (const one of clients) one.destroy();
      await server?.stop();
    });

    const countOf = async (bucket: string, prefix: string): Promise<number[]> => {
      const counts: number[] = [];
      for await (const { versions } of listVersions(client, bucket, prefix)) counts.push(versions.length);
      return counts;
    };

    /** An archive of two segments, sealed. */
    async function sealed(
      bucket: string,
    ): Promise<{ keep: Exclude<Retention, { mode: 'none' }>; readonly inspect: () => Promise<Report>; paths: string[] }> {
      const target = s3Target(client, { bucket, prefix: 'prod' }, HARD);
      const keep = await target.retention();
      if (keep.mode === 'none') throw new Error('no lock');
      const files = await archiveOf(chainOf(60), [30, 30], { manifest: (manifest) => ({ ...manifest, retention: keep }) });
      for (const [path, bytes] of files) expect(await target.put(path, bytes, keep)).toBe(true);
      const inspect = (): Promise<Report> =>
        inspectArchive(s3Source(client, { bucket, prefix: 'prod' }), {
          resolver: testResolver([signer]),
          inflater: nodeInflater,
          require: ['worm'],
        });
      return { keep, inspect, paths: [...files.keys()] };
    }

    test('what it can do is found out', async () => {
      const { conditions, checksums } = differences;
      const bucket = await newBucket();
      expect(await s3Target(client, { bucket, prefix: 'prod' }, HARD).abilities()).toEqual({ conditions, checksums });
      expect(await s3TileTarget(client, { bucket, prefix: 'log' }).abilities()).toEqual({ conditions, replaces: true });
      const plain = { bucket: await newBucket(false), prefix: 'log' };
      expect(await s3TileTarget(client, plain).abilities()).toEqual({ conditions: true, replaces: true });
    });

    test.each([false, true])(
      'a tile tree: tiles once, the checkpoint replaced only while it is the one that was read; versions: %s',
      async (versions) => {
        const { conditions } = differences;
        const tiles = s3TileTarget(client, { bucket: await newBucket(versions), prefix: 'log' });
        const [one, two, three] = ['one', 'two', 'three'].map((text) => new TextEncoder().encode(text));
        expect([await tiles.put('tile/0/000', one!, { mode: 'none' }), await tiles.put('tile/0/000', two!, { mode: 'none' })]).toEqual([
          true,
          false,
        ]);
        expect(await tiles.read('tile/0/000')).toEqual(one);
        expect(await tiles.read('checkpoint')).toBeUndefined();
        expect(await tiles.replace('checkpoint', one!, two)).toBe(false);
        expect(await tiles.replace('checkpoint', one!, undefined)).toBe(true);
        expect(await tiles.replace('checkpoint', two!, undefined)).toBe(false);
        if (versions && !conditions) {
          await expect(tiles.replace('checkpoint', two!, one)).rejects.toMatchObject({ code: 'ERR_ARCHIVE_STORE' });
          return;
        }
        expect(await tiles.replace('checkpoint', two!, one)).toBe(true);
        const outcomes = await Promise.all([one!, three!, one!].map((next) => tiles.replace('checkpoint', next, two)));
        expect(outcomes.filter(Boolean).length).toBeGreaterThan(0);
        expect(await tiles.read('checkpoint')).toEqual(outcomes[1] ? three : one);
      },
    );

    test('an archive is sealed once, kept as promised, and verified where it lies', async () => {
      const bucket = await newBucket();
      const { inspect, keep, paths } = await sealed(bucket);
      const report = await inspect();
      expect(report).toMatchObject({ exitCode: 0, axes: { writeOnce: 'met', integrity: 'pass' }, counts: { records: 60 }, findings: [] });
      const target = s3Target(client, { bucket, prefix: 'prod' }, HARD);
      const bytes = (await target.read(paths[0]!))!;
      expect(await target.put(paths[0]!, bytes, keep)).toBe(false);
      expect(await target.put(paths[0]!, Buffer.from('another'), keep)).toBe(false);
      expect(await target.read(paths[0]!)).toEqual(bytes);
      expect(await countOf(bucket, 'prod/log')).toEqual(paths.map(() => 1));
    });

    test('a locked version is not deleted, not even for an administrator; its lock only grows', async () => {
      const bucket = await newBucket();
      const target = s3Target(client, { bucket, prefix: '' }, HARD);
      const keep = await target.retention();
      await target.put('a', Buffer.from('a'), keep);
      const { VersionId } = await client.headObject({ Bucket: bucket, Key: 'a' });
      const version = { Bucket: bucket, Key: 'a', VersionId };
      for (const BypassGovernanceRetention of [false, true])
        await expect(client.deleteObject({ ...version, BypassGovernanceRetention })).rejects.toMatchObject({ $fault: 'client' });
      const sooner = { Mode: 'COMPLIANCE', RetainUntilDate: new Date(Date.now() + 60_000) } as const;
      const isRefused = await client.putObjectRetention({ ...version, Retention: sooner }).then(() => false, () => true); // prettier-ignore
      expect(isRefused).toBe(differences.keepsDates);
      const later: Retention = { mode: 'COMPLIANCE', until: new Date(Math.floor(Date.now() / 1000) * 1000 + 172_800_000).toISOString() };
      expect(await target.put('a', Buffer.from('a'), later)).toBe(false);
      const head = await client.headObject(version);
      expect(head.ObjectLockRetainUntilDate?.toISOString()).toBe(later.until);
      expect(await countOf(bucket, 'a')).toEqual([1]);
    });

    test('what lies over a sealed object is found, and the locked version judged', async () => {
      const bucket = await newBucket();
      const { inspect, paths, keep } = await sealed(bucket);
      await client.putObject({ Bucket: bucket, Key: `prod/${paths[0]!}`, Body: 'forged', ChecksumAlgorithm: 'SHA256' });
      await client.deleteObject({ Bucket: bucket, Key: `prod/${paths.at(-1)!}` });
      expect(await inspect()).toMatchObject({
        exitCode: 13,
        axes: { integrity: 'pass', writeOnce: 'not met' },
        findingCounts: { OBJECT_HIDDEN: 1, OBJECT_REPLACED: 1 },
        counts: { records: 60 },
      });
      const target = s3Target(client, { bucket, prefix: 'prod' }, HARD);
      await expect(target.put(paths[0]!, Buffer.from('x'), keep)).rejects.toMatchObject({ code: 'ERR_ARCHIVE_REPLACED' });
      await expect(target.put(paths.at(-1)!, Buffer.from('x'), keep)).rejects.toMatchObject({ code: 'ERR_ARCHIVE_HIDDEN' });
    });

    test('a bucket without a lock gets nothing', async () => {
      const bucket = await newBucket(false);
      const target = s3Target(client, { bucket, prefix: '' }, HARD);
      await expect(target.put('a', Buffer.from('a'), await target.retention())).rejects.toMatchObject({ code: 'ERR_ARCHIVE_RETENTION' });
      expect((await countOf(bucket, 'a')).length).toBe(differences.refusesLocks ? 0 : 1);
    });

    test('a reply that is lost: adopted, not doubled', async () => {
      const bucket = await newBucket();
      const lossy = newClient();
      let lost = 0;
      lossy.middlewareStack.add(
        (next, { commandName }) =>
          async (args) => {
            const result = await next(args);
            const key = (args.input as { Key?: string }).Key;
            if (commandName === 'PutObjectCommand' && key === 'a' && lost++ === 0)
              throw Object.assign(new Error('lost'), { code: 'ECONNRESET' });
            return result;
          },
        { step: 'initialize' },
      );
      const target = s3Target(lossy, { bucket, prefix: '' }, HARD);
      expect(await target.put('a', Buffer.from('a'), await target.retention())).toBe(false);
      expect(lost).toBe(1);
      expect(await countOf(bucket, 'a')).toEqual([1]);
    });

    test('ranges of a version', async () => {
      const bucket = await newBucket();
      const { paths } = await sealed(bucket);
      const source = s3Source(client, { bucket, prefix: 'prod' });
      const files = await source.list();
      const { path, size } = files.find((file) => file.path === paths[0])!;
      const all = await source.read(path, 0, size);
      expect(all.length).toBe(size);
      expect(await source.read(path, 3, 9)).toEqual(all.slice(3, 9));
      expect(await source.read(path, size - 4, size + 100)).toEqual(all.slice(-4));
      expect((await source.read(path, size, size + 1)).length).toBe(0);
    });

    test('object-lock: met, and every misconfiguration told', async () => {
      const bucket = await newBucket();
      const place = { bucket, prefix: 'prod' };
      const failed = async (at = place): Promise<string[]> =>
        (await inspectObjectLock(client, at, HARD)).checks.filter(({ outcome }) => outcome === 'fail').map(({ check }) => check);
      const setDefault = (Mode: 'COMPLIANCE' | 'GOVERNANCE'): Promise<unknown> =>
        client.putObjectLockConfiguration({
          Bucket: bucket,
          ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled', Rule: { DefaultRetention: { Mode, Days: 1 } } },
        });
      expect(await failed()).toEqual(['default-retention']);
      await setDefault('GOVERNANCE');
      expect(await failed()).toEqual(['default-retention']);
      await setDefault('COMPLIANCE');
      await sealed(bucket);
      const report = await inspectObjectLock(client, place, HARD, { canary: true });
      expect(report.checks.filter(({ outcome }) => outcome === 'fail' || outcome === 'unknown')).toEqual([]);
      expect(report).toMatchObject({ verdict: 'met', exitCode: 0, objects: 6 });
      for (const Body of ['x', 'y']) await client.putObject({ Bucket: bucket, Key: 'prod/x', Body, ChecksumAlgorithm: 'SHA256' });
      expect(await failed()).toEqual(differences.showsDefault ? ['versions'] : ['objects', 'versions']);
      expect(await failed({ bucket: await newBucket(false), prefix: '' })).toEqual(['lock', 'default-retention', 'versioning']);
    });

    test('object-lock: an administrator who can bypass GOVERNANCE is caught by the canary', async () => {
      const bucket = await newBucket();
      const { checks } = await inspectObjectLock(client, { bucket, prefix: '' }, SOFT, { canary: true });
      const outcome = differences.bypass ? 'fail' : 'pass';
      expect(checks).toContainEqual(expect.objectContaining({ check: 'canary', outcome }));
    });

    const aws = programOf('aws');
    test.skipIf(aws === undefined)('the commands of docs/operations/object-lock.md that set a bucket up', async () => {
      const page = readFileSync(new URL('../../../docs/operations/object-lock.md', import.meta.url), 'utf8');
      const commands = page.match(/^aws s3api .*$/gm)!;
      expect(commands.length).toBeGreaterThan(3);
      const env = {
        ...process.env,
        AWS_ACCESS_KEY_ID: server.accessKeyId,
        AWS_SECRET_ACCESS_KEY: server.secretAccessKey,
        AWS_DEFAULT_REGION: server.region,
      };
      const outputs = commands.map((command) => {
        // The region is the server's own.
        const here = command.replace('aws ', `aws --endpoint-url ${server.endpoint} `).replace(/ --create-bucket-configuration \S+/, '');
        return execFileSync('sh', ['-c', here], { env, encoding: 'utf8' });
      });
      expect(outputs.join('')).toContain('"Status": "Enabled"');
      const { checks } = await inspectObjectLock(client, { bucket: 'acme-audit', prefix: 'prod' }, { mode: 'GOVERNANCE', days: 30 });
      const outcome = (name: string) => checks.find(({ check }) => check === name)?.outcome;
      expect([outcome('lock'), outcome('versioning'), outcome('default-retention')]).toEqual(['pass', 'pass', 'pass']);
    });
  });
}
