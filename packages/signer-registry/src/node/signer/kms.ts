import type { KmsLike } from '../../adapters/kms.ts';
import { unexpected } from '../../errors.ts';

/**
 * Connects to AWS KMS with the credentials of the environment, by `@aws-sdk/client-kms`. Asking again is `retrySigner`'s, so the client does not.
 *
 * @param key an ARN, whose region is used; for an id or alias the environment names the region
 * @throws RegistryError ERR_SIGNER_PACKAGE
 * @example const { arn, publicKey } = await describeKmsKey(await connectKms(arn), arn);
 */
export async function connectKms(key: string): Promise<KmsLike> {
  const region = /^arn:[a-z0-9-]+:kms:([a-z0-9-]+):/.exec(key)?.[1];
  try {
    const { KMS } = await import('@aws-sdk/client-kms');
    return new KMS({ maxAttempts: 1, ...(region === undefined ? {} : { region }) });
  } catch (cause) {
    if (!String((cause as { code?: unknown }).code).endsWith('MODULE_NOT_FOUND')) throw cause;
    throw unexpected('ERR_SIGNER_PACKAGE', 'signer', 'the package @aws-sdk/client-kms to be installed', 'none', cause);
  }
}
