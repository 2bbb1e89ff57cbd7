import { ChainError } from '../../errors.ts';
import { type ArchiveFile, type ArchiveSource, SourceError } from '../../verify/ports.ts';
import { type S3Place, type S3Reading, s3Url } from './client.ts';
import { nameOf, s3Fault, statusOf } from './fault.ts';
import { type VersionPlace, headVersion, named, unexpectedLength } from './object.ts';
import { lockOf } from './lock.ts';
import { OURS } from './probe.ts';
import { type KeyVersions, type ObjectVersion, listVersions } from './versions.ts';

/**
 * An archive in a bucket. Objects are read by version: of several, the oldest that is locked, which nobody can have put there later or taken
 * away; what lies over it is reported.
 *
 * @param client `S3` of `@aws-sdk/client-s3`
 * @throws SourceError from its methods
 * @see docs/operations/object-lock.md
 * @example await inspectArchive(s3Source(new S3({}), { bucket: 'acme-audit', prefix: 'prod' }), { resolver, inflater });
 */
export function s3Source(client: S3Reading, place: S3Place): ArchiveSource {
  const { bucket } = place;
  const prefix = place.prefix === '' ? '' : `${place.prefix}/`;
  const versions = new Map<string, string>();
  const versionOf = (path: string): VersionPlace => {
    const version = versions.get(path);
    if (version === undefined) throw new SourceError('missing', `${s3Url(place, path)}: not there`);
    return { bucket, key: prefix + path, version };
  };
  return {
    kind: 's3',
    async list(signal) {
      const files: ArchiveFile[] = [];
      try {
        for await (const found of listVersions(client, bucket, prefix, signal)) {
          const path = found.key.slice(prefix.length);
          if (path.startsWith(OURS) || path === '') continue;
          const judged = await judgedVersion(client, bucket, path, found);
          if (judged === undefined) continue;
          versions.set(path, judged.version);
          files.push(judged.file);
        }
      } catch (error) {
        throw asSourceError(error, s3Url(place));
      }
      return files;
    },
    async read(path, start, end, options) {
      if (end <= start) return new Uint8Array(0);
      return await readRange(client, versionOf(path), start, end, options?.signal);
    },
    async lock(path) {
      try {
        return await lockOf(client, versionOf(path));
      } catch (error) {
        throw asSourceError(error, s3Url(place, path));
      }
    },
  };
}

interface Judged {
  readonly file: ArchiveFile;
  readonly version: string;
}

/** The version that counts, and what lies over it; undefined where there are delete markers only. */
async function judgedVersion(client: S3Reading, bucket: string, path: string, { key, versions }: KeyVersions): Promise<Judged | undefined> {
  const contents = versions.filter(({ isMarker }) => !isMarker);
  const judged = contents.length < 2 ? contents[0] : await oldestLocked(client, bucket, key, contents);
  if (judged === undefined) return undefined;
  const isSame = ({ size, etag }: ObjectVersion): boolean => size === judged.size && etag === judged.etag;
  // Two writers at once leave the same bytes twice where a store ignores conditions: nothing lies over them.
  const newer = contents.slice(0, contents.indexOf(judged)).some((one) => !isSame(one));
  const covered = versions[0]!.isMarker ? 'delete marker' : newer ? 'newer version' : undefined;
  return { file: { path, size: judged.size, ...(covered === undefined ? {} : { covered }) }, version: judged.id };
}

async function oldestLocked(
  client: S3Reading,
  bucket: string,
  key: string,
  versions: readonly ObjectVersion[],
): Promise<ObjectVersion | undefined> {
  for (const version of versions.toReversed()) {
    const head = await headVersion(client, { bucket, key, version: version.id });
    if (head.ObjectLockMode !== undefined) return version;
  }
  return versions.at(-1);
}

async function readRange(client: S3Reading, at: VersionPlace, start: number, end: number, signal?: AbortSignal): Promise<Uint8Array> {
  const options = signal === undefined ? {} : { abortSignal: signal };
  try {
    const { Body, ContentLength, ContentRange } = await client.getObject({ ...named(at), Range: `bytes=${start}-${end - 1}` }, options);
    // A store that knows no ranges would send all of it, and one that lies anything.
    if (Body === undefined || ContentLength === undefined || ContentLength > end - start)
      throw unexpectedLength(at, end - start, ContentLength);
    if (ContentRange?.startsWith(`bytes ${start}-`) !== true) throw unexpectedLength(at, end - start, ContentLength);
    return await Body.transformToByteArray();
  } catch (error) {
    signal?.throwIfAborted();
    // Nothing is left from here on.
    if (statusOf(error) === 416) return new Uint8Array(0);
    const missing = statusOf(error) === 404 && ['NoSuchKey', 'NoSuchVersion', 'NotFound'].includes(nameOf(error));
    const fault = s3Fault(error, { operation: 'GetObject', bucket: at.bucket, key: at.key });
    throw new SourceError(missing ? 'missing' : 'unreadable', fault.message);
  }
}

function asSourceError(error: unknown, place: string): unknown {
  if (!(error instanceof ChainError)) return error;
  return new SourceError('unreadable', error.message.startsWith(place) ? error.message : `${place}: ${error.message}`);
}
