import { parseS3Url, s3Url } from '@countersign/audit-chain/adapters/s3/client';
import { folderTarget } from '@countersign/audit-chain/node/archive/folder-target';
import { openS3Source } from '@countersign/audit-chain/node/s3/source';
import { folderSource } from '@countersign/audit-chain/node/verify/folder-source';
import type { ArchiveSource } from '@countersign/audit-chain/verify/ports';
import { CliError } from '../errors.ts';

/** An archive that a log was sealed to, opened for reading. */
export interface OpenArchive {
  readonly source: ArchiveSource;
  /** What the database calls it. */
  readonly name: string;
  close(): Promise<void>;
}

/**
 * Opens an archive that a log was sealed to: a directory, or `s3://BUCKET/PREFIX`.
 *
 * @throws CliError ERR_CLI_OPTION for another URL; ChainError ERR_PACKAGE_MISSING, ERR_ARCHIVE_BUCKET
 */
export async function openArchive(path: string): Promise<OpenArchive> {
  if (!path.startsWith('s3:')) return { source: folderSource(path), name: folderTarget(path).name, close: () => Promise.resolve() };
  const place = parseS3Url(path);
  if (place === undefined) throw new CliError('ERR_CLI_OPTION', '--archive: expected s3://BUCKET or s3://BUCKET/PREFIX', '--archive');
  const opened = await openS3Source(path);
  return { source: opened.source, name: s3Url(place), close: () => opened.close() };
}
