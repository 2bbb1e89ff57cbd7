import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatEntryBundle, parseEntryBundle } from '../../src/merkle/entry-bundle.ts';
import { formatEntriesPath, formatTilePath, makeTile, parseTilePath, tileWidth, tilesOf } from '../../src/merkle/tile.ts';
import { isSame, makeLeaves, oracleNodes } from './leaves.ts';
import { MTH } from './oracle.ts';
import { expectRefusal } from './refused.ts';

describe('paths', () => {
  test.each([
    [{ level: 0, index: 0, width: 256 }, 'tile/0/000'],
    [{ level: 0, index: 1000, width: 256 }, 'tile/0/x001/000'],
    [{ level: 1, index: 1_234_067, width: 256 }, 'tile/1/x001/x234/067'],
    [{ level: 63, index: 273, width: 112 }, 'tile/63/273.p/112'],
    [{ level: 2, index: 2 ** 53 - 1, width: 1 }, 'tile/2/x009/x007/x199/x254/x740/991.p/1'],
  ])('%j is %s', (tile, path) => {
    expect(formatTilePath(tile)).toBe(path);
    expect(parseTilePath(path)).toEqual(tile);
  });

  test('an entry bundle has a path of its own', () => {
    expect(formatEntriesPath(1_234_067, 256)).toBe('tile/entries/x001/x234/067');
    expect(parseTilePath('tile/entries/273.p/112')).toEqual({ level: 'entries', index: 273, width: 112 });
  });

  test('every tile’s path reads back', () => {
    fc.assert(
      fc.property(fc.nat({ max: 63 }), fc.maxSafeNat(), fc.integer({ min: 1, max: 256 }), (level, index, width) => {
        const back = parseTilePath(formatTilePath({ level, index, width }));
        return back.level === level && back.index === index && back.width === width;
      }),
    );
  });

  test.each([
    '',
    'tile/0/0',
    'tile/0/00',
    'tile/0/0000',
    'tile/00/000',
    'tile/01/000',
    'tile/64/000',
    'tile/99/000',
    'tile/-1/000',
    'tile/0/x000/001',
    'tile/0/001/x000',
    'tile/0/x001',
    'tile/0/001/002',
    'tile/0/000.p/0',
    'tile/0/000.p/256',
    'tile/0/000.p/01',
    'tile/0/000.p/',
    'tile/0/000.p',
    'tile/0/000/',
    'tile/0/000\n',
    '/tile/0/000',
    'Tile/0/000',
    'tile/entry/000',
    'tile/entries/0',
    'tile/0/../000',
    'tile/0/%30',
    'tile/0/٠٠٠',
    `tile/0/${'x001/'.repeat(1000)}001`,
  ])('%j is refused', (path) => expectRefusal(() => parseTilePath(path), 'ERR_TILE_PATH'));

  test('an index of 2^53 or more is refused, not rounded', () => {
    expectRefusal(() => parseTilePath('tile/0/x009/x007/x199/x254/x740/992'), 'ERR_TREE_SIZE');
    expectRefusal(() => parseTilePath('tile/0/x999/x999/x999/x999/x999/x999/999'), 'ERR_TREE_SIZE');
  });

  test('what is no tile has no path', () => {
    for (const tile of [
      { level: 64, index: 0, width: 256 },
      { level: 0.5, index: 0, width: 256 },
      { level: 0, index: -1, width: 256 },
      { level: 0, index: 2 ** 53, width: 256 },
      { level: 0, index: 0, width: 0 },
      { level: 0, index: 0, width: 257 },
    ]) {
      expect(() => formatTilePath(tile)).toThrow(RangeError);
    }
  });
});

describe('the tiles of a tree', () => {
  test('a tree of 70,000 has the tiles that the specification counts', () => {
    const tiles = [...tilesOf(70_000)];
    const count = (level: number, isFull: boolean) => tiles.filter((t) => t.level === level && (t.width === 256) === isFull);
    expect(count(0, true)).toHaveLength(273);
    expect(count(0, false)).toEqual([{ level: 0, index: 273, width: 112 }]);
    expect(count(1, true)).toHaveLength(1);
    expect(count(1, false)).toEqual([{ level: 1, index: 1, width: 17 }]);
    expect(tiles.filter((t) => t.level > 1)).toEqual([{ level: 2, index: 0, width: 1 }]);
  });

  test('a tree of 256 has one full tile and one hash above it', () => {
    expect([...tilesOf(256)]).toEqual([
      { level: 0, index: 0, width: 256 },
      { level: 1, index: 0, width: 1 },
    ]);
    expect([...tilesOf(0)]).toEqual([]);
  });

  test('the tiles to write after growth are those that are new or wider', () => {
    fc.assert(
      fc.property(fc.nat({ max: 140_000 }), fc.nat({ max: 70_000 }), (from, more) => {
        const had = new Set([...tilesOf(from)].map((tile) => formatTilePath(tile)));
        const expected = [...tilesOf(from + more)].map((tile) => formatTilePath(tile)).filter((path) => !had.has(path));
        const actual = [...tilesOf(from + more, from)].map((tile) => formatTilePath(tile));
        return actual.length === expected.length && actual.every((path, i) => path === expected[i]);
      }),
      { numRuns: 25 },
    );
  });

  test('the width follows floor(size / 256^level) mod 256, also beyond 2^32', () => {
    const size = 2 ** 53 - 1;
    let count = BigInt(size);
    for (let level = 0; level <= 6; level++, count /= 256n) {
      expect(tileWidth(level, Number(count / 256n), size)).toBe(Number(count % 256n));
      expect(tileWidth(level, Number(count / 256n) + 1, size)).toBe(0);
      if (count >= 256n) expect(tileWidth(level, 0, size)).toBe(256);
    }
  });

  test('a tile holds the roots of full tiles below it', () => {
    const leaves = makeLeaves(600);
    const nodeAt = oracleNodes(leaves);
    const upper = makeTile({ level: 1, index: 0, width: 2 }, nodeAt);
    expect(upper.subarray(0, 32)).toEqual(MTH(leaves.slice(0, 256)));
    expect(upper.subarray(32)).toEqual(MTH(leaves.slice(256, 512)));
    expect(makeTile({ level: 0, index: 2, width: 88 }, nodeAt).subarray(87 * 32)).toEqual(leaves[599]);
  });
});

describe('entry bundles', () => {
  test('entries of any bytes read back', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 20 }), (entries) => {
        const back = parseEntryBundle(formatEntryBundle(entries), entries.length);
        return back.length === entries.length && back.every((entry, i) => Buffer.compare(entry, entries[i]!) === 0);
      }),
    );
  });

  test('a bundle is each entry after its length in two bytes', () => {
    expect(formatEntryBundle([Uint8Array.of(7), new Uint8Array(0), new Uint8Array(258).fill(1)]).subarray(0, 7)).toEqual(
      Uint8Array.of(0, 1, 7, 0, 0, 1, 2),
    );
  });

  test('the longest entry fits, one byte more does not', () => {
    const longest = new Uint8Array(65_535).fill(9);
    expect(isSame(parseEntryBundle(formatEntryBundle([longest]), 1), [longest])).toBe(true);
    expectRefusal(() => formatEntryBundle([new Uint8Array(65_536)]), 'ERR_ENTRY_BUNDLE');
    expectRefusal(() => formatEntryBundle([]), 'ERR_ENTRY_BUNDLE');
    expectRefusal(() => formatEntryBundle(Array.from({ length: 257 }, () => longest)), 'ERR_ENTRY_BUNDLE');
  });

  test('every cut, extra byte and wrong width is refused', () => {
    const bundle = formatEntryBundle([Uint8Array.of(1, 2, 3), Uint8Array.of(), Uint8Array.of(4)]);
    for (let end = 0; end < bundle.length; end++) {
      expectRefusal(() => parseEntryBundle(bundle.subarray(0, end), 3), 'ERR_ENTRY_BUNDLE');
    }
    expectRefusal(() => parseEntryBundle(new Uint8Array([...bundle, 0]), 3), 'ERR_ENTRY_BUNDLE');
    expectRefusal(() => parseEntryBundle(bundle, 2), 'ERR_ENTRY_BUNDLE');
    expectRefusal(() => parseEntryBundle(bundle, 4), 'ERR_ENTRY_BUNDLE');
    expect(() => parseEntryBundle(bundle, 0)).toThrow(RangeError);
    expect(() => parseEntryBundle(bundle, 257)).toThrow(RangeError);
  });
});
