import { base64Encode } from '@countersign/proof-core/bytes/base64';
import { equalBytes } from '@countersign/proof-core/bytes/compare';
import type { Engine } from '@countersign/proof-core/engine/engine';
import type { Retention } from '../../archive/manifest.ts';
import { ChainError } from '../../errors.ts';
import type { S3ObjectAnswer, S3Reading } from './client.ts';
import { s3Fault, statusOf } from './fault.ts';

/** A retention that locks. */
export type Locked = Exclude<Retention, { readonly mode: 'none' }>;

/** What an object is to hold, with its SHA-256 as S3 writes it. */
export interface Content {
  readonly bytes: Uint8Array;
  readonly checksum: string;
}

/** One version of an object. */
export interface VersionPlace {
  readonly bucket: string;
  readonly key: string;
  readonly version: string;
}

/** The request parameters that name a version; a bucket without versions has but one. */
export function named({ bucket, key, version }: VersionPlace): { Bucket: string; Key: string; VersionId?: string } {
  return { Bucket: bucket, Key: key, ...(version === 'null' ? {} : { VersionId: version }) };
}

/**
 * What the store says about one version.
 *
 * @throws ChainError by what the store answered
 */
export async function headVersion(client: S3Reading, place: VersionPlace): Promise<S3ObjectAnswer> {
  try {
    return await client.headObject({ ...named(place), ChecksumMode: 'ENABLED' });
  } catch (error) {
    throw s3Fault(error, { operation: 'HeadObject', bucket: place.bucket, key: place.key });
  }
}

/**
 * The bytes of one version.
 *
 * @param most an answer that is longer, or does not say how long it is, is refused unread
 */
export async function readVersion(client: S3Reading, place: VersionPlace, most: number): Promise<Uint8Array> {
  const asked = { operation: 'GetObject', bucket: place.bucket, key: place.key };
  try {
    const { Body, ContentLength } = await client.getObject(named(place));
    if (Body === undefined || ContentLength === undefined || ContentLength > most) throw unexpectedLength(place, most, ContentLength);
    return await Body.transformToByteArray();
  } catch (error) {
    throw s3Fault(error, asked, statusOf(error) === undefined ? 'ERR_ARCHIVE_UNAVAILABLE' : undefined);
  }
}

/** An answer of another length than was asked for. */
export function unexpectedLength({ bucket, key }: VersionPlace, expected: number, actual: number | undefined): ChainError {
  const field = `s3://${bucket}/${key}`;
  return new ChainError('ERR_ARCHIVE_STORE', `${field}: the answer is not as long as it should be`, {
    field,
    expected,
    actual: actual ?? 'no length',
  });
}

/** Compares a version with what it should hold: by the store's own SHA-256 where it keeps one, else by its bytes. */
export async function holdsContent(
  client: S3Reading,
  place: VersionPlace,
  head: S3ObjectAnswer,
  { bytes, checksum }: Content,
): Promise<boolean> {
  if (head.ContentLength !== bytes.length) return false;
  // Of an object put in parts it is a checksum of checksums, with a hyphen.
  if (head.ChecksumSHA256 !== undefined && !head.ChecksumSHA256.includes('-')) return head.ChecksumSHA256 === checksum;
  return equalBytes(await readVersion(client, place, bytes.length), bytes);
}

/** SHA-256 as S3 writes it. */
export function checksumOf(content: Uint8Array, engine: Engine): string {
  return base64Encode(engine.sha256(content));
}

/** Tells whether a version is kept at least as long, and as strictly, as it should be. */
export function isKept({ ObjectLockMode, ObjectLockRetainUntilDate }: S3ObjectAnswer, { mode, until }: Locked): boolean {
  const strict = ObjectLockMode === mode || ObjectLockMode === 'COMPLIANCE';
  return strict && ObjectLockRetainUntilDate !== undefined && ObjectLockRetainUntilDate.getTime() >= Date.parse(until);
}

/** The lock that a version should have and has not. An answer without a lock can also come from a missing `s3:GetObjectRetention`. */
export function notKept({ bucket, key }: VersionPlace, { mode, until }: Locked, head: S3ObjectAnswer): ChainError {
  const field = `s3://${bucket}/${key}`;
  const { ObjectLockMode, ObjectLockRetainUntilDate } = head;
  const actual =
    ObjectLockMode === undefined
      ? 'no lock, or none that these credentials may see (s3:GetObjectRetention)'
      : `${ObjectLockMode} until ${ObjectLockRetainUntilDate?.toISOString() ?? 'an unknown date'}`;
  return new ChainError('ERR_ARCHIVE_RETENTION', `${field}: expected ${mode} until ${until}, the store says: ${actual}`, {
    field,
    expected: `${mode} until ${until}`,
    actual,
  });
}
