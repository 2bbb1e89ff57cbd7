import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { type RetentionClass, retentionFrom } from '../../archive/retention-class.ts';
import type { Retention } from '../../archive/manifest.ts';
import type { ArchiveTarget } from '../../archive/target.ts';
import { ChainError } from '../../errors.ts';
import { type S3ObjectAnswer, type S3Place, type S3Writing, keyBelow, s3Url } from './client.ts';
import { serverTime } from './clock.ts';
import { nameOf, s3Fault, statusOf } from './fault.ts';
import {
  type Content,
  type Locked,
  type VersionPlace,
  checksumOf,
  headVersion,
  holdsContent,
  isKept,
  named,
  notKept,
  readVersion,
} from './object.ts';
import { type S3Abilities, probeAbilities } from './probe.ts';
import { type ObjectVersion, versionsOf } from './versions.ts';

/** An archive in a bucket with Object Lock. */
export interface S3Target extends ArchiveTarget {
  /** What the store can do, found out by trying; asked once. */
  abilities(): Promise<S3Abilities>;
}

/** How often a PUT that met another one is tried again. */
const ATTEMPTS = 5;
/** Larger objects are not read into memory. */
const MOST_BYTES = 1 << 30;

/**
 * A bucket with Object Lock as an archive: write-once storage.
 *
 * Every object is put by one request with its lock, its SHA-256 and `If-None-Match: *`, and is then asked for by its version: mode, date,
 * checksum and length must be those that were asked for. A lock that is refused is a failure; nothing is ever put without one. Something that
 * is there already is left as it is; if it has the same content and a shorter lock, the lock is lengthened.
 *
 * @param client `S3` of `@aws-sdk/client-s3`; a header middleware is added to it, to learn the store's time
 * @param retention mode and days of everything put here
 * @throws ChainError from its methods: ERR_ARCHIVE_RETENTION, ERR_ARCHIVE_REPLACED, ERR_ARCHIVE_HIDDEN, ERR_ARCHIVE_DENIED,
 *   ERR_ARCHIVE_BUCKET, ERR_ARCHIVE_UNAVAILABLE, ERR_ARCHIVE_STORE
 * @see docs/operations/object-lock.md
 * @example s3Target(new S3({}), { bucket: 'acme-audit', prefix: 'prod' }, { mode: 'COMPLIANCE', days: 2557 });
 */
export function s3Target(client: S3Writing, place: S3Place, retention: RetentionClass, engine: Engine = defaultEngine): S3Target {
  const writer = new Writer(client, place, engine);
  return {
    name: s3Url(place),
    isWriteOnce: true,
    abilities: () => writer.abilities(),
    retention: async () => retentionFrom(retention, await serverTime(client, place.bucket)),
    put: async (key, content, kept) => await writer.put(keyBelow(place, key), content, requireLock(place, key, kept)),
    read: (key) => writer.read(keyBelow(place, key)),
  };
}

function requireLock(place: S3Place, key: string, retention: Retention): Locked {
  if (retention.mode !== 'none') return retention;
  const field = s3Url(place, key);
  throw new ChainError('ERR_ARCHIVE_RETENTION', `${field}: nothing is put here without a lock`, {
    field,
    expected: 'a lock',
    actual: 'none',
  });
}

function differs({ bucket, key }: VersionPlace): ChainError {
  const field = `s3://${bucket}/${key}`;
  const message = `${field}: what the store has is not what was put`;
  return new ChainError('ERR_ARCHIVE_STORE', message, { field, expected: 'the same content', actual: 'other content' });
}

class Writer {
  readonly #client: S3Writing;
  readonly #place: S3Place;
  readonly #bucket: string;
  readonly #engine: Engine;
  #abilities: Promise<S3Abilities> | undefined;

  constructor(client: S3Writing, place: S3Place, engine: Engine) {
    this.#client = client;
    this.#place = place;
    this.#bucket = place.bucket;
    this.#engine = engine;
  }

  abilities(): Promise<S3Abilities> {
    return (this.#abilities ??= probeAbilities(this.#client, this.#place, this.#engine).catch((error: unknown) => {
      this.#abilities = undefined;
      throw error;
    }));
  }

  async put(key: string, bytes: Uint8Array, retention: Locked): Promise<boolean> {
    // Taken now: bytes that change on their way are refused by the store, or found when they are read back.
    const content = { bytes, checksum: checksumOf(bytes, this.#engine) };
    for (let attempt = 1; ; attempt++) {
      // Asked for before every PUT: `If-None-Match` sees no older version behind a delete marker, and some stores ignore it.
      const there = await versionsOf(this.#client, this.#bucket, key);
      if (there.length > 0) {
        await this.#adopt(key, there, content, retention);
        return false;
      }
      const version = await this.#putNew(key, content, retention, attempt < ATTEMPTS);
      if (version === undefined) continue;
      await this.#confirm({ bucket: this.#bucket, key, version }, content, retention);
      return true;
    }
  }

  /** @returns the new version; undefined when it is to be seen what is there now */
  async #putNew(key: string, content: Content, { mode, until }: Locked, mayRetry: boolean): Promise<string | undefined> {
    const asked = { operation: 'PutObject', bucket: this.#bucket, key };
    try {
      const { VersionId } = await this.#client.putObject({
        Bucket: this.#bucket,
        Key: key,
        Body: content.bytes,
        ContentLength: content.bytes.length,
        ChecksumAlgorithm: 'SHA256',
        ChecksumSHA256: content.checksum,
        IfNoneMatch: '*',
        ObjectLockMode: mode,
        ObjectLockRetainUntilDate: new Date(until),
      });
      return VersionId ?? 'null';
    } catch (error) {
      const status = statusOf(error);
      // Somebody was faster, or it was this very request and its answer was lost.
      if (mayRetry && (status === 412 || status === 409)) return undefined;
      // Without an answer it may have been carried out.
      if (status === undefined && (await versionsOf(this.#client, this.#bucket, key).catch(() => [])).length > 0) return undefined;
      throw s3Fault(error, asked, status === 400 && isAboutLock(error) ? 'ERR_ARCHIVE_RETENTION' : undefined);
    }
  }

  /** What was put must be what the store now has under this key, and the only thing. */
  async #confirm(place: VersionPlace, content: Content, retention: Locked): Promise<void> {
    const head = await headVersion(this.#client, place);
    if (!isKept(head, retention)) throw notKept(place, retention, head);
    if (!(await this.#holds(place, head, content))) throw differs(place);
    const versions = await versionsOf(this.#client, this.#bucket, place.key);
    if (versions[0]?.id !== place.version || versions.length > 1) await this.#requireOnly(place.key, versions);
  }

  /** Of the same content a shorter lock is lengthened; other content is for the caller to judge. */
  async #adopt(key: string, versions: readonly ObjectVersion[], content: Content, retention: Locked): Promise<void> {
    const place = await this.#requireOnly(key, versions);
    const head = await headVersion(this.#client, place);
    if (isKept(head, retention)) return;
    if (!(await this.#holds(place, head, content))) return;
    try {
      const { mode, until } = retention;
      await this.#client.putObjectRetention({ ...named(place), Retention: { Mode: mode, RetainUntilDate: new Date(until) } });
    } catch (error) {
      throw s3Fault(error, { operation: 'PutObjectRetention', bucket: this.#bucket, key }, 'ERR_ARCHIVE_RETENTION');
    }
    const again = await headVersion(this.#client, place);
    if (!isKept(again, retention)) throw notKept(place, retention, again);
  }

  async #holds(place: VersionPlace, head: S3ObjectAnswer, content: Content): Promise<boolean> {
    const { checksums } = await this.abilities();
    // A store that does not compare checksums may well give back the one that was sent.
    return await holdsContent(this.#client, place, checksums ? head : { ...head, ChecksumSHA256: undefined }, content);
  }

  /** The oldest version, if nothing lies over it but versions of the same bytes, which two writers at once make where conditions are ignored. */
  async #requireOnly(key: string, versions: readonly ObjectVersion[]): Promise<VersionPlace> {
    const field = `s3://${this.#bucket}/${key}`;
    if (versions[0]?.isMarker === true)
      throw new ChainError('ERR_ARCHIVE_HIDDEN', `${field}: hidden by a delete marker; nothing was put over it`, {
        field,
        expected: 'no delete marker',
        actual: versions[0].id,
      });
    const oldest = versions.findLast(({ isMarker }) => !isMarker);
    if (oldest === undefined || versions.some(({ isMarker, size, etag }) => isMarker || size !== oldest.size || etag !== oldest.etag))
      throw new ChainError('ERR_ARCHIVE_REPLACED', `${field}: a newer version lies over the one that was sealed`, {
        field,
        expected: oldest?.id ?? 'a version',
        actual: versions[0]?.id ?? 'none',
      });
    return { bucket: this.#bucket, key, version: oldest.id };
  }

  async read(key: string): Promise<Uint8Array | undefined> {
    const versions = await versionsOf(this.#client, this.#bucket, key);
    if (versions.length === 0) return undefined;
    return await readVersion(this.#client, await this.#requireOnly(key, versions), MOST_BYTES);
  }
}

/** Whether a 400 is about the lock: there is no code of its own for a bucket without one. */
function isAboutLock(error: unknown): boolean {
  return ['InvalidRequest', 'InvalidArgument', 'ObjectLockConfigurationNotFoundError', 'InvalidRetentionPeriod'].includes(nameOf(error));
}
