import type { S3 } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Bucket } from '../../../../test/support/s3/bucket.ts';
import { s3Client } from '../../../../test/support/s3/client.ts';
import { type Fault, S3Server } from '../../../../test/support/s3/server.ts';
import { type S3TileTarget, s3TileTarget } from '../../src/adapters/s3/tile-target.ts';
import { Chain, type ChainParts } from '../../src/append/chain.ts';
import { publishTiles } from '../../src/tiles/publish.ts';
import { type TestBed, event, signer, testBed } from '../support/chain.ts';
import { newParts, noted } from '../support/sealed.ts';
import { storeWith } from '../support/store-with.ts';
import { type TileFiles, readCheckpoint, readLog } from './client.ts';

let bed: TestBed;
let parts: ChainParts;
let server: S3Server;
let client: S3;
/** The client's own second attempts are part of what happens when an answer is lost. */
let patient: S3;
beforeAll(async () => {
  server = await S3Server.start();
  client = s3Client(server.endpoint);
  patient = s3Client(server.endpoint, 'writer', 3);
  bed = await testBed();
  parts = await newParts(bed.store);
  const chain = await Chain.open(parts);
  for (const count of [4, 300]) {
    await Promise.all(Array.from({ length: count }, (_, n) => chain.append(event(n))));
    await noted(chain, parts.store);
  }
  await chain.close();
});
afterAll(async () => {
  client.destroy();
  patient.destroy();
  await server.close();
  await bed.close();
});

const PLACE = { bucket: 'tiles', prefix: 'log' };
let bucket: Bucket;
let target: S3TileTarget;
beforeEach(() => {
  bucket = server.create('tiles', { versioning: 'Enabled' });
  server.denied.clear();
  server.fault = () => undefined;
  server.quirks = {};
  target = s3TileTarget(client, PLACE);
});

async function publish(to: S3TileTarget = target, most?: number): Promise<number[]> {
  const store =
    most === undefined ? parts.store : storeWith(parts.store, { note: (size) => parts.store.note(Math.min(size ?? most, most)) });
  const sizes: number[] = [];
  for await (const { size } of publishTiles({ store, resolver: parts.resolver, target: to })) sizes.push(size);
  return sizes;
}

/** The newest versions below the prefix, without what was tried out. */
function files(): TileFiles {
  const all = [...bucket.versions].map(([key, versions]) => [key.replace('log/', ''), versions.at(-1)!.content!] as const);
  return new Map(all.filter(([path]) => !path.startsWith('.')));
}
const countOf = (path: string): number => bucket.versions.get(`log/${path}`)?.length ?? 0;

/** A fault of the first PUTs of one path. */
function failPut(path: string, fault: Fault | (() => void), times = 1): void {
  let left = times;
  server.fault = ({ method, key }) => {
    if (method !== 'PUT' || key !== `log/${path}` || left-- <= 0) return undefined;
    return typeof fault === 'function' ? (fault(), undefined) : fault;
  };
}

test('a bucket gets a tree that a client of the specification reads; nothing but the checkpoint ever has a second version', async () => {
  expect(await publish(target, 5)).toEqual([5]);
  expect(await publish()).toEqual([305]);
  expect(await publish()).toEqual([]);
  const { size, root } = readCheckpoint(files(), signer.publicKey.raw!);
  expect([size, readLog(files(), size, root).length]).toEqual([305, 305]);
  for (const path of files().keys()) expect([path, countOf(path)]).toEqual([path, path === 'checkpoint' ? 2 : 1]);
  expect(await target.abilities()).toEqual({ conditions: true, replaces: true });
});

describe('the checkpoint', () => {
  test('is replaced only while it is the one that was read, also when it changes on the way', async () => {
    const [one, two, three] = ['one', 'two', 'three'].map((text) => new TextEncoder().encode(text));
    expect(await target.replace('checkpoint', one!, two)).toBe(false);
    expect(await target.replace('checkpoint', one!, undefined)).toBe(true);
    expect(await target.replace('checkpoint', two!, undefined)).toBe(false);
    expect(await target.replace('checkpoint', two!, three)).toBe(false);
    failPut('checkpoint', () => bucket.add('log/checkpoint', { content: Buffer.from('three'), modified: new Date(), lock: undefined }));
    expect(await target.replace('checkpoint', two!, one)).toBe(false);
    expect(await target.read('checkpoint')).toEqual(three);
    // And when it is taken away on the way.
    failPut('checkpoint', () => bucket.versions.delete('log/checkpoint'));
    expect(await target.replace('checkpoint', two!, three)).toBe(false);
    expect(countOf('checkpoint')).toBe(0);
  });

  test('that was put although the answer was lost counts as put, by whoever asks again', async () => {
    failPut('checkpoint', 'lost');
    expect(await publish(s3TileTarget(patient, PLACE), 5)).toEqual([5]);
    failPut('checkpoint', 'lost');
    await expect(publish()).rejects.toMatchObject({ code: 'ERR_ARCHIVE_UNAVAILABLE' });
    expect(await publish()).toEqual([]);
    expect(countOf('checkpoint')).toBe(2);
  });

  test('of several publishers at once is the largest one, and each is there once', async () => {
    const sizes = await Promise.all([publish(), publish(), publish(s3TileTarget(client, PLACE))]);
    expect(sizes.flat().length).toBe(new Set(sizes.flat()).size);
    expect(readCheckpoint(files(), signer.publicKey.raw!).size).toBe(305);
    expect(countOf('checkpoint')).toBe(sizes.flat().length);
  });

  test('a store that is always just writing, or takes back its own ETag, is given up', async () => {
    failPut('checkpoint', 'conflict', 99);
    await expect(publish()).rejects.toMatchObject({ code: 'ERR_ARCHIVE_STORE', field: 's3://tiles/log/checkpoint' });
  });
});

describe('what a store lacks is found out', () => {
  test('If-Match, without which one process publishes as well', async () => {
    server.quirks = { ignoresMatches: true };
    expect(await target.abilities()).toEqual({ conditions: true, replaces: false });
    expect(await publish(target, 5)).toEqual([5]);
    expect(await publish()).toEqual([305]);
  });

  test('quotes in an ETag, which a store may want left out', async () => {
    server.quirks = { unquotedTags: true };
    expect(await target.abilities()).toEqual({ conditions: true, replaces: true });
    expect([await publish(target, 5), await publish()]).toEqual([[5], [305]]);
  });

  test('If-None-Match, without which nothing is overwritten either', async () => {
    server.quirks = { ignoresConditions: true };
    expect(await target.abilities()).toEqual({ conditions: false, replaces: true });
    await publish(target, 5);
    bucket.add('log/tile/entries/000', { content: Buffer.from('another'), modified: new Date(), lock: undefined });
    await expect(publish()).rejects.toMatchObject({ code: 'ERR_ARCHIVE_CONFLICT', actual: 'tile/entries/000' });
    expect([countOf('tile/entries/000'), countOf('checkpoint')]).toEqual([1, 1]);
  });
});

test('no permission, no bucket and no answer have their codes, and leave no checkpoint', async () => {
  server.denied.set('writer', new Set(['PutObject']));
  await expect(publish()).rejects.toMatchObject({ code: 'ERR_ARCHIVE_DENIED' });
  server.denied.clear();
  const nowhere = s3TileTarget(client, { bucket: 'nowhere', prefix: '' });
  await expect(publish(nowhere)).rejects.toMatchObject({ code: 'ERR_ARCHIVE_BUCKET' });
  failPut('tile/entries/000', 'slow');
  await expect(publish()).rejects.toMatchObject({ code: 'ERR_ARCHIVE_UNAVAILABLE' });
  expect(countOf('checkpoint')).toBe(0);
  expect(await publish()).toEqual([305]);
});
