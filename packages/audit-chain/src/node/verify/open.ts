import { access, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExtractSource } from '../../verify/extract/inspect.ts';
import type { ArchiveSource, RecordSource } from '../../verify/ports.ts';
import type { S3Settings } from '../s3/client.ts';
import { isEvidencePack } from './evidence-file.ts';
import { openExtract } from './extract-files.ts';
import { fileSource } from './file-source.ts';
import { openStream } from './stream-kind.ts';
import { folderSource, sourceError } from './folder-source.ts';
import { isPostgresUrl } from '../postgres/open.ts';
import { type ThreadPool, scanPool } from './scan-pool.ts';
import { openSegment } from './segment-files.ts';

/** A source that was opened; `close` lets go of what it holds. */
export type OpenSource = { close(): Promise<void> } & (
  | {
      readonly kind: 'archive';
      readonly source: ArchiveSource;
      readonly pool: ThreadPool;
      readonly concurrency?: number;
      /** Of one segment that is judged alone. */
      readonly range?: { readonly from?: number; readonly to?: number };
    }
  | { readonly kind: 'records'; readonly source: RecordSource; readonly pool?: ThreadPool }
  | { readonly kind: 'evidence'; readonly source: RecordSource }
  | { readonly kind: 'extract'; readonly source: ExtractSource; readonly pool: ThreadPool }
);

/** What a path names. */
export type SourceKind = 'log' | 'archive' | 's3' | 'database' | 'file' | 'stdin';

/**
 * Tells what a path names: `-` standard input, `postgres://…` a database, `s3://…` an archive in S3, a folder with `countersign.json` a log,
 * another folder an archive, a file record lines.
 *
 * @throws SourceError when there is nothing, or it cannot be looked at
 * @example await detectSource('log/') // 'log'
 */
export async function detectSource(path: string): Promise<SourceKind> {
  if (path === '-') return 'stdin';
  if (isPostgresUrl(path)) return 'database';
  if (path.startsWith('s3:')) return 's3';
  let folder: boolean;
  try {
    folder = (await stat(path)).isDirectory();
  } catch (error) {
    throw sourceError(error, path);
  }
  if (!folder) return 'file';
  try {
    await access(join(path, 'countersign.json'));
    return 'log';
  } catch {
    return 'archive';
  }
}

/**
 * Opens a source for verification.
 *
 * @param stdin what `-` reads
 * @param chain the chain that is wanted of a database with several
 * @param settings how to reach S3
 * @throws SourceError; what opening a log, a database or S3 throws: ChainError ERR_LOG_IN_USE, ERR_LOG_CONFIG, …; ERR_STORE_URL,
 *   ERR_VERIFY_OPTIONS, ERR_PACKAGE_MISSING, ERR_ARCHIVE_BUCKET
 * @example const open = await openSource('archive/', process.stdin);
 */
export async function openSource(
  path: string,
  stdin: AsyncIterable<Uint8Array>,
  chain?: string,
  settings: S3Settings = {},
): Promise<OpenSource> {
  const kind = await detectSource(path);
  if (kind === 'log') {
    // The embedded database is loaded for a log only: who verifies an archive needs none.
    const [{ openLogForReading }, { logSource }] = await Promise.all([import('../log/open.ts'), import('./log-source.ts')]);
    const log = await openLogForReading(path);
    return { kind: 'records', source: logSource(log.store, log.client), close: () => log.close() };
  }
  const pool = scanPool();
  const close = (): Promise<void> => pool.close();
  switch (kind) {
    case 'stdin': {
      const { kind: of, source } = await openStream(stdin);
      return of === 'evidence' ? { kind: of, source, close } : { kind: of, source, pool, close };
    }
    case 'file': {
      const segment = await openSegment(path);
      if (segment !== undefined) return { kind: 'archive', ...segment, pool, close };
      const extract = await openExtract(path);
      if (extract !== undefined) return { kind: 'extract', source: extract, pool, close };
      const source = fileSource(path);
      return (await isEvidencePack(path)) ? { kind: 'evidence', source, close } : { kind: 'records', source, pool, close };
    }
    case 's3': {
      const { openS3Source } = await import('../s3/source.ts');
      const { close: end, ...opened } = await openS3Source(path, settings);
      return { kind: 'archive', ...opened, pool, close: () => Promise.all([close(), end()]).then(() => undefined) };
    }
    case 'archive':
      return { kind: 'archive', source: folderSource(path), pool, close };
    default: {
      const { openDatabaseSource } = await import('./database-source.ts');
      const database = await openDatabaseSource(path, chain);
      return {
        kind: 'records',
        source: database.source,
        pool,
        close: () => Promise.all([close(), database.close()]).then(() => undefined),
      };
    }
  }
}
