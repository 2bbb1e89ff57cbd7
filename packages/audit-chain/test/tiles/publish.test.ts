import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Chain, type ChainParts } from '../../src/append/chain.ts';
import { folderTarget } from '../../src/node/archive/folder-target.ts';
import { followTiles } from '../../src/tiles/follow.ts';
import { type TileParts, publishTiles } from '../../src/tiles/publish.ts';
import { filesIn } from '../archive/read.ts';
import { type TestBed, event, signer, testBed } from '../support/chain.ts';
import { testResolver, testSigner } from '../support/keys.ts';
import { type MemoryTarget, memoryTarget } from '../support/memory-target.ts';
import { newParts, noted } from '../support/sealed.ts';
import { storeWith } from '../support/store-with.ts';
import { type TileFiles, readCheckpoint, readLog } from './client.ts';

let bed: TestBed;
let parts: ChainParts;
const KEY = signer.publicKey.raw!;
/** Checkpoints of these sizes were published, one after the other, into each of the targets. */
const SIZES = [1, 3, 256, 257, 600];
const whole = memoryTarget('memory:whole');
const states: TileFiles[] = [];
let records: Buffer[];

async function publish(changes: Partial<TileParts> & Pick<TileParts, 'target'>): Promise<number[]> {
  const sizes: number[] = [];
  for await (const { size } of publishTiles({ store: parts.store, resolver: parts.resolver, ...changes })) sizes.push(size);
  return sizes;
}

/** The chain as it was at a size. */
const at = (size: number) => ({ store: storeWith(parts.store, { note: (most) => parts.store.note(Math.min(most ?? size, size)) }) });

/** All published sizes can be read, and everything under the newest checkpoint is right. */
function expectReadable(files: TileFiles, sizes: readonly number[]): void {
  const { origin, size, root } = readCheckpoint(files, KEY);
  expect([origin, size]).toEqual([parts.store.chain, sizes.at(-1)]);
  expect(readLog(files, size, root).map(String)).toEqual(records.slice(0, size).map(String));
  for (const older of sizes) readLog(files, older, rootAt(older));
}
/** Paths and contents: byte arrays that are compared element by element take longer than everything else here. */
const texts = (files: TileFiles): string[] => [...files].map(([path, bytes]) => `${path} ${Buffer.from(bytes).toString('hex')}`).sort();
const roots = new Map<number, Buffer>();
const rootAt = (size: number): Buffer => roots.get(size)!;

beforeAll(async () => {
  bed = await testBed();
  parts = await newParts(bed.store);
  // Events appended at once may be several batches, each with a note: the ones between are of no use here.
  const store = storeWith(parts.store, { addNote: async (note) => !SIZES.includes(note.size) || (await parts.store.addNote(note)) });
  const chain = await Chain.open({ ...parts, store });
  for (const [i, size] of SIZES.entries()) {
    await Promise.all(Array.from({ length: size - (SIZES[i - 1] ?? 1) }, (_, n) => chain.append(event(n))));
    await noted(chain, parts.store);
    expect(await publish({ target: whole })).toEqual([size]);
    states.push(new Map(whole.files));
    roots.set(size, readCheckpoint(whole.files, KEY).root);
  }
  await chain.close();
  const lines = [];
  for await (const chunk of parts.store.records(0, 600)) lines.push(chunk);
  records = Buffer.concat(lines).toString().trimEnd().split('\n').map((line) => Buffer.from(line)); // prettier-ignore
});
afterAll(() => bed.close());

test('every published size can be read by a client that knows the specification alone, also when the log has grown', () => {
  for (const [i, files] of states.entries()) expectReadable(files, SIZES.slice(0, i + 1));
  expect([...whole.files.keys()].filter((path) => path.includes('/000.p/')).sort()).toEqual(
    [1, 3].flatMap((width) => [`tile/0/000.p/${width}`, `tile/entries/000.p/${width}`]).concat(['tile/1/000.p/1', 'tile/1/000.p/2']).sort(), // prettier-ignore
  );
  // Nothing is replaced but the checkpoint.
  for (const [i, files] of states.slice(1).entries()) {
    for (const [path, bytes] of states[i]!) if (path !== 'checkpoint') expect(Buffer.from(bytes).equals(files.get(path)!)).toBe(true);
  }
});

test('a tree is published in steps that fit into memory, and again without a change', async () => {
  const target = memoryTarget('memory:steps');
  expect(await publish({ target, limits: { records: 256 } })).toEqual([256, 257, 600]);
  expectReadable(target.files, [256, 257, 600]);
  const before = new Map(target.files);
  expect(await publish({ target })).toEqual([]);
  expect(texts(target.files)).toEqual(texts(before));
});

describe('a publishing that is cut off', () => {
  test('at any call, before or after it took effect, leaves a readable tree and is completed', async () => {
    const files = (): Map<string, Uint8Array> => new Map(states[1]);
    const calm = memoryTarget('memory:calm', { files: files() });
    await publish({ target: calm, ...at(256) });
    for (const when of ['before', 'after'] as const) {
      for (let nth = 0; nth < calm.calls; nth++) {
        const target = memoryTarget('memory:cut', { files: files(), plan: (n) => (n === nth ? when : undefined) });
        await expect(publish({ target, ...at(256) })).rejects.toThrow('power cut');
        const { size, root } = readCheckpoint(target.files, KEY);
        readLog(target.files, size, root);
        await publish({ target, ...at(256) });
        expect(texts(target.files), `call ${nth} ${when}`).toEqual(texts(calm.files));
      }
    }
  });

  test('several at once, of other steps, publish one tree', async () => {
    const target = memoryTarget('memory:several');
    const sizes = await Promise.all([{}, { limits: { records: 256 } }, at(257), { limits: { records: 3 } }].map((changes) => publish({ target, ...changes }))); // prettier-ignore
    const published = [...new Set(sizes.flat())].sort((a, b) => a - b);
    expect(sizes.flat().length).toBe(published.length);
    expectReadable(target.files, published);
  });
});

describe('what was published binds', () => {
  const other = async (files: ReadonlyMap<string, Uint8Array>): Promise<MemoryTarget> => memoryTarget('memory:other', { files: new Map(files) }); // prettier-ignore

  test('a chain that is shorter than it, or has another root there, publishes nothing', async () => {
    const target = await other(states[3]!);
    await expect(publish({ target, ...at(256) })).rejects.toMatchObject({ code: 'ERR_CHAIN_ROLLED_BACK', expected: 257, actual: 256 });
    // The same chain id and key with another history.
    const twin = await bed.parts();
    const chain = await Chain.open({ ...twin, store: storeWith(twin.store, {}) });
    await Promise.all(Array.from({ length: 4 }, (_, n) => chain.append(event(n))));
    await chain.close();
    await expect(publish({ target, store: twin.store })).rejects.toMatchObject({ code: 'ERR_ARCHIVE_CONFLICT', field: 'checkpoint' });
    expect(texts(target.files)).toEqual(texts(states[3]!));
  });

  test('a stored tree that does not begin with it publishes nothing', async () => {
    const target = await other(states[3]!);
    const forge = (records: typeof parts.store.records): typeof parts.store.records =>
      async function* (from, to) {
        for await (const chunk of records(from, to)) yield Buffer.from(Buffer.from(chunk).toString().replace('order:255', 'order:254'));
      };
    const store = storeWith(parts.store, { records: forge(parts.store.records.bind(parts.store)) });
    await expect(publish({ target, store })).rejects.toMatchObject({
      code: expect.stringMatching(/^ERR_CHAIN_(TAMPERED|FORKED)$/) as string,
    });
    const tile: typeof parts.store.tileRoots = async (level, from, to) =>
      (await parts.store.tileRoots(level, from, to)).map((byte) => byte ^ 1);
    await expect(publish({ target, store: storeWith(parts.store, { tileRoots: tile }) })).rejects.toMatchObject({
      code: 'ERR_CHAIN_FORKED',
    });
    expect(texts(target.files)).toEqual(texts(states[3]!));
  });

  test('another checkpoint, tile or bundle in its place is a conflict and stays', async () => {
    const unknown = { resolver: testResolver([testSigner(2)]) };
    await expect(publish({ target: await other(states[3]!), ...unknown })).rejects.toMatchObject({ code: 'ERR_ARCHIVE_CONFLICT' });
    for (const path of ['tile/0/001', 'tile/entries/002.p/88', 'tile/1/000.p/2']) {
      const target = await other(states[3]!);
      target.files.set(path, Buffer.from('something else'));
      await expect(publish({ target })).rejects.toMatchObject({ code: 'ERR_ARCHIVE_CONFLICT', actual: path });
      expect(readCheckpoint(target.files, KEY).size).toBe(257);
    }
  });
});

test('a directory holds the same files, its checkpoint replaced at once; a follower goes on until it is stopped', async () => {
  const folder = join(bed.folder, 'tiles');
  const stop = new AbortController();
  const sizes: number[] = [];
  let size = 0;
  // The chain grows while it is followed.
  const store = storeWith(parts.store, { note: (most) => parts.store.note(Math.min(most ?? SIZES[size]!, SIZES[size]!)) });
  const following = followTiles({ store, resolver: parts.resolver, target: folderTarget(folder) }, { every: 1, signal: stop.signal });
  for await (const published of following) {
    sizes.push(published.size);
    if (++size === SIZES.length) stop.abort();
  }
  expect(sizes).toEqual(SIZES);
  const files = filesIn(folder);
  expect(files.size).toBe(whole.files.size);
  for (const [path, bytes] of whole.files) expect(files.get(path)!.equals(bytes)).toBe(true);
  const target = folderTarget(folder);
  const now = (await target.read('checkpoint'))!;
  expect(await target.replace('checkpoint', now, undefined)).toBe(false);
  expect(await target.replace('checkpoint', now, now.subarray(1))).toBe(false);
  expect(await target.replace('checkpoint', now, now)).toBe(true);
});
