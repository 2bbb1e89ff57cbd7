import { parseS3Url } from '../../adapters/s3/client.ts';
import { s3Source } from '../../adapters/s3/source.ts';
import { type ArchiveSource, SourceError } from '../../verify/ports.ts';
import { type S3Settings, openS3 } from './client.ts';

/** How many segments are read at once: each waits for the network most of the time. */
const CONCURRENCY = 4;

/** An archive in S3 that was opened. */
export interface OpenS3Source {
  readonly source: ArchiveSource;
  readonly concurrency: number;
  readonly close: () => Promise<void>;
}

/**
 * Opens an archive in S3 for verification.
 *
 * @param url `s3://BUCKET/PREFIX`
 * @throws SourceError when it is no such URL; ChainError as `openS3`
 * @example const { source } = await openS3Source('s3://acme-audit/prod');
 */
export async function openS3Source(url: string, settings: S3Settings = {}): Promise<OpenS3Source> {
  const place = parseS3Url(url);
  if (place === undefined) throw new SourceError('unreadable', `${url}: not of the form s3://BUCKET or s3://BUCKET/PREFIX`);
  const client = await openS3(settings);
  return {
    source: s3Source(client, place),
    concurrency: CONCURRENCY,
    close: () => Promise.resolve(client.destroy()),
  };
}
