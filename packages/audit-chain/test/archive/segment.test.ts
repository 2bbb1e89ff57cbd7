import { gunzipSync } from 'node:zlib';
import { defaultEngine as engine } from '@countersign/proof-core/engine/default';
import { concatBytes } from '@countersign/proof-core/bytes/compare';
import { describe, expect, test } from 'vitest';
import { type Member, SegmentBuilder, type SegmentFile, SegmentMemory } from '../../src/archive/segment.ts';
import { gunzipMember, gzipMember, gzipMemberAside } from '../../src/node/archive/gzip.ts';
import { seededRandom } from '../../../../test/support/random.ts';

const random = seededRandom(20261121);
/** Lines that hardly compress, or well. */
const lines = (count: number, length: number, dull = false): Uint8Array => {
  const bytes = new Uint8Array(count * length).fill(97);
  if (!dull) for (let i = 0; i < bytes.length; i++) bytes[i] = 33 + Math.floor(random() * 94);
  for (let i = 1; i <= count; i++) bytes[i * length - 1] = 10;
  return bytes;
};

describe('a compressor that is used again', () => {
  test('makes the same members, one after the other and several at once', async () => {
    const inputs = [lines(1, 1), lines(700, 1000), new Uint8Array(0), lines(900, 1000, true), lines(3, 5), lines(1500, 1000)];
    const once = inputs.map((bytes) => gzipMember(bytes));
    for (let i = 0; i < inputs.length; i++) expect(Buffer.compare(await gzipMemberAside(inputs[i]!), once[i]!)).toBe(0);
    const members = await Promise.all([...inputs, ...inputs].map(async (bytes) => await gzipMemberAside(bytes)));
    for (const [i, member] of members.entries()) expect(Buffer.compare(member, once[i % once.length]!)).toBe(0);
  });
});

describe('the memory of a sealer', () => {
  const build = async (input: Uint8Array, memory?: SegmentMemory): Promise<SegmentFile> => {
    const builder = new SegmentBuilder(7, gzipMemberAside, engine, memory);
    for (let at = 0; at < input.length;) {
      const end = input.indexOf(10, Math.min(input.length - 1, at + 200_000)) + 1;
      builder.add(input.subarray(at, end));
      await builder.room();
      at = end;
    }
    const made = await builder.finish();
    return { ...made, file: made.file.slice() };
  };

  test('gives every segment the file that it has alone, whatever was in it before', async () => {
    const segments = [lines(7000, 1000), lines(10, 100), lines(3000, 1000, true), lines(40, 65_000)];
    const memory = new SegmentMemory();
    for (const input of segments) {
      const made = await build(input, memory);
      const alone = await build(input);
      expect({ ...made, file: 0 }).toEqual({ ...alone, file: 0 });
      expect(Buffer.compare(made.file, alone.file)).toBe(0);
      expect(Buffer.compare(gunzipSync(made.file), input)).toBe(0);
      const read = made.members.map(({ offset }: Member) => gunzipMember(made.file, offset, 2 ** 21)!.bytes);
      expect(Buffer.compare(concatBytes(...read), input)).toBe(0);
    }
    // As many as are in use at once, not as many as there were members.
    expect(memory.plain.length).toBeLessThanOrEqual(4);
  });

  test('reports a compressor that fails', async () => {
    const failing = new SegmentBuilder(0, () => Promise.reject(new Error('no memory')), engine);
    failing.add(lines(2, 10));
    await expect(failing.finish()).rejects.toThrow('no memory');
  });
});
