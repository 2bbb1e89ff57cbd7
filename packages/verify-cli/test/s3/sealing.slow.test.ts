import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Refusal } from '../../../../test/support/s3/refusal.ts';
import type { S3Server } from '../../../../test/support/s3/server.ts';
import type { Run } from '../support/run.ts';
import { type S3Folder, s3Folder } from './folder.ts';

let folder: S3Folder;
let server: S3Server;
beforeAll(async () => {
  folder = await s3Folder();
  ({ server } = folder);
});
afterAll(() => folder.close());
const run = (line: string): Promise<Run> => folder.run(line);

describe('sealing to S3', () => {
  test('under COMPLIANCE nothing is written before the date was confirmed', async () => {
    const { code, out, err } = await run('audit-chain seal log/ --to s3://acme-ledger/second --retention-class ledger');
    expect(code).toBe(2);
    expect(out).toMatch(/^What is sealed to s3:\/\/acme-ledger\/second now is locked under COMPLIANCE until 20\d\d-\d\d-\d\dT/);
    expect(err).toContain('not even whoever owns the account');
    expect([...server.buckets.get('acme-ledger')!.versions.keys()].filter((key) => key.startsWith('second/'))).toEqual([]);
  });

  test('once confirmed and sealed, no later run asks again, and nothing is put twice', async () => {
    await run('audit-chain seal log/ --to s3://acme-ledger/prod --retention-class ledger --accept-irreversible');
    const count = (): number => [...server.buckets.get('acme-ledger')!.versions.values()].flat().length;
    const before = count();
    const { code, out } = await run('audit-chain seal log/ --to s3://acme-ledger/prod --retention-class ledger');
    expect({ code, out: out.split('\n').at(-2), count: count() }).toEqual({ code: 0, out: 'nothing new to seal', count: before });
  });

  test('a bucket without a lock: 13, nothing in it', async () => {
    const bucket = server.create('acme-plain');
    const { code, err } = await run('audit-chain seal log/ --to s3://acme-plain/prod --retention-class audit');
    expect({ code, err }).toMatchObject({
      code: 13,
      err: expect.stringMatching(/^ERR_ARCHIVE_RETENTION: s3:\/\/acme-plain\/prod\//) as string,
    });
    expect([...bucket.versions.keys()].filter((key) => !key.includes('.countersign-'))).toEqual([]);
  });

  test('cut off after the first object, it is completed by the next run', async () => {
    let puts = 0;
    server.fault = ({ method, key }) =>
      method === 'PUT' && /prod2\/localhost/.test(key) && ++puts === 2 ? new Refusal(500, 'InternalError') : undefined;
    expect((await run('audit-chain seal log/ --to s3://acme-audit/prod2 --retention-class audit')).code).toBe(14);
    server.fault = () => undefined;
    expect((await run('audit-chain seal log/ --to s3://acme-audit/prod2 --retention-class audit')).code).toBe(0);
    expect((await run('audit-verify s3://acme-audit/prod2 -s log/signers.json --require worm')).code).toBe(0);
  });

  test('a store that ignores conditions and checksums: noted, and sealed all the same', async () => {
    server.quirks = { ignoresConditions: true, ignoresChecksums: true };
    const { code, err } = await run('audit-chain seal log/ --to s3://acme-audit/prod3 --retention-class audit');
    server.quirks = {};
    expect({ code, notes: err.match(/^note: .*$/gm)?.length }).toEqual({ code: 0, notes: 2 });
    expect((await run('audit-verify s3://acme-audit/prod3 -s log/signers.json --require worm')).code).toBe(0);
  });
});
