// The same contract against a KMS by other hands, e.g. moto's server (PyPI, `moto[server]`): COUNTERSIGN_KMS_ENDPOINT=http://127.0.0.1:5000.
import { KMS, type KeySpec } from '@aws-sdk/client-kms';
import { afterAll, test } from 'vitest';
import type { SignatureAlgorithm } from '@countersign/proof-core/key/public-key';
import { kmsContract } from './contract.ts';

const endpoint = process.env['COUNTERSIGN_KMS_ENDPOINT'];

test.runIf(endpoint === undefined)('an independent KMS is not tested here: COUNTERSIGN_KMS_ENDPOINT names none', (context) =>
  context.skip(),
);

if (endpoint !== undefined) {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new KMS({ endpoint, region: 'eu-west-1', credentials, maxAttempts: 1 });
  const createKey = async (spec: string): Promise<string> => {
    const { KeyMetadata } = await client.createKey({ KeySpec: spec as KeySpec, KeyUsage: 'SIGN_VERIFY' });
    return KeyMetadata!.Arn!;
  };
  // moto has no Ed25519, takes no digests, and salts PSS as long as it can where KMS salts as long as the hash.
  const algorithms = (process.env['COUNTERSIGN_KMS_ALGORITHMS'] ?? 'ES256,ES384,RS256').split(',') as SignatureAlgorithm[];
  afterAll(() => client.destroy());
  kmsContract(`independent server, ${algorithms.join(', ')}`, () => ({ client, createKey, algorithms, raw: true }));
}
