import { createHash } from 'node:crypto';
import { S3 } from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { type S3Like, s3Mark } from '../../src/adapters/s3-mark.ts';
import { describeMark } from './contract.ts';
import { testTree } from './tree.ts';

function answer(status: number): Error {
  return Object.assign(new Error(`HTTP ${status}`), { $metadata: { httpStatusCode: status } });
}

/** What S3 does with conditions, and what a store that ignores them does. */
class MemoryS3 implements S3Like {
  readonly objects = new Map<string, Uint8Array>();
  broken: 'before' | 'after' | undefined;
  ignoresConditions = false;
  status: number | undefined;

  async getObject({ Key }: { Key: string }) {
    await new Promise((resolve) => void setImmediate(resolve));
    if (this.status !== undefined) throw answer(this.status);
    const body = this.objects.get(Key);
    if (body === undefined) throw answer(404);
    return { Body: { transformToByteArray: () => Promise.resolve(body) }, ETag: tagOf(body) };
  }

  async putObject({ Key, Body, IfMatch, IfNoneMatch }: Parameters<S3Like['putObject']>[0]) {
    await new Promise((resolve) => void setImmediate(resolve));
    const when = Key.endsWith('high-water.json') ? this.broken : undefined;
    if (when !== undefined) this.broken = undefined;
    if (when === 'before') throw new Error('connection lost');
    const there = this.objects.get(Key);
    if (!this.ignoresConditions) {
      if (IfNoneMatch === '*' && there !== undefined) throw answer(412);
      if (IfMatch !== undefined && (there === undefined || tagOf(there) !== IfMatch)) throw answer(there === undefined ? 404 : 412);
    }
    this.objects.set(Key, Body.slice());
    if (when === 'after') throw new Error('connection lost');
    return { ETag: tagOf(Body) };
  }
}

const tagOf = (body: Uint8Array): string => `"${createHash('md5').update(body).digest('hex')}"`;
const place = { bucket: 'marks', prefix: 'prod' };
const ORIGIN = 'example.com/log';
const tree = testTree(ORIGIN, 9);

describeMark('S3', () => {
  const s3 = new MemoryS3();
  return Promise.resolve({
    open: () => Promise.resolve(s3Mark(s3, place)),
    breakNextWrite: (when) => void (s3.broken = when),
    close: () => Promise.resolve(),
  });
});

describe('S3', () => {
  test('a store that ignores conditions is refused before anything is reserved', async () => {
    const s3 = new MemoryS3();
    s3.ignoresConditions = true;
    await expect(s3Mark(s3, place).reserve(tree.mark(1), [])).rejects.toMatchObject({ code: 'ERR_MARK_STORE', field: 'store' });
    expect([...s3.objects.keys()]).toEqual(['prod/conditional-write-probe']);
    s3.ignoresConditions = false;
    await s3Mark(s3, { bucket: 'marks', prefix: '' }).reserve(tree.mark(1), []);
    expect(s3.objects.has('example.com/log/high-water.json')).toBe(true);
  });

  test('only 404 means that there is no mark: a refused or failed read is an error', async () => {
    const s3 = new MemoryS3();
    for (const status of [403, 500, 503]) {
      s3.status = status;
      await expect(s3Mark(s3, place).read(ORIGIN)).rejects.toMatchObject({ code: 'ERR_MARK_STORE' });
      await expect(s3Mark(s3, place).reserve(tree.mark(1), [])).rejects.toMatchObject({ code: 'ERR_MARK_STORE' });
    }
    s3.status = undefined;
    expect(await s3Mark(s3, place).read(ORIGIN)).toBeUndefined();
  });

  test('a damaged object is an error', async () => {
    const s3 = new MemoryS3();
    await s3Mark(s3, place).reserve(tree.mark(1), []);
    s3.objects.set(
      'prod/example.com/log/high-water.json',
      Buffer.from('{"format":"countersign/mark@1","origin":"example.com/log","size":1}'),
    );
    await expect(s3Mark(s3, place).read(ORIGIN)).rejects.toMatchObject({ code: 'ERR_MARK_STORE', field: 'root' });
  });

  test('the client of @aws-sdk/client-s3 fits', () => {
    const client: S3Like = new S3({ region: 'eu-central-1' });
    expect(s3Mark(client, place)).toHaveProperty('reserve');
  });
});
