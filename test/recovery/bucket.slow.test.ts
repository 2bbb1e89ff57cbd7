import { expect, inject, test } from 'vitest';
import { temporaryFolder } from '../../packages/audit-chain/test/support/database.ts';
import { postgresMissing } from '../../packages/audit-chain/test/support/postgres.ts';
import { s3Client } from '../support/s3/client.ts';
import { S3Server } from '../support/s3/server.ts';
import { drill } from './bucket.ts';

test.skipIf(postgresMissing() !== undefined)('the drill on PostgreSQL and a locked bucket', async () => {
  const folder = temporaryFolder();
  const s3 = await S3Server.start();
  s3.create('acme-ledger', { locks: true });
  s3.mayBypass.add('admin');
  const administrator = s3Client(s3.endpoint, 'admin');
  const environment = {
    AWS_ACCESS_KEY_ID: 'writer',
    AWS_SECRET_ACCESS_KEY: 'not-to-be-shown',
    AWS_REGION: 'eu-central-1',
    AWS_ENDPOINT_URL_S3: s3.endpoint,
  };
  const { url } = inject('postgres') as { readonly url: string };
  try {
    const places = { folder: folder.path, server: url, bucket: 'acme-ledger', administrator, environment };
    await expect(drill(places)).resolves.toBeUndefined();
  } finally {
    administrator.destroy();
    await s3.close();
    folder.remove();
  }
});
