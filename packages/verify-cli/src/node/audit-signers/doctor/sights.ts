import type { SignatureAlgorithm } from '@countersign/proof-core/key/public-key';
import type { KeySight } from '@countersign/signer-registry/operations/doctor';
import type { Registry } from '@countersign/signer-registry/registry/registry';
import type { RegisteredSigner } from '@countersign/signer-registry/registry/types';
import { reasonOf } from '@countersign/signer-registry/signer/hooks';
import { isCoded } from '../../command/exit.ts';

async function thumbprintAt(signer: RegisteredSigner, algorithm: SignatureAlgorithm): Promise<string | undefined> {
  const { backend, kid } = signer;
  if (backend.startsWith('kms:')) {
    const [{ connectKms }, { describeKmsKey }] = await Promise.all([
      import('@countersign/signer-registry/node/signer/kms'),
      import('@countersign/signer-registry/adapters/kms'),
    ]);
    const arn = backend.slice('kms:'.length);
    return (await describeKmsKey(await connectKms(arn), arn, algorithm)).publicKey.thumbprint;
  }
  if (!backend.startsWith('proxy:')) return undefined;
  const { proxyClient } = await import('../../signer/proxy.ts');
  const { client } = await proxyClient(backend.slice('proxy:'.length));
  try {
    if (!(await client.health()).ok) throw new Error('not healthy');
    return (await client.publicKey(kid)).thumbprint;
  } finally {
    client.close();
  }
}

/**
 * Asks every backend that can be asked for the keys that sign or are to sign: KMS and signing proxies. Nothing is signed.
 *
 * @returns one sight for each key that was asked for
 */
export async function sightKeys(registry: Registry): Promise<KeySight[]> {
  const asked = registry.signers.filter(({ status, backend }) => ['active', 'pending'].includes(status) && /^(kms|proxy):/.test(backend));
  return await Promise.all(
    asked.map(async (signer): Promise<KeySight> => {
      const { kid } = signer;
      try {
        const thumbprint = await thumbprintAt(signer, signer.algorithm);
        return thumbprint === undefined ? { kid } : { kid, thumbprint };
      } catch (error) {
        return { kid, failure: isCoded(error) ? reasonOf(error) : (error as Error).message };
      }
    }),
  );
}
