import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hexDecode, hexEncode } from '../../src/bytes/hex.ts';
import { utf8Encode } from '../../src/bytes/utf8.ts';
import { defaultEngine } from '../../src/engine/default.ts';
import { engine as portable } from '../../src/engine/portable.ts';
import { engine as node } from '../../src/node/engine.ts';
import { freshSigner, signWith } from '../document/keys.ts';
import { codeOf } from '../merkle/refused.ts';

const bytes = fc.uint8Array({ maxLength: 300 });
const sha256 = (...parts: readonly Uint8Array[]): string => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};

test('Node runs its own engine', () => {
  expect(defaultEngine).toBe(node);
  expect([node.name, portable.name]).toEqual(['node', 'portable']);
});

describe.each([node, portable])('the $name engine', (engine) => {
  test('hashes as FIPS 180-4 has it', () => {
    expect(engine.sha256Hex(utf8Encode('abc'))).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(engine.sha256Hex(new Uint8Array(0))).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    fc.assert(
      fc.property(bytes, (input) => {
        expect(engine.sha256Hex(input)).toBe(sha256(input));
        expect(hexEncode(engine.sha256(input))).toBe(sha256(input));
      }),
    );
  });

  test('hashes pieces as their whole, and gives each result to its caller alone', () => {
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 5 }), (parts) => {
        const hasher = engine.hasher();
        for (const part of parts) hasher.update(part);
        expect(hasher.hex()).toBe(sha256(...parts));
      }),
    );
    const [first, second] = [engine.sha256(Uint8Array.of(1)), engine.sha256(Uint8Array.of(2))];
    expect(hexEncode(first)).not.toBe(hexEncode(second));
    expect(first.buffer.byteLength).toBe(32);
  });

  test('hashes a leaf where it lies and leaves every byte as it was', () => {
    fc.assert(
      fc.property(bytes, fc.nat(20), fc.nat(20), fc.nat(40), (record, before, after, at) => {
        const all = new Uint8Array(1 + before + record.length + after).fill(0xab);
        const start = 1 + before;
        all.set(record, start);
        const view = Buffer.from(all);
        const out = new Uint8Array(at + 34).fill(0xcd);
        for (const memory of [all, view]) {
          const copy = Uint8Array.from(memory);
          expect(engine.leafHex(memory, start, start + record.length)).toBe(sha256(Uint8Array.of(0), record));
          engine.leafInto(memory, start, start + record.length, out, at);
          expect(hexEncode(Uint8Array.from(memory))).toBe(hexEncode(copy));
          expect(hexEncode(out)).toBe('cd'.repeat(at) + sha256(Uint8Array.of(0), record) + 'cdcd');
        }
      }),
    );
  });

  test('hashes a node of two hashes, also into the memory they lie in', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 64, maxLength: 64 }), fc.nat(9), (pair, at) => {
        const memory = new Uint8Array(at + 64 + 8).fill(0xab);
        memory.set(pair, at);
        const out = new Uint8Array(40);
        engine.nodeInto(memory, at, out, 4);
        expect(hexEncode(out)).toBe('00000000' + sha256(Uint8Array.of(1), pair) + '00000000');
        expect(hexEncode(memory.subarray(at, at + 64))).toBe(hexEncode(pair));
        for (const into of [at, at + 8]) {
          const overlapping = memory.slice();
          engine.nodeInto(overlapping, at, overlapping, into);
          expect(hexEncode(overlapping.subarray(into, into + 32))).toBe(sha256(Uint8Array.of(1), pair));
        }
      }),
    );
  });

  // A page has shared memory only when it is isolated from other origins.
  const Shared = globalThis.SharedArrayBuffer ?? ArrayBuffer;
  test('hashes many pairs as each alone, also into the memory they lie in, and touches no other byte', () => {
    const hashEach = (pairs: Uint8Array, at: number, count: number): string =>
      Array.from({ length: count }, (_, i) => sha256(Uint8Array.of(1), pairs.subarray(at + 64 * i, at + 64 * i + 64))).join('');
    const edges = fc.constantFrom(0, 1, 2, 3, 4, 5, 255, 256, 257, 600);
    fc.assert(
      fc.property(fc.oneof(edges, fc.nat(40)), fc.nat(9), fc.nat(9), fc.boolean(), fc.integer(), (count, at, before, isShared, seed) => {
        const length = at + 64 * count + 8;
        const pairs = new Uint8Array(isShared ? new Shared(length) : new ArrayBuffer(length));
        for (let i = 0; i < length; i++) pairs[i] = Math.imul(i + seed, 0x9e3779b1) >>> 24;
        const expected = hashEach(pairs, at, count);
        const given = hexEncode(pairs.slice());
        const out = new Uint8Array(at + 32 * count + 3).fill(0xcd);
        engine.nodesInto(pairs, at, count, out, at);
        expect(hexEncode(out)).toBe('cd'.repeat(at) + expected + 'cdcdcd');
        expect(hexEncode(pairs.slice())).toBe(given);
        const into = Math.max(0, at - before);
        engine.nodesInto(pairs, at, count, pairs, into);
        expect(hexEncode(pairs.slice(into, into + 32 * count))).toBe(expected);
        expect(hexEncode(pairs.slice(into + 32 * count))).toBe(given.slice(2 * (into + 32 * count)));
      }),
      { numRuns: engine.name === 'node' ? 100 : 15 },
    );
  });

  test('knows UTF-8, within its bounds', () => {
    for (const hex of ['80', 'e282', 'c0af', 'eda080', 'f4908080', 'ff'])
      expect(engine.isUtf8(hexDecode(hex), 0, hex.length / 2)).toBe(false);
    for (const hex of ['', '00', 'efbbbf', 'f48fbfbf', 'c3a9']) expect(engine.isUtf8(hexDecode(hex), 0, hex.length / 2)).toBe(true);
    expect(engine.isUtf8(hexDecode('ffc3a9ff'), 1, 3)).toBe(true);
    expect(engine.isUtf8(hexDecode('ffc3a9ff'), 1, 2)).toBe(false);
  });
});

describe('both engines agree', () => {
  test('on UTF-8 of any bytes', () => {
    const near = fc.array(
      fc.constantFrom(0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc1, 0xc2, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(near, (codes) => {
        const input = Uint8Array.from(codes);
        return node.isUtf8(input, 0, input.length) === portable.isUtf8(input, 0, input.length);
      }),
      { numRuns: 1000 },
    );
  });

  test('on the canonical bytes of any JSON, or on the code of the refusal', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const code = codeOf(() => portable.canonicalize(value));
        expect(codeOf(() => node.canonicalize(value))).toBe(code);
        if (code === undefined) expect(Buffer.compare(node.canonicalize(value), portable.canonicalize(value))).toBe(0);
      }),
    );
  });

  test('on signatures of every algorithm', async () => {
    for (const algorithm of ['Ed25519', 'ES256', 'ES384', 'RS256', 'PS256'] as const) {
      const { publicKey, privateKey } = freshSigner('k', algorithm);
      for (const message of [new Uint8Array(0), utf8Encode('a'), new Uint8Array(5000)]) {
        const signature = signWith(algorithm, privateKey, message);
        for (const engine of [node, portable]) {
          expect(await engine.verify(publicKey, message, signature)).toBe(true);
          expect(await engine.verify(publicKey, Uint8Array.of(...message, 0), signature)).toBe(false);
          expect(await engine.verify(publicKey, message, signature.with(7, signature[7]! ^ 4))).toBe(false);
          expect(await engine.verify(publicKey, message, new Uint8Array(0))).toBe(false);
        }
      }
    }
  });
});
