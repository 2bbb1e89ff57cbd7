import { describe, expect, test } from 'vitest';
import { concatBytes } from '../../src/bytes/compare.ts';
import { engine as portable } from '../../src/engine/portable.ts';
import { CompactRange } from '../../src/merkle/compact-range.ts';
import { verifyConsistency } from '../../src/merkle/consistency.ts';
import { EMPTY_ROOT } from '../../src/merkle/hash.ts';
import { verifyInclusion } from '../../src/merkle/inclusion.ts';
import { TileTree, type TileReader } from '../../src/merkle/tile-tree.ts';
import { formatTilePath, makeTile, tilesOf } from '../../src/merkle/tile.ts';
import { TreeView } from '../../src/merkle/tree.ts';
import { makeLeaves } from './leaves.ts';
import { codeOfAsync } from './refused.ts';

const MOST = 66_000;
const leaves = makeLeaves(MOST);
const flat = concatBytes(...leaves);
const view = new TreeView(CompactRange.empty(), flat);

/** A log as a server would serve it at one size, by path. */
function serve(size: number): Map<string, Uint8Array> {
  return new Map([...tilesOf(size)].map((tile) => [formatTilePath(tile), makeTile(tile, view.nodeAt)]));
}

function reader(tiles: ReadonlyMap<string, Uint8Array>, asked: string[] = []): TileReader {
  return async (level, index, width) => {
    const path = formatTilePath({ level, index, width });
    asked.push(path);
    const bytes = tiles.get(path);
    if (bytes === undefined) throw new Error(`no tile ${path}`);
    return bytes;
  };
}

describe.each([1, 2, 3, 255, 256, 257, 511, 512, 513, 1000, 65_535, 65_536, 65_537, MOST])('a log of %i', (size) => {
  const tiles = serve(size);

  test('proofs from tiles are the proofs of the tree', async () => {
    const tree = new TileTree(size, view.root(size), reader(tiles));
    for (const index of new Set([0, 1, 254, 255, 256, Math.floor(size / 2), size - 2, size - 1])) {
      if (index < 0 || index >= size) continue;
      expect(await tree.leafHash(index)).toEqual(leaves[index]);
      expect(await tree.inclusionProof(index)).toEqual(view.inclusionProof(index, size));
    }
    for (const from of new Set([1, 2, 3, 255, 256, 257, Math.ceil(size / 2), size - 1, size])) {
      if (from < 1 || from > size) continue;
      const proof = await tree.consistencyProof(from);
      expect(proof).toEqual(view.consistencyProof(from, size));
      verifyConsistency(from, view.root(from), size, view.root(size), proof);
    }
  });

  test('a proof reads at most two tiles for each level of tiles, each once', async () => {
    const levels = Math.ceil(Math.log(size + 1) / Math.log(256));
    for (const index of [0, Math.floor(size / 3), size - 1]) {
      const asked: string[] = [];
      await new TileTree(size, view.root(size), reader(tiles, asked)).inclusionProof(index);
      expect(asked.length).toBeLessThanOrEqual(2 * levels);
      expect(new Set(asked).size).toBe(asked.length);
    }
  });
});

test('every bit of every tile counts: a damaged tile that is read is refused', async () => {
  const size = 700;
  const good = serve(size);
  for (const index of [0, 300, 699]) {
    const asked: string[] = [];
    await new TileTree(size, view.root(size), reader(good, asked)).inclusionProof(index);
    for (const path of asked) {
      const bytes = good.get(path)!;
      for (let at = 0; at < bytes.length; at += bytes.length > 512 ? 331 : 31) {
        const damaged = bytes.slice();
        damaged[at]! ^= 0x10;
        const tree = new TileTree(size, view.root(size), reader(new Map(good).set(path, damaged)));
        expect(await codeOfAsync(() => tree.inclusionProof(index))).toBe('ERR_TILE_HASH');
      }
    }
  }
});

test('a tile of another length, the tiles of another log, and another root are refused', async () => {
  const size = 700;
  const root = view.root(size);
  const tiles = serve(size);
  const replaced = (path: string, bytes: Uint8Array): TileTree => new TileTree(size, root, reader(new Map(tiles).set(path, bytes)));
  const full = tiles.get('tile/0/000')!;
  const edge = tiles.get('tile/0/002.p/188')!;
  expect(await codeOfAsync(() => replaced('tile/0/000', full.subarray(32)).inclusionProof(0))).toBe('ERR_TILE_SIZE');
  expect(await codeOfAsync(() => replaced('tile/0/000', new Uint8Array(0)).inclusionProof(0))).toBe('ERR_TILE_SIZE');
  expect(await codeOfAsync(() => replaced('tile/0/000', new Uint8Array([...full, 0])).inclusionProof(0))).toBe('ERR_TILE_SIZE');
  expect(await codeOfAsync(() => replaced('tile/0/002.p/188', edge.subarray(32)).inclusionProof(0))).toBe('ERR_TILE_SIZE');
  expect(await codeOfAsync(() => replaced('tile/0/000', tiles.get('tile/0/001')!).inclusionProof(0))).toBe('ERR_TILE_HASH');
  const other = new TileTree(size, view.root(size - 1), reader(tiles));
  expect(await codeOfAsync(() => other.inclusionProof(0))).toBe('ERR_TILE_HASH');
  expect(await codeOfAsync(() => other.leafHash(699))).toBe('ERR_TILE_HASH');
  expect(await codeOfAsync(() => new TileTree(size, root, reader(tiles)).inclusionProof(size))).toBe('ERR_INDEX');
  expect(await codeOfAsync(() => new TileTree(size, root, reader(tiles)).consistencyProof(size + 1))).toBe('ERR_TREE_SIZE');
});

test('a damaged tile is not kept: the next good answer is used', async () => {
  const tiles = serve(700);
  const good = tiles.get('tile/0/000')!;
  tiles.set('tile/0/000', tiles.get('tile/0/001')!);
  const tree = new TileTree(700, view.root(700), reader(tiles));
  expect(await codeOfAsync(() => tree.inclusionProof(3))).toBe('ERR_TILE_HASH');
  tiles.set('tile/0/000', good);
  expect(await tree.inclusionProof(3)).toEqual(view.inclusionProof(3, 700));
});

test('a partial tile may be answered with the full one that replaced it', async () => {
  const later = serve(1024);
  const read: TileReader = async (level, index) => later.get(formatTilePath({ level, index, width: level === 0 ? 256 : 4 }))!;
  const cut: TileReader = async (level, index, width) =>
    (await read(level, index, width)).subarray(0, level === 0 ? undefined : width * 32);
  const tree = new TileTree(700, view.root(700), cut);
  expect(await tree.inclusionProof(650)).toEqual(view.inclusionProof(650, 700));
});

test('checked tiles are kept, within bounds', async () => {
  const asked: string[] = [];
  const tiles = serve(MOST);
  const tree = new TileTree(MOST, view.root(MOST), reader(tiles, asked));
  await tree.inclusionProof(5);
  const first = asked.length;
  await tree.inclusionProof(200);
  expect(asked.length).toBe(first);
  for (let tile = 0; tile < 80; tile++) await tree.leafHash(tile * 256);
  await tree.inclusionProof(5);
  expect(asked.filter((path) => path === 'tile/0/000')).toHaveLength(2);
});

test('a reader that fails is heard; nothing is made up for it', async () => {
  const tree = new TileTree(5, view.root(5), async () => Promise.reject(new Error('offline')));
  await expect(tree.inclusionProof(0)).rejects.toThrow('offline');
});

test('what the reader gives is copied before it is checked', async () => {
  const tiles = serve(3);
  const bytes = tiles.get('tile/0/000.p/3')!.slice();
  const tree = new TileTree(3, view.root(3), async () => bytes);
  const proof = tree.inclusionProof(0);
  await Promise.resolve();
  const first = await proof;
  bytes.fill(0);
  expect(await tree.inclusionProof(0)).toEqual(first);
});

test('the empty log has no proof, and only one root', async () => {
  const tree = new TileTree(0, EMPTY_ROOT, reader(new Map()));
  expect(await codeOfAsync(() => tree.inclusionProof(0))).toBe('ERR_INDEX');
  expect(await codeOfAsync(async () => new TileTree(0, view.root(1), reader(new Map())))).toBe('ERR_TILE_HASH');
});

test('both engines read the same tiles', async () => {
  const tree = new TileTree(300, view.root(300), reader(serve(300)), portable);
  const proof = await tree.inclusionProof(299);
  verifyInclusion(299, 300, leaves[299]!, proof, view.root(300), portable);
});
