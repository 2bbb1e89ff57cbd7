import { S3 } from '@aws-sdk/client-s3';
import { expect, inject, test } from 'vitest';
import { temporaryFolder } from '../../../packages/audit-chain/test/support/database.ts';
import { postgresMissing } from '../../../packages/audit-chain/test/support/postgres.ts';
import { drill } from '../../recovery/bucket.ts';
import { radosgw } from './servers.ts';

const { name, missing, start } = radosgw();
const lacks = missing ?? postgresMissing();

test.skipIf(lacks !== undefined)(`the drill on PostgreSQL and ${name}${lacks === undefined ? '' : `: ${lacks} is missing`}`, async () => {
  const folder = temporaryFolder();
  const server = await start();
  const { endpoint, region, accessKeyId, secretAccessKey } = server;
  const administrator = new S3({ endpoint, region, credentials: { accessKeyId, secretAccessKey }, forcePathStyle: true });
  const environment = {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_REGION: region,
    AWS_ENDPOINT_URL_S3: endpoint,
  };
  const { url } = inject('postgres') as { readonly url: string };
  try {
    await administrator.createBucket({ Bucket: 'acme-ledger', ObjectLockEnabledForBucket: true });
    const places = { folder: folder.path, server: url, bucket: 'acme-ledger', administrator, environment };
    await expect(drill(places)).resolves.toBeUndefined();
  } finally {
    administrator.destroy();
    await server.stop();
    folder.remove();
  }
});
