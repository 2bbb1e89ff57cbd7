import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { hexEncode } from '../../src/bytes/hex.ts';
import { nodesInto as portableNodes } from '../../src/engine/portable-hash.ts';
import { openLanes } from '../../src/node/lanes.ts';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

test('four nodes at once are four nodes, by portable code and by OpenSSL', () => {
  const hashPairs = openLanes()!;
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ minLength: 64, maxLength: 64 }), { minLength: 1, maxLength: 9 }), (list) => {
      const pairs = Buffer.concat(list);
      const [found, wanted] = [new Uint8Array(32 * list.length), new Uint8Array(32 * list.length)];
      hashPairs(pairs, 0, list.length, found, 0);
      portableNodes(pairs, 0, list.length, wanted, 0);
      expect(hexEncode(found)).toBe(hexEncode(wanted));
      expect(hexEncode(found)).toBe(list.map((pair) => createHash('sha256').update('\x01').update(pair).digest('hex')).join(''));
    }),
  );
});

test('every bit of a pair counts, in every lane', () => {
  const hashPairs = openLanes()!;
  const seen = new Set<string>();
  const out = new Uint8Array(4 * 32);
  for (let bit = 0; bit < 512; bit++) {
    const pairs = new Uint8Array(4 * 64);
    for (let lane = 0; lane < 4; lane++) pairs[64 * lane + (bit >> 3)]! ^= 1 << (bit & 7);
    hashPairs(pairs, 0, 4, out, 0);
    const hashes = [0, 32, 64, 96].map((at) => hexEncode(out.subarray(at, at + 32)));
    expect(new Set(hashes).size).toBe(1);
    seen.add(hashes[0]!);
  }
  expect(seen.size).toBe(512);
});

/** Refuses the module as a processor without vector instructions makes it. */
function Module(): never {
  throw new Error('invalid opcode 0xfd');
}

test.each([
  ['no WebAssembly', undefined],
  ['no vector instructions', { Module }],
])('with %s nodes are hashed one by one', async (_, stub) => {
  vi.stubGlobal('WebAssembly', stub);
  expect(openLanes()).toBeUndefined();
  vi.resetModules();
  const { nodesInto } = await import('../../src/node/hash.ts');
  const pairs = Uint8Array.from({ length: 320 }, (__, i) => i);
  const [found, wanted] = [new Uint8Array(160), new Uint8Array(160)];
  nodesInto(pairs, 0, 5, found, 0);
  portableNodes(pairs, 0, 5, wanted, 0);
  expect(hexEncode(found)).toBe(hexEncode(wanted));
});
