import { expect, test } from 'vitest';
import { concatBytes } from '../../src/bytes/compare.ts';
import { hexDecode, hexEncode } from '../../src/bytes/hex.ts';
import { utf8Encode } from '../../src/bytes/utf8.ts';
import { CompactRange } from '../../src/merkle/compact-range.ts';
import { verifyConsistency } from '../../src/merkle/consistency.ts';
import { formatEntryBundle, parseEntryBundle } from '../../src/merkle/entry-bundle.ts';
import { hashLeaf } from '../../src/merkle/hash.ts';
import { verifyInclusion } from '../../src/merkle/inclusion.ts';
import { formatEntriesPath, formatTilePath, parseTilePath, tilesOf } from '../../src/merkle/tile.ts';
import { TreeView } from '../../src/merkle/tree.ts';
import { SpecPage } from '../key/pages.ts';

// docs/spec/merkle-tree.md and docs/spec/tiles.md say nothing that is not so.
const tree = new SpecPage('merkle-tree');
const tiles = new SpecPage('tiles');
const hashes = (label: string): string[] => tree.block(label).trimEnd().split('\n');
const bytes = (label: string): Uint8Array[] => hashes(label).map((hex) => hexDecode(hex, 32));

const records = ['a', 'b', 'c', 'd', 'e'].map((text) => utf8Encode(text));
const leaves = records.map((record) => hashLeaf(record));
const view = new TreeView(CompactRange.empty(), concatBytes(...leaves));

test('the tree of five records', () => {
  expect(leaves.map(hexEncode)).toEqual(hashes('tree=leaves'));
  expect([0, 1, 2, 3, 4, 5].map((size) => hexEncode(view.root(size)))).toEqual(hashes('tree=roots'));
  expect(view.inclusionProof(2).map(hexEncode)).toEqual(hashes('tree=inclusion'));
  expect(view.consistencyProof(3).map(hexEncode)).toEqual(hashes('tree=consistency'));
  expect(hexEncode(view.range().toBytes())).toBe(tree.line('tree=range'));
});

test('its proofs verify as they stand on the page', () => {
  const roots = bytes('tree=roots');
  verifyInclusion(2, 5, bytes('tree=leaves')[2]!, bytes('tree=inclusion'), roots[5]!);
  verifyConsistency(3, roots[3]!, 5, roots[5]!, bytes('tree=consistency'));
  expect(CompactRange.fromBytes(hexDecode(tree.line('tree=range'))).root()).toEqual(roots[5]);
});

test('the paths of the table, both ways', () => {
  const rows = tiles.rows(/^(?:\d+|entries)$/);
  expect(rows).toHaveLength(4);
  for (const [level, index, width, path] of rows as [string, string, string, string][]) {
    const tile = { index: Number(index), width: Number(width) };
    const written = level === 'entries' ? formatEntriesPath(tile.index, tile.width) : formatTilePath({ level: Number(level), ...tile });
    expect(written).toBe(path);
    expect(parseTilePath(path)).toEqual({ level: level === 'entries' ? level : Number(level), ...tile });
  }
});

test('the tiles of the tree of five and of 70,000', () => {
  expect([...tilesOf(5)].map((tile) => formatTilePath(tile))).toEqual(['tile/0/000.p/5']);
  const paths = [...tilesOf(70_000)].map((tile) => formatTilePath(tile));
  const rows = tiles.rows(/^tile\//) as [string, string, string][];
  let at = 0;
  for (const [path, count] of rows) {
    const [first, last = first] = path.split(' to ');
    expect([paths[at], paths[at + Number(count) - 1]]).toEqual([first, last]);
    at += Number(count);
  }
  expect(at).toBe(paths.length);
});

test('the entry bundle of the five records', () => {
  expect(hexEncode(formatEntryBundle(records))).toBe(tiles.line('tiles=bundle'));
  expect(parseEntryBundle(hexDecode(tiles.line('tiles=bundle')), 5)).toEqual(records);
});
