import type { S3 } from '@aws-sdk/client-s3';
import type { S3Inspecting } from '../../adapters/s3/client.ts';
import { ChainError } from '../../errors.ts';

/** A client that was opened; `destroy` ends its connections. */
export interface OpenS3 extends S3Inspecting {
  destroy(): void;
}

/** Settings that the environment does not give. */
export interface S3Settings {
  /** The URL of a store that is not AWS: `https://s3.example.com`. Its buckets are named in the path. */
  readonly endpoint?: string;
}

/**
 * Opens an S3 client. Region, credentials and endpoint come from where the AWS SDK looks for them: `AWS_REGION`, `AWS_PROFILE`,
 * `AWS_ACCESS_KEY_ID`, `AWS_ENDPOINT_URL_S3`, the shared files, the instance.
 *
 * @throws ChainError ERR_PACKAGE_MISSING without `@aws-sdk/client-s3`; ERR_ARCHIVE_BUCKET when no region is configured
 * @see docs/operations/object-lock.md
 * @example const client = await openS3({ endpoint: 'http://127.0.0.1:7480' });
 */
export async function openS3(settings: S3Settings = {}): Promise<OpenS3> {
  const endpoint = settings.endpoint ?? process.env['AWS_ENDPOINT_URL_S3'] ?? process.env['AWS_ENDPOINT_URL'];
  // What Node version the SDK will need in future years is no matter of whoever runs a command.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const Client = await loadS3('s3://');
  const client = new Client({
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    // The client waits for ever unless it is told not to.
    requestHandler: { connectionTimeout: 10_000, socketTimeout: 60_000 },
  });
  try {
    await client.config.region();
  } catch {
    client.destroy();
    const message = 'no region is configured for S3: set AWS_REGION, or a profile that has one';
    throw new ChainError('ERR_ARCHIVE_BUCKET', message, { field: 'AWS_REGION', expected: 'a region', actual: 'none' });
  }
  return client;
}

/**
 * Loads the client's class: `@aws-sdk/client-s3` is installed by who needs it.
 *
 * @param purpose what needs it, for the error
 * @throws ChainError ERR_PACKAGE_MISSING
 * @example const Client = await loadS3('a mark in S3');
 */
export async function loadS3(purpose: string): Promise<typeof S3> {
  try {
    return (await import('@aws-sdk/client-s3')).S3;
  } catch (cause) {
    if (!String((cause as { code?: unknown }).code).endsWith('MODULE_NOT_FOUND')) throw cause;
    throw new ChainError('ERR_PACKAGE_MISSING', `${purpose} needs the package @aws-sdk/client-s3: npm install @aws-sdk/client-s3`, {
      field: 'package',
      expected: '@aws-sdk/client-s3',
      actual: 'not installed',
      cause,
    });
  }
}
