import { S3 } from '@aws-sdk/client-s3';

/**
 * The real client for a server under test.
 *
 * @param accessKey whose permissions it has
 * @param attempts as many as the client makes by itself; 1 shows every fault
 */
export function s3Client(endpoint: string, accessKey = 'writer', attempts = 1, region = 'eu-central-1'): S3 {
  return new S3({
    endpoint,
    region,
    credentials: { accessKeyId: accessKey, secretAccessKey: 'not-to-be-shown' },
    forcePathStyle: true,
    maxAttempts: attempts,
  });
}
