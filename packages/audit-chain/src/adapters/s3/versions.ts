import { ChainError } from '../../errors.ts';
import type { S3ListedVersion, S3Reading } from './client.ts';
import { s3Fault } from './fault.ts';

/** One version of a key, or a delete marker. */
export interface ObjectVersion {
  readonly key: string;
  /** `null` in a bucket that keeps no versions. */
  readonly id: string;
  readonly isMarker: boolean;
  readonly size: number;
  readonly etag: string;
  /** By the store's clock, to the second. */
  readonly modified: Date;
}

/** All versions of one key, the newest first. */
export interface KeyVersions {
  readonly key: string;
  readonly versions: readonly ObjectVersion[];
}

/**
 * Lists every version below a prefix, key by key, in pages.
 *
 * @throws ChainError ERR_ARCHIVE_DENIED without `s3:ListBucketVersions`; ERR_ARCHIVE_BUCKET, ERR_ARCHIVE_UNAVAILABLE, ERR_ARCHIVE_STORE
 */
export async function* listVersions(client: S3Reading, bucket: string, prefix: string, signal?: AbortSignal): AsyncGenerator<KeyVersions> {
  let marker: { readonly KeyMarker: string; readonly VersionIdMarker?: string } | undefined;
  let open: readonly Listed[] = [];
  do {
    signal?.throwIfAborted();
    const page = await listPage(client, { Bucket: bucket, Prefix: prefix, ...marker });
    const next = page.IsTruncated === true ? markerOf(page) : undefined;
    if (page.IsTruncated === true && (next === undefined || isSame(next, marker))) throw endless(bucket);
    const versions = [
      ...(page.Versions ?? []).map((one) => listed(one, false)),
      ...(page.DeleteMarkers ?? []).map((one) => listed(one, true)),
    ];
    const keys = grouped([...open, ...versions]);
    // The last key of a page can go on in the next.
    open = keys.get(next?.KeyMarker ?? '') ?? [];
    for (const [key, all] of keys) if (all !== open) yield { key, versions: newestFirst(all) };
    marker = next;
  } while (marker !== undefined);
  if (open.length > 0) yield { key: open[0]!.key, versions: newestFirst(open) };
}

type Page = Awaited<ReturnType<S3Reading['listObjectVersions']>>;

function markerOf({ NextKeyMarker, NextVersionIdMarker }: Page): { KeyMarker: string; VersionIdMarker?: string } | undefined {
  if (NextKeyMarker === undefined) return undefined;
  return { KeyMarker: NextKeyMarker, ...(NextVersionIdMarker === undefined ? {} : { VersionIdMarker: NextVersionIdMarker }) };
}

function isSame(a: ReturnType<typeof markerOf>, b: ReturnType<typeof markerOf>): boolean {
  return a?.KeyMarker === b?.KeyMarker && a?.VersionIdMarker === b?.VersionIdMarker;
}

function endless(bucket: string): ChainError {
  const field = `s3://${bucket}`;
  return new ChainError('ERR_ARCHIVE_STORE', `${field}: the list of its versions does not go on`, { field, expected: 'the next page' });
}

/**
 * All versions of one key, the newest first.
 *
 * @throws ChainError as `listVersions`
 */
export async function versionsOf(client: S3Reading, bucket: string, key: string): Promise<readonly ObjectVersion[]> {
  let versions: readonly ObjectVersion[] = [];
  for await (const found of listVersions(client, bucket, key)) if (found.key === key) versions = found.versions;
  return versions;
}

async function listPage(client: S3Reading, input: Parameters<S3Reading['listObjectVersions']>[0]): Promise<Page> {
  try {
    return await client.listObjectVersions(input);
  } catch (error) {
    throw s3Fault(error, { operation: 'ListObjectVersions', bucket: input.Bucket });
  }
}

function listed({ Key = '', VersionId = 'null', Size = 0, ETag = '', LastModified, IsLatest }: S3ListedVersion, isMarker: boolean): Listed {
  return {
    key: Key,
    id: VersionId === '' ? 'null' : VersionId,
    isMarker,
    size: Size,
    etag: ETag,
    modified: LastModified ?? new Date(0),
    isLatest: IsLatest === true,
  };
}

interface Listed extends ObjectVersion {
  readonly isLatest: boolean;
}

function grouped(versions: readonly Listed[]): Map<string, Listed[]> {
  const keys = new Map<string, Listed[]>();
  for (const version of versions) {
    const all = keys.get(version.key);
    if (all === undefined) keys.set(version.key, [version]);
    else all.push(version);
  }
  return keys;
}

/** Versions come newest first, but markers in a list of their own: times tell where they belong, and which is the latest is said. */
function newestFirst(versions: readonly Listed[]): ObjectVersion[] {
  const rank = ({ isLatest }: Listed): number => (isLatest ? 0 : 1);
  return [...versions].sort((a, b) => rank(a) - rank(b) || b.modified.getTime() - a.modified.getTime());
}
