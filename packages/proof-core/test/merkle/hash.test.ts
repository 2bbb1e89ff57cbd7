import { describe, expect, test } from 'vitest';
import { hexEncode } from '../../src/bytes/hex.ts';
import { engine as node } from '../../src/node/engine.ts';
import { engine as portable } from '../../src/engine/portable.ts';
import { EMPTY_ROOT, hashLeaf, hashNode } from '../../src/merkle/hash.ts';
import { KNOWN_RECORDS, isSame } from './leaves.ts';
import { MTH, leafHash } from './oracle.ts';
import { expectRefusal } from './refused.ts';

describe.each([node, portable])('hashes of the $name engine', (engine) => {
  test('the empty root is SHA-256 of nothing', () => {
    expect(hexEncode(EMPTY_ROOT)).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(hexEncode(engine.sha256(new Uint8Array(0)))).toBe(hexEncode(EMPTY_ROOT));
  });

  test('a leaf hash is SHA-256 of 0x00 and the record', () => {
    expect(hexEncode(hashLeaf(new Uint8Array(0), engine))).toBe('6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d');
    for (const record of KNOWN_RECORDS) expect(hashLeaf(record, engine)).toEqual(leafHash(record));
  });

  test('a record of any length is hashed and left as it was', () => {
    for (const length of [1, 63, 64, 65, 1000, 65_535]) {
      const record = new Uint8Array(length).fill(length);
      const before = record.slice();
      expect(isSame([hashLeaf(record, engine), record], [leafHash(record), before])).toBe(true);
    }
  });

  test('a node hash is SHA-256 of 0x01 and both children, in order', () => {
    const [left, right] = KNOWN_RECORDS.map(leafHash) as [Uint8Array, Uint8Array];
    expect(hashNode(left, right, engine)).toEqual(MTH([left, right]));
    expect(hashNode(left, right, engine)).not.toEqual(hashNode(right, left, engine));
  });

  test('a leaf that looks like two children does not hash like their parent', () => {
    const [left, right] = KNOWN_RECORDS.map(leafHash) as [Uint8Array, Uint8Array];
    expect(hashLeaf(new Uint8Array([...left, ...right]), engine)).not.toEqual(hashNode(left, right, engine));
  });
});

test('a child that is not 32 bytes is refused', () => {
  expectRefusal(() => hashNode(new Uint8Array(31), new Uint8Array(32)), 'ERR_HASH_LENGTH');
  expectRefusal(() => hashNode(new Uint8Array(32), new Uint8Array(33)), 'ERR_HASH_LENGTH');
  expect(() => hashNode('00' as unknown as Uint8Array, new Uint8Array(32))).toThrow(TypeError);
});
