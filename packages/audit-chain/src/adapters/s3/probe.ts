import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { type S3Place, type S3Writing, keyBelow } from './client.ts';
import { s3Fault, statusOf } from './fault.ts';
import { checksumOf } from './object.ts';

/** What a store can do beyond what an archive needs. */
export interface S3Abilities {
  /** It honours `If-None-Match: *`. Without it a second version of the same bytes can come of two writers at once. */
  readonly conditions: boolean;
  /** It refuses content that has not the SHA-256 that was sent along. Without it what was put is read back and compared. */
  readonly checksums: boolean;
}

/** Objects below a place whose names begin so are no part of the archive; readers leave them out. */
export const OURS = '.countersign-';
/** What abilities are tried on. */
export const PROBE: string = `${OURS}probe`;
/** What it holds. */
export const PROBE_CONTENT = 'countersign/probe\n';

/**
 * Finds out what a store can do, by asking for what it should refuse: an object over one that is there, and content with the wrong SHA-256.
 * A store that honours both keeps one object of 18 bytes of it, for ever under the bucket's default retention.
 *
 * @throws ChainError ERR_ARCHIVE_DENIED, ERR_ARCHIVE_BUCKET, ERR_ARCHIVE_UNAVAILABLE, ERR_ARCHIVE_STORE
 */
export async function probeAbilities(client: S3Writing, place: S3Place, engine: Engine): Promise<S3Abilities> {
  const content = utf8Encode(PROBE_CONTENT);
  const put = async (name: string, checksum: string, condition: { IfNoneMatch?: '*' }): Promise<number> => {
    const Key = keyBelow(place, name);
    try {
      const body = { Body: content, ContentLength: content.length, ChecksumAlgorithm: 'SHA256', ChecksumSHA256: checksum } as const;
      await client.putObject({ Bucket: place.bucket, Key, ...body, ...condition });
      return 200;
    } catch (error) {
      const status = statusOf(error);
      if (status === 400 || status === 409 || status === 412 || status === 422) return status;
      throw s3Fault(error, { operation: 'PutObject', bucket: place.bucket, key: Key });
    }
  };
  const right = checksumOf(content, engine);
  const first = await put(PROBE, right, { IfNoneMatch: '*' });
  const isRefused = (status: number): boolean => status === 412 || status === 409;
  const conditions = isRefused(first) || isRefused(await put(PROBE, right, { IfNoneMatch: '*' }));
  const wrong = await put(`${PROBE}-checksum`, checksumOf(utf8Encode('another'), engine), {});
  return { conditions, checksums: wrong === 400 || wrong === 422 };
}
