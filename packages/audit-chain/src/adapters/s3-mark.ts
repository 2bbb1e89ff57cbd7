import { type MarkCell, type RememberingMark, cellMark } from '../marks/cell.ts';
import { type MarkState, NO_STATE, formatMarkState, markError, parseMarkState } from '../marks/state.ts';
import { ChainError } from '../errors.ts';

/** The part of an S3 client that a mark uses; `S3` of `@aws-sdk/client-s3` fits it. */
export interface S3Like {
  getObject(input: { Bucket: string; Key: string }): Promise<{
    readonly Body?: { transformToByteArray(): Promise<Uint8Array> } | undefined;
    readonly ETag?: string | undefined;
  }>;
  putObject(input: {
    Bucket: string;
    Key: string;
    Body: Uint8Array;
    ContentType: string;
    ChecksumAlgorithm: 'SHA256';
    IfMatch?: string;
    IfNoneMatch?: string;
  }): Promise<{ readonly ETag?: string | undefined }>;
}

interface Found {
  readonly state: MarkState;
  /** Undefined when there is no object. */
  readonly tag: string | undefined;
}

// How often a step that lost a race is judged again.
const ATTEMPTS = 30;

/** The HTTP status behind an error of the client; `none` when the request did not get an answer. */
function statusOf(error: unknown): number | 'none' {
  const { $metadata } = error as { readonly $metadata?: { readonly httpStatusCode?: number } };
  return $metadata?.httpStatusCode ?? 'none';
}

/** 412 Precondition Failed: somebody was faster. 409 ConditionalRequestConflict: somebody is just now writing. */
const lostRace = (error: unknown): boolean => statusOf(error) === 412 || statusOf(error) === 409;

/**
 * High-water marks as objects of an S3 bucket, moved by conditional writes (`If-Match`, `If-None-Match`).
 *
 * Each origin has the object `<prefix>/<origin>/high-water.json`. Before its first step a mark proves that the store honours the conditions:
 * one that ignores them would let two writers reserve two steps at once, and is refused. The bucket should keep versions; it needs no lock.
 *
 * @param place `bucket` and the `prefix` of the keys, without a slash at its end; none when empty
 * @throws ChainError from the mark: ERR_MARK_STORE
 * @example const mark = s3Mark(new S3({ region: 'eu-central-1' }), { bucket: 'acme-audit-marks', prefix: 'marks' });
 */
export function s3Mark(client: S3Like, place: { readonly bucket: string; readonly prefix: string }): RememberingMark {
  return cellMark(s3Cell(client, place.bucket, place.prefix === '' ? '' : `${place.prefix}/`));
}

function s3Cell(client: S3Like, bucket: string, prefix: string): MarkCell {
  let proven: Promise<void> | undefined;
  const keyOf = (origin: string): string => `${prefix}${origin}/high-water.json`;
  const whereOf = (origin: string): string => `s3://${bucket}/${keyOf(origin)}`;
  const put = (key: string, body: Uint8Array, condition: { IfMatch?: string; IfNoneMatch?: string }) =>
    client.putObject({
      Bucket: bucket,
      Key: key,
      Body: body,
      ContentType: 'application/json',
      ChecksumAlgorithm: 'SHA256',
      ...condition,
    });

  async function find(origin: string): Promise<Found> {
    const where = whereOf(origin);
    try {
      const { Body, ETag } = await client.getObject({ Bucket: bucket, Key: keyOf(origin) });
      if (Body === undefined || ETag === undefined || ETag === '') throw markError(where, 'object', 'content and an ETag');
      return { state: parseMarkState(await Body.transformToByteArray(), origin, where), tag: ETag };
    } catch (error) {
      if (error instanceof ChainError) throw error;
      // Whoever may not list the bucket is told 403 about an object that is not there: no way to know, so no mark.
      if (statusOf(error) === 404) return { state: NO_STATE, tag: undefined };
      throw markError(where, 'object', `a readable one (HTTP ${statusOf(error)})`, error);
    }
  }

  /** Writes an object twice that may be written once. */
  async function prove(): Promise<void> {
    const key = `${prefix}conditional-write-probe`;
    const body = new Uint8Array(0);
    const refused = async (condition: { IfMatch?: string; IfNoneMatch?: string }): Promise<boolean> => {
      try {
        await put(key, body, condition);
        return false;
      } catch (error) {
        if (lostRace(error)) return true;
        throw markError(`s3://${bucket}/${key}`, 'object', `a writable one (HTTP ${statusOf(error)})`, error);
      }
    };
    await refused({ IfNoneMatch: '*' });
    if ((await refused({ IfNoneMatch: '*' })) && (await refused({ IfMatch: '"00000000000000000000000000000000"' }))) return;
    throw markError(`s3://${bucket}`, 'store', 'one that honours If-Match and If-None-Match');
  }

  return {
    read: async (origin) => (await find(origin)).state,
    async update(origin, change) {
      await (proven ??= prove().catch((error: unknown) => {
        proven = undefined;
        throw error;
      }));
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const { state, tag } = await find(origin);
        const next = change(state);
        if (next === undefined) return;
        try {
          await put(keyOf(origin), formatMarkState(origin, next), tag === undefined ? { IfNoneMatch: '*' } : { IfMatch: tag });
          return;
        } catch (error) {
          // A write whose answer was lost shows when the object is read again: it is then the present state.
          if (!lostRace(error)) throw markError(whereOf(origin), 'object', `a writable one (HTTP ${statusOf(error)})`, error);
        }
      }
      throw markError(whereOf(origin), 'object', `a turn within ${ATTEMPTS} attempts`);
    },
  };
}
