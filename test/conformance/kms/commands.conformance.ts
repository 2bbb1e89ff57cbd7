// The commands against a KMS by other hands: a key is made there, registered, compared, and signs a log's checkpoints.
import { KMS } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Workplace } from '../../rotation/commands.ts';

const endpoint = process.env['COUNTERSIGN_KMS_ENDPOINT'];

test.runIf(endpoint === undefined)('the commands are not run against another KMS: COUNTERSIGN_KMS_ENDPOINT names none', (context) =>
  context.skip(),
);

describe.runIf(endpoint !== undefined)('audit-signers and a KMS by other hands', () => {
  let place: Workplace;
  const env = { AWS_ENDPOINT_URL_KMS: endpoint, AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_REGION: 'eu-west-1' };
  const client = new KMS({ endpoint: endpoint!, region: 'eu-west-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
  beforeAll(() => {
    place = new Workplace();
  });
  afterAll(() => {
    client.destroy();
    place.remove();
  });

  test('register a key by its ARN, find it the same, and miss it when it is deleted', async () => {
    const { KeyMetadata } = await client.createKey({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
    const arn = KeyMetadata!.Arn!;
    await place.ok('audit-signers init --new-root root-1=root-1.key');
    await place.ok(
      `audit-signers add log-1 --from-kms ${arn} --purpose checkpoint --chain example.com/audit --active --key root-1.key`,
      env,
    );
    const shown = JSON.parse((await place.ok('audit-signers show log-1 --json')).out) as object;
    expect(shown).toMatchObject({ signers: [{ algorithm: 'ES256', backend: `kms:${arn}` }] });
    expect((await place.line('audit-signers doctor', env)).out).not.toContain('key-drift');
    const missing = arn.replace(/key\/.*/, 'key/00000000-0000-4000-8000-000000000000');
    const none = await place.line(`audit-signers add log-2 --from-kms ${missing} --purpose checkpoint --chain example.com/audit`, env);
    expect({ code: none.code, err: none.err }).toMatchObject({ code: 14, err: expect.stringContaining('ERR_BACKEND_REFUSED') as string });
  });
});
