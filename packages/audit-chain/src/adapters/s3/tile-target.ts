import { equalBytes } from '@countersign/proof-core/bytes/compare';
import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { ChainError } from '../../errors.ts';
import { CHECKPOINT } from '../../tiles/published.ts';
import type { TileTarget } from '../../tiles/target.ts';
import { type S3Place, type S3Writing, keyBelow, s3Url } from './client.ts';
import { nameOf, s3Fault, statusOf } from './fault.ts';
import { checksumOf } from './object.ts';
import { PROBE, PROBE_CONTENT } from './probe.ts';

/** What a store can do beyond what a tile tree needs. */
export interface TileAbilities {
  /** It honours `If-None-Match: *`. Without it each key is looked up before it is written. */
  readonly conditions: boolean;
  /** It honours `If-Match`. Without it one process alone may publish: of two at once the slower one could put its smaller checkpoint last. */
  readonly replaces: boolean;
}

/** A tile tree in a bucket. */
export interface S3TileTarget extends TileTarget {
  /** What the store can do, found out by trying; asked once. */
  abilities(): Promise<TileAbilities>;
}

/** How often a PUT that met another one is tried again. */
const ATTEMPTS = 5;
/** A store on a network answers each request after a while. */
const AT_ONCE = 8;
/** An entry bundle of 256 records of 65,535 bytes fits. */
const MOST_BYTES = 1 << 25;
/** Tiles never change (C2SP tlog-tiles §"Parameters"); the checkpoint is asked for anew. */
const HEADERS = {
  tile: { ContentType: 'application/octet-stream', CacheControl: 'public, max-age=31536000, immutable' },
  checkpoint: { ContentType: 'text/plain; charset=utf-8', CacheControl: 'no-cache' },
} as const;

/**
 * A bucket that serves a tile tree to its readers. Nothing in it is locked: a tile tree is a copy that its checkpoint proves, and whatever was taken
 * from it is published anew from the log.
 *
 * Tiles and bundles are put once, with `If-None-Match: *` and their SHA-256. The checkpoint is replaced with `If-Match` on the ETag of the one
 * that was read.
 *
 * @param client `S3` of `@aws-sdk/client-s3`
 * @throws ChainError from its methods: ERR_ARCHIVE_DENIED, ERR_ARCHIVE_BUCKET, ERR_ARCHIVE_UNAVAILABLE, ERR_ARCHIVE_STORE
 * @see docs/spec/tiles.md §5
 * @example publishTiles({ store, resolver, target: s3TileTarget(new S3({}), { bucket: 'acme-log', prefix: '' }) });
 */
export function s3TileTarget(client: S3Writing, place: S3Place, engine: Engine = defaultEngine): S3TileTarget {
  const tree = new TileTree(client, place, engine);
  return {
    name: s3Url(place),
    isWriteOnce: false,
    atOnce: AT_ONCE,
    retention: () => Promise.resolve({ mode: 'none' }),
    abilities: () => tree.abilities(),
    put: (key, content) => tree.put(key, content),
    read: async (key) => (await tree.read(key))?.bytes,
    replace: (key, content, before) => tree.replace(key, content, before),
  };
}

interface Found {
  readonly bytes: Uint8Array;
  readonly etag: string;
}

type Condition = { readonly IfNoneMatch: '*' } | { readonly IfMatch: string };

class TileTree {
  readonly #client: S3Writing;
  readonly #place: S3Place;
  readonly #engine: Engine;
  #abilities: Promise<TileAbilities> | undefined;
  #unquoted = false;

  constructor(client: S3Writing, place: S3Place, engine: Engine) {
    this.#client = client;
    this.#place = place;
    this.#engine = engine;
  }

  abilities(): Promise<TileAbilities> {
    return (this.#abilities ??= this.#probe().catch((error: unknown) => {
      this.#abilities = undefined;
      throw error;
    }));
  }

  async put(key: string, content: Uint8Array): Promise<boolean> {
    const { conditions } = await this.abilities();
    if (!conditions && (await this.read(key)) !== undefined) return false;
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.#put(key, content, { IfNoneMatch: '*' });
      if (outcome !== 'busy') return outcome === 'done';
      if (attempt === ATTEMPTS) throw this.#refused(key, 'a turn', `${ATTEMPTS} conflicts`);
    }
  }

  async read(key: string): Promise<Found | undefined> {
    const asked = { operation: 'GetObject', bucket: this.#place.bucket, key: keyBelow(this.#place, key) };
    try {
      const { Body, ContentLength = 0, ETag } = await this.#client.getObject({ Bucket: asked.bucket, Key: asked.key });
      if (Body === undefined || ContentLength > MOST_BYTES || ETag === undefined || ETag === '')
        throw this.#refused(key, `at most ${MOST_BYTES} bytes and an ETag`, `${ContentLength} bytes, ETag ${ETag ?? 'none'}`);
      return { bytes: await Body.transformToByteArray(), etag: ETag };
    } catch (error) {
      if (statusOf(error) === 404 && ['NoSuchKey', 'NotFound'].includes(nameOf(error))) return undefined;
      throw s3Fault(error, asked, statusOf(error) === undefined ? 'ERR_ARCHIVE_UNAVAILABLE' : undefined);
    }
  }

  async replace(key: string, content: Uint8Array, before: Uint8Array | undefined): Promise<boolean> {
    await this.abilities();
    for (let attempt = 1; ; attempt++) {
      const there = await this.read(key);
      // Also what this very call has put, when the answer was lost and the client asked again by itself.
      if (attempt > 1 && there !== undefined && equalBytes(there.bytes, content)) return true;
      if (there === undefined ? before !== undefined : before === undefined || !equalBytes(there.bytes, before)) return false;
      const outcome = await this.#put(key, content, there === undefined ? { IfNoneMatch: '*' } : { IfMatch: this.#tag(there) });
      if (outcome === 'done') return true;
      // Nothing has changed, and still it is another one: Ceph compares with the quotes (RFC 9110 §8.8.3) left out.
      if (attempt > 1 && outcome === 'taken') this.#unquoted = true;
      if (attempt === ATTEMPTS)
        throw this.#refused(key, 'the ETag that was answered to be accepted', `${outcome}; try a bucket without versions`);
    }
  }

  #tag({ etag }: Found): string {
    return this.#unquoted ? etag.replaceAll('"', '') : etag;
  }

  /** `taken`: the condition does not hold; `busy`: somebody is writing there just now. */
  async #put(key: string, content: Uint8Array, condition: Condition): Promise<'done' | 'taken' | 'busy'> {
    const asked = { operation: 'PutObject', bucket: this.#place.bucket, key: keyBelow(this.#place, key) };
    try {
      await this.#client.putObject({
        Bucket: asked.bucket,
        Key: asked.key,
        Body: content,
        ContentLength: content.length,
        ChecksumAlgorithm: 'SHA256',
        ChecksumSHA256: checksumOf(content, this.#engine),
        ...(key === CHECKPOINT ? HEADERS.checkpoint : HEADERS.tile),
        ...condition,
      });
      return 'done';
    } catch (error) {
      const status = statusOf(error);
      // Of an object that was deleted meanwhile some stores say that there is none.
      if (status === 412 || (status === 404 && nameOf(error) === 'NoSuchKey')) return 'taken';
      if (status === 409) return 'busy';
      throw s3Fault(error, asked);
    }
  }

  /** Writes an object under conditions that do not hold. */
  async #probe(): Promise<TileAbilities> {
    const content = utf8Encode(PROBE_CONTENT);
    const isRefused = async (condition: Condition): Promise<boolean> => (await this.#put(PROBE, content, condition)) !== 'done';
    const conditions = (await isRefused({ IfNoneMatch: '*' })) || (await isRefused({ IfNoneMatch: '*' }));
    return { conditions, replaces: await isRefused({ IfMatch: '"00000000000000000000000000000000"' }) };
  }

  #refused(key: string, expected: string, actual: string): ChainError {
    const field = s3Url(this.#place, key);
    return new ChainError('ERR_ARCHIVE_STORE', `${field}: expected ${expected}, got ${actual}`, { field, expected, actual });
  }
}
