import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { S3Server } from '../../../../test/support/s3/server.ts';
import { OBJECT_LOCK } from '../../src/node/audit-verify/table/object-lock.ts';
import type { Run } from '../support/run.ts';
import { type S3Folder, page, s3Folder } from './folder.ts';

let folder: S3Folder;
let server: S3Server;
beforeAll(async () => {
  folder = await s3Folder();
  ({ server } = folder);
});
afterAll(() => folder.close());
const run = (line: string): Promise<Run> => folder.run(line);

describe('docs/operations/object-lock.md', () => {
  const lines = [...page.matchAll(/^```sh\n(.*?)^```$/gms)].flatMap(([, block]) => block!.trim().split('\n'));
  const commands = lines.filter((line) => line.startsWith('audit-'));

  test('has commands of every kind', () => {
    expect(commands.length).toBeGreaterThan(10);
    // What sets buckets up is run against other makes of servers.
    expect(
      lines.filter((line) => !/^(audit-chain|audit-verify|aws s3api|export AUDIT_RETENTION_CLASSES=retention\.json)/.test(line)),
    ).toEqual([]);
  });

  test.each(commands)('%s', async (line) => {
    const [command, code = '0'] = line.split(' # exits ');
    const { code: exit, out, err } = await run(command!);
    expect({ exit, err: exit === 1 ? err : '', out: exit === Number(code) ? '' : out }).toEqual({ exit: Number(code), err: '', out: '' });
  });

  test('left the same bytes under the same locks in both places', () => {
    const [main, recovery] = ['acme-ledger', 'acme-recovery'].map((name) =>
      [...server.buckets.get(name)!.versions].filter(([key]) => !key.includes('.countersign-')),
    );
    expect(main!.length).toBe(3);
    const shape = (all: typeof main) => all!.map(([key, versions]) => [key, versions.map(({ content, lock }) => ({ content, lock }))]);
    expect(shape(recovery)).toEqual(shape(main));
  });
});

test('what somebody put over a sealed object is told', async () => {
  const bucket = server.buckets.get('acme-audit')!;
  const key = [...bucket.versions.keys()].find((name) => name.endsWith('.jsonl.gz'))!;
  bucket.add(key, { content: undefined, modified: new Date(), lock: undefined });
  const { code, out } = await run('audit-verify s3://acme-audit/prod -s log/signers.json');
  expect(code).toBe(13);
  expect(out).toContain('OBJECT_HIDDEN');
  expect((await run('audit-verify object-lock s3://acme-audit/prod --retention-class audit')).code).toBe(13);
});

test('the examples of audit-verify object-lock', async () => {
  const examples = OBJECT_LOCK.examples.filter(({ needs }) => needs === 's3');
  for (const { command, exitCode = 0 } of examples) {
    const there = exitCode === 0 ? 's3://acme-ledger/prod' : 's3://acme-audit/nothing';
    const { code, out } = await run(command.replace('s3://acme-audit/prod', there));
    expect(code, command).toBe(exitCode === 0 ? 0 : 12);
    if (command.includes('--json')) expect(JSON.parse(out)).toMatchObject({ verdict: 'unknown' });
  }
});

describe('sealing to S3', () => {
  const cases: readonly (readonly [string, string, number])[] = [
    ['no class', '--to s3://acme-audit/x', 2],
    ['a class that the file does not have', '--to s3://acme-audit/x --retention-class other', 2],
    ['a file that is not there', '--to s3://acme-audit/x --retention-class audit --retention-classes none.json', 2],
    ['a URL with an empty part', '--to s3://acme-audit//x --retention-class audit', 2],
    ['a recovery place for a directory', '--to archive --recovery s3://acme-audit/x', 2],
    ['a recovery place that is none', '--to s3://acme-audit/x --retention-class audit --recovery archive', 2],
    ['no bucket', '--to s3://acme-nowhere/x --retention-class audit', 14],
    ['nobody there', '--to s3://acme-audit/x --retention-class audit --endpoint http://127.0.0.1:1', 14],
  ];
  test.each(cases)('%s', async (_name, flags, code) => {
    const { code: exit, err } = await run(`audit-chain seal log/ ${flags}`);
    expect(exit, err).toBe(code);
    expect(err).toMatch(/^ERR_[A-Z_]+: /);
    expect(err).not.toContain('not-to-be-shown');
  });
});

test('a tile tree in a bucket: published, and not again; what its store cannot do is said', async () => {
  const tree = server.create('acme-tiles');
  expect(await run('audit-chain tiles log --to s3://acme-tiles/log')).toMatchObject({
    code: 0,
    out: 'published the checkpoint of 1 records\n',
    err: '',
  });
  server.quirks = { ignoresMatches: true, ignoresConditions: true };
  const { out, err } = await run('audit-chain tiles log --to s3://acme-tiles/log');
  server.quirks = {};
  expect([out, err]).toEqual([
    'nothing new to publish\n',
    expect.stringMatching(/^note: .* ignores If-None-Match; .*\nnote: .* ignores If-Match; /),
  ]);
  const paths = [...tree.versions.keys()].filter((key) => !key.includes('.countersign-'));
  expect(paths.toSorted()).toEqual(['log/checkpoint', 'log/tile/0/000.p/1', 'log/tile/entries/000.p/1']);
  expect((await run('audit-chain tiles log --to s3://acme//tiles')).code).toBe(2);
  expect((await run('audit-chain tiles log --to s3://acme-nowhere/x')).code).toBe(14);
});

test('--offline refuses s3://, a URL that is none is unreadable', async () => {
  expect((await run('audit-verify s3://acme-audit/prod -s log/signers.json --offline')).code).toBe(2);
  expect((await run('audit-verify s3://acme//prod -s log/signers.json')).code).toBe(14);
  expect((await run('audit-verify object-lock s3://acme//prod --mode GOVERNANCE --days 1')).code).toBe(2);
  expect((await run('audit-verify object-lock s3://acme-audit/prod --mode GOVERNANCE')).code).toBe(2);
  expect((await run('audit-verify object-lock s3://acme-audit/prod')).code).toBe(2);
});
