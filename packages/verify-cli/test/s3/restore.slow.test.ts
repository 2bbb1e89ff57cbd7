import { cpSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { s3Client } from '../../../../test/support/s3/client.ts';
import { type S3Folder, s3Folder } from './folder.ts';

// The drill of docs/operations/disaster-recovery.md from a bucket under COMPLIANCE.
let folder: S3Folder;
beforeAll(async () => {
  folder = await s3Folder();
  // Making a database takes so long that the server closes idle connections meanwhile.
  process.env['AWS_MAX_ATTEMPTS'] = '3';
});
afterAll(() => folder.close());
const at = (name: string): string => join(folder.path, name);

async function ok(line: string): Promise<string> {
  const { code, out, err } = await folder.run(line);
  expect({ line, code, err }).toMatchObject({ line, code: 0, err: expect.not.stringContaining('ERR_') as string });
  return out;
}

interface Verdict {
  readonly head: { readonly size: number; readonly root: string; readonly hash: string };
}

test('a database that is lost comes back from a locked bucket with the same head and receipts; an old one is not signed', async () => {
  await ok('audit-chain append log --type order.created --actor user:1 --subject order:1');
  cpSync(at('log/db'), at('old'), { recursive: true });
  for (const n of [2, 3]) await ok(`audit-chain append log --type order.paid --actor user:${n} --subject order:${n}`);
  await ok('audit-chain seal log --to s3://acme-ledger/dr --retention-class ledger --accept-irreversible');
  await ok('audit-chain receipt log --seq 1 --out before.receipt');
  const before = JSON.parse(await ok('audit-verify s3://acme-ledger/dr -s log/signers.json --require worm --json')) as Verdict;

  rmSync(at('log/db'), { recursive: true });
  expect(await ok('audit-chain restore log --from s3://acme-ledger/dr --dry-run')).toContain('the chain could go on');
  expect(await ok('audit-chain restore log --from s3://acme-ledger/dr')).toContain(`head ${before.head.hash}`);
  const after = JSON.parse(await ok('audit-verify log -s log/signers.json --json')) as Verdict;
  expect(after.head.size).toBe(before.head.size + 1);
  await ok('audit-verify receipt before.receipt -s log/signers.json');
  await ok('audit-chain receipt log --seq 1 --out after.receipt');
  // The same record and place; the note is newer, because the log says that it was restored.
  const [a, b] = ['before', 'after'].map((name) =>
    readFileSync(at(`${name}.receipt`), 'utf8')
      .split('\n')
      .slice(0, 3),
  );
  expect(b).toEqual(a);
  await ok('audit-chain seal log --to s3://acme-ledger/dr --retention-class ledger --accept-irreversible');
  await ok('audit-verify s3://acme-ledger/dr -s log/signers.json --require worm');

  rmSync(at('log/db'), { recursive: true });
  cpSync(at('old'), at('log/db'), { recursive: true });
  const refused = await folder.run('audit-chain append log --type order.lost --actor user:1');
  expect([refused.code, refused.err]).toEqual([10, expect.stringMatching(/^ERR_CHAIN_ROLLED_BACK: .* has 2 records, .* up to size 5/)]);
});

test('what is locked is not deleted by an administrator either', async () => {
  const client = s3Client(folder.server.endpoint, 'admin');
  const { Versions = [] } = await client.listObjectVersions({ Bucket: 'acme-ledger', Prefix: 'dr/' });
  const sealed = Versions.filter(({ Key }) => Key!.endsWith('.jsonl.gz'));
  expect(sealed.length).toBeGreaterThan(0);
  for (const { Key, VersionId } of sealed) {
    const request = { Bucket: 'acme-ledger', Key: Key!, VersionId: VersionId!, BypassGovernanceRetention: true };
    await expect(client.deleteObject(request)).rejects.toMatchObject({ name: 'AccessDenied' });
  }
  expect((await folder.run('audit-verify s3://acme-ledger/dr -s log/signers.json --require worm')).code).toBe(0);
});
