// node bench/merkle.mjs: the Merkle tree against the bare hash calls it needs. Needs a build; prints one table.
import { createHash, hash, randomBytes } from 'node:crypto';
import { CompactRange } from '../packages/proof-core/dist/merkle/compact-range.js';
import { verifyInclusion } from '../packages/proof-core/dist/merkle/inclusion.js';
import { TileTree } from '../packages/proof-core/dist/merkle/tile-tree.js';
import { formatTilePath, makeTile, tilesOf } from '../packages/proof-core/dist/merkle/tile.js';
import { TreeView } from '../packages/proof-core/dist/merkle/tree.js';
import { leafHex, leafInto } from '../packages/proof-core/dist/node/hash.js';
import { cycle, measure } from './lib/measure.mjs';
import { readOptions } from './lib/options.mjs';

readOptions('merkle.mjs');

const LEAVES = 2 ** 20;
const leaves = randomBytes(LEAVES * 32);
const pair = Buffer.alloc(65);
const rows = [];

/** Rows of a table whose cases are compared with one of them. */
function compare(rates, bare, names) {
  for (const [name, title, target] of names) rows.push([title, rates[name].median, rates[name].median / rates[bare].median, target]);
}

// The root of a large log.
const roots = measure(
  {
    bare: () => {
      for (let i = 1; i < LEAVES; i++) hash('sha256', pair, 'binary');
    },
    range: () => {
      const range = CompactRange.empty();
      range.appendMany(leaves, LEAVES);
      range.root();
    },
    single: () => {
      const range = CompactRange.empty();
      for (let at = 0; at < leaves.length; at += 32) range.append(leaves.subarray(at, at + 32));
      range.root();
    },
    view: () => new TreeView(CompactRange.empty(), leaves).root(),
    createHash: () => {
      for (let i = 1; i < LEAVES; i++) createHash('sha256').update(pair).digest();
    },
  },
  { rounds: 5, ms: 1 },
);
compare(roots, 'bare', [
  ['bare', 'hash(65 bytes) 2^20 - 1 times'],
  ['range', 'root of 2^20 leaf hashes, appendMany / bare', '>= 0.77'],
  ['single', 'root of 2^20 leaf hashes, append one by one / bare'],
  ['view', 'tree view of 2^20 leaf hashes, all nodes kept / bare'],
  ['createHash', 'createHash(65 bytes) 2^20 - 1 times / bare'],
]);

// Leaf hashes of records where they lie: the bare call has to make a view of them too, but has no 0x00 before them.
const memory = new Uint8Array(randomBytes(2 ** 16));
for (const length of [230, 1200]) {
  const records = Array.from({ length: 32 }, (_, i) => ({ start: 1 + i * (length + 1), end: (i + 1) * (length + 1) }));
  const views = records.map(({ start, end }) => memory.slice(start, end));
  const out = new Uint8Array(32);
  const rates = measure({
    bare: cycle(records, ({ start, end }) => hash('sha256', memory.subarray(start, end), 'hex')),
    ready: cycle(views, (view) => hash('sha256', view, 'hex')),
    hex: cycle(records, ({ start, end }) => leafHex(memory, start, end)),
    into: cycle(records, ({ start, end }) => leafInto(memory, start, end, out, 0)),
    buffer: cycle(records, ({ start, end }) => hash('sha256', memory.subarray(start, end), 'buffer')),
  });
  compare(rates, 'bare', [
    ['bare', `hash(view of ${length} bytes, 'hex')`],
    ['ready', `hash(${length} bytes that have a view, 'hex') / bare`],
    ['buffer', `hash(view of ${length} bytes, 'buffer') / bare`],
    ['hex', `leafHex of ${length} bytes / bare`, '>= 0.9'],
    ['into', `leafInto of ${length} bytes / bare`],
  ]);
}

// Proofs.
const view = new TreeView(CompactRange.empty(), leaves);
const root = view.root();
const indexes = Array.from({ length: 256 }, (_, i) => (i * 777_777 + 13) % LEAVES);
const proofs = indexes.map((index) => ({ index, leaf: leaves.subarray(index * 32, index * 32 + 32), proof: view.inclusionProof(index) }));
const rates = measure({
  bare: () => {
    for (let i = 0; i < 20; i++) hash('sha256', pair, 'binary');
  },
  make: cycle(indexes, (index) => view.inclusionProof(index)),
  verify: cycle(proofs, ({ index, leaf, proof }) => verifyInclusion(index, LEAVES, leaf, proof, root)),
});
compare(rates, 'bare', [
  ['bare', 'hash(65 bytes) 20 times'],
  ['make', 'inclusion proof of 20 hashes from a tree view / bare'],
  ['verify', 'inclusion proof of 20 hashes verified / bare'],
]);

const tiles = new Map([...tilesOf(LEAVES)].map((tile) => [formatTilePath(tile), makeTile(tile, view.nodeAt)]));
let reads = 0;
async function readTile(level, index, width) {
  reads++;
  return tiles.get(formatTilePath({ level, index, width }));
}
/** Proofs per second of processor time; best of five. */
async function proveFromTiles(count, treeOf) {
  const found = [];
  for (let round = 0; round < 5; round++) {
    const start = process.cpuUsage();
    for (let i = 0; i < count; i++) await treeOf(i).inclusionProof(indexes[i % indexes.length]);
    const { user, system } = process.cpuUsage(start);
    found.push((count * 1e6) / (user + system));
  }
  return Math.max(...found);
}
const cold = await proveFromTiles(200, () => new TileTree(LEAVES, root, readTile));
reads = 0;
await new TileTree(LEAVES, root, readTile).inclusionProof(12_345);
rows.push([`inclusion proof from tiles, nothing kept: ${reads} reads, all checked`, cold]);
const kept = new TileTree(LEAVES, root, readTile);
indexes.splice(0, indexes.length, ...Array.from({ length: 256 }, (_, i) => i * 8));
rows.push(['inclusion proof from tiles that are kept', await proveFromTiles(2000, () => kept)]);

console.log(`${'median of interleaved rounds'.padEnd(66)}        per second    ratio   target`);
for (const [title, rate, ratio, target = ''] of rows) {
  const perSecond = rate >= 100 ? Math.round(rate).toLocaleString('en') : rate.toFixed(2);
  console.log(`${title.padEnd(66)} ${perSecond.padStart(17)} ${(ratio?.toFixed(2) ?? '').padStart(8)}   ${target}`);
}
