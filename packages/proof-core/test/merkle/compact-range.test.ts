import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concatBytes } from '../../src/bytes/compare.ts';
import { engine as portable } from '../../src/engine/portable.ts';
import { CompactRange } from '../../src/merkle/compact-range.ts';
import { engine as node } from '../../src/node/engine.ts';
import { isSame, makeLeaves } from './leaves.ts';
import { MTH } from './oracle.ts';
import { expectRefusal } from './refused.ts';

const leaves = makeLeaves(5000);
const flat = concatBytes(...leaves);
const upTo = (size: number): CompactRange => between(0, size);

function between(begin: number, end: number): CompactRange {
  const range = CompactRange.empty(begin);
  range.appendMany(flat.subarray(begin * 32), end - begin);
  return range;
}

describe.each([node, portable])('with the $name engine', (engine) => {
  test('the root after every append is the oracle’s', () => {
    const range = CompactRange.empty();
    const wrong: number[] = [];
    for (let size = 0; size <= 140; size++) {
      if (!isSame([range.root(engine)], [MTH(leaves.slice(0, size))]) || range.size !== size) wrong.push(size);
      range.append(leaves[size]!, engine);
    }
    expect(wrong).toEqual([]);
  });

  test('appending in batches of any sizes gives what appending one by one gives', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 600 }), { maxLength: 5 }), (batches) => {
        const many = CompactRange.empty();
        const single = CompactRange.empty();
        for (const count of batches) {
          const from = many.size;
          many.appendMany(flat.subarray(from * 32), count, engine);
          for (let i = from; i < from + count; i++) single.append(leaves[i]!, engine);
        }
        return isSame(many.hashes, single.hashes) && isSame([many.root(engine)], [single.root(engine)]);
      }),
      { numRuns: engine.name === 'node' ? 60 : 8 },
    );
  });
});

test('appending many leaves changes neither them nor those behind them', () => {
  const bytes = flat.slice(0, 3000 * 32);
  CompactRange.empty().appendMany(bytes, 2999);
  expect(isSame([bytes], [flat.subarray(0, 3000 * 32)])).toBe(true);
});

test('leaf hashes are read from any place in memory', () => {
  for (const offset of [0, 1, 2, 3, 33]) {
    const memory = Buffer.alloc(1000 * 32 + 40);
    memory.set(flat.subarray(0, 1000 * 32), offset);
    const range = CompactRange.empty();
    range.appendMany(memory.subarray(offset), 1000);
    expect(range.root()).toEqual(upTo(1000).root());
  }
});

test('the hashes are the roots of the full subtrees, left to right', () => {
  const range = upTo(13);
  expect(range.hashes).toEqual([MTH(leaves.slice(0, 8)), MTH(leaves.slice(8, 12)), leaves[12]]);
  range.hashes[0]!.fill(0);
  expect(range.hashes[0]).toEqual(MTH(leaves.slice(0, 8)));
});

test('ranges merge into the range of both, wherever they are cut', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 700 }), { minLength: 3, maxLength: 6 }), (cuts) => {
      const [begin, ...ends] = cuts.sort((a, b) => a - b) as [number, ...number[]];
      const whole = CompactRange.empty(begin);
      let at = begin;
      for (const end of ends) {
        const part = between(at, end);
        const before = part.hashes;
        whole.merge(part);
        if (!isSame(part.hashes, before)) return false;
        at = end;
      }
      const direct = between(begin, at);
      return isSame(whole.hashes, direct.hashes) && whole.begin === begin && whole.end === at && whole.size === at - begin;
    }),
    { numRuns: 60 },
  );
});

test('parts hashed apart and merged from 0 give the root', () => {
  const whole = between(0, 1000);
  whole.merge(between(1000, 1001));
  whole.merge(between(1001, 4321));
  expect(whole.root()).toEqual(upTo(4321).root());
});

test('a range merged with itself is refused, as is one that does not adjoin', () => {
  const range = upTo(5);
  expectRefusal(() => range.merge(range), 'ERR_COMPACT_RANGE');
  expectRefusal(() => range.merge(between(6, 8)), 'ERR_COMPACT_RANGE');
  expectRefusal(() => range.merge(between(4, 8)), 'ERR_COMPACT_RANGE');
  expect(range.root()).toEqual(upTo(5).root());
});

test('only a range from 0 has a root', () => {
  expect(() => between(1, 4).root()).toThrow(RangeError);
});

test('bytes and hex give the range back', () => {
  for (const [begin, end] of [
    [0, 0],
    [0, 1],
    [0, 1023],
    [5, 5],
    [3, 1000],
    [1023, 1025],
  ] as const) {
    const range = between(begin, end);
    const copy = CompactRange.fromBytes(range.toBytes());
    expect([copy.begin, copy.end, copy.toHex()]).toEqual([begin, end, range.toHex()]);
    expect(CompactRange.between(begin, end, range.hashes).toBytes()).toEqual(range.toBytes());
    if (begin === 0) expect(CompactRange.fromHex(end, range.toHex()).root()).toEqual(range.root());
  }
});

test('a wrong number of hashes is refused', () => {
  for (let size = 0; size < 70; size++) {
    const hashes = upTo(size).hashes;
    expectRefusal(() => CompactRange.from(size, [...hashes, leaves[0]!]), 'ERR_COMPACT_RANGE');
    if (size > 0) expectRefusal(() => CompactRange.from(size, hashes.slice(1)), 'ERR_COMPACT_RANGE');
  }
  expectRefusal(() => CompactRange.between(9, 8, []), 'ERR_COMPACT_RANGE');
});

test('malformed state is refused', () => {
  const bytes = upTo(7).toBytes();
  expectRefusal(() => CompactRange.fromBytes(bytes.subarray(0, 15)), 'ERR_COMPACT_RANGE');
  expectRefusal(() => CompactRange.fromBytes(bytes.subarray(0, -1)), 'ERR_COMPACT_RANGE');
  expectRefusal(() => CompactRange.fromBytes(bytes.subarray(0, -32)), 'ERR_COMPACT_RANGE');
  expectRefusal(() => CompactRange.fromBytes(new Uint8Array([...bytes, ...new Uint8Array(32)])), 'ERR_COMPACT_RANGE');
  expectRefusal(() => CompactRange.fromBytes(new Uint8Array(16).fill(255)), 'ERR_TREE_SIZE');
  expectRefusal(() => CompactRange.from(1, [new Uint8Array(31)]), 'ERR_HASH_LENGTH');
  expectRefusal(() => CompactRange.from(2 ** 53, []), 'ERR_TREE_SIZE');
  expectRefusal(() => CompactRange.fromHex(1, ['AB'.repeat(32)]), 'ERR_HEX');
  expectRefusal(() => CompactRange.empty(-1), 'ERR_TREE_SIZE');
});

test('a range at the largest size refuses one leaf more', () => {
  const size = 2 ** 53 - 1;
  const range = CompactRange.from(
    size,
    Array.from({ length: 53 }, () => leaves[0]!),
  );
  expect(range.size).toBe(size);
  expectRefusal(() => range.append(leaves[0]!), 'ERR_TREE_SIZE');
  expectRefusal(() => range.appendMany(flat, 2), 'ERR_TREE_SIZE');
});

test('sizes beyond 2^32 grow as small ones do', () => {
  const size = 2 ** 40 + 2 ** 33 + 3;
  const range = CompactRange.from(
    size,
    [0, 1, 2, 3].map((i) => leaves[i]!),
  );
  range.append(leaves[4]!);
  const pair = MTH([leaves[3]!, leaves[4]!]);
  expect(range.hashes).toEqual([leaves[0], leaves[1], MTH([leaves[2]!, pair])]);
});

test('a clone goes its own way', () => {
  const range = upTo(6);
  const copy = range.clone();
  copy.append(leaves[6]!);
  expect(range.root()).toEqual(upTo(6).root());
  expect(copy.root()).toEqual(upTo(7).root());
});

test('leaf hashes that are too short for their number are the caller’s mistake', () => {
  const range = CompactRange.empty();
  expect(() => range.appendMany(new Uint8Array(63), 2)).toThrow(RangeError);
  expect(() => range.appendMany(flat, -1)).toThrow(RangeError);
  expectRefusal(() => range.append(new Uint8Array(31)), 'ERR_HASH_LENGTH');
  expect(range.size).toBe(0);
});
