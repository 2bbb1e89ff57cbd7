import { hexDecode } from '@countersign/proof-core/bytes/hex';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import { LinkReader, readLink } from '@countersign/proof-core/record/link';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hexEquals } from '../../src/verify/record/hex-compare.ts';
import { LinkTemplate } from '../../src/verify/record/link-template.ts';
import { equalWords } from '../../src/verify/record/words.ts';
import { chunkReader } from '../../src/verify/records/line-reader.ts';
import { wholeLines } from '../../src/verify/records/lines.ts';
import { sharedLines } from '../../src/verify/records/shared-lines.ts';
import type { ScanPool } from '../../src/verify/scan/pool.ts';
import { change, changed } from './support/change.ts';
import { CHAIN, chainOf, eventOf, timeOf } from './support/archive.ts';

const payloads = [
  { amount: 12.5, note: 'a "b" \n', paid: true },
  { amount: 0, note: '', paid: null },
  { list: [1, 'x', { a: [] }], deep: { b: {}, c: [[false]] } },
  { amount: { a: 1 }, note: 'x', paid: false },
];
const records = chainOf(60, {
  event: (seq) =>
    eventOf(seq, seq === 0 ? {} : { payload: payloads[seq % 4], ...(seq % 3 === 0 ? { occurred_at: timeOf(seq), trace: 't' } : {}) }),
});

describe('words', () => {
  it('are equal when their bytes are, and never otherwise', () => {
    const text = fc.uint8Array({ min: 0x20, max: 0x7e, maxLength: 40 });
    const bits = fc.constantFrom(0x80, 0xff, 1, 0x20, 0x7f);
    fc.assert(
      fc.property(text, fc.nat(9), fc.nat(39), bits, fc.boolean(), (wanted, at, which, flip, isWhole) => {
        const bytes = new Uint8Array(at + wanted.length + 9).fill(0xff);
        bytes.set(wanted, at);
        const view = new DataView(bytes.buffer);
        const equal = (): boolean => equalWords(view, at, new DataView(wanted.buffer, wanted.byteOffset), 0, wanted.length);
        expect(equal()).toBe(true);
        if (which >= wanted.length) return;
        // One byte, or all of them: doubles that are not numbers, or zero, too.
        if (isWhole) bytes.fill(flip, at, at + wanted.length);
        else bytes[at + which]! ^= flip;
        expect(equal()).toBe(Buffer.compare(bytes.subarray(at, at + wanted.length), wanted) === 0);
        bytes.fill(0, at, at + wanted.length);
        expect(equal()).toBe(false);
      }),
    );
  });
});

describe('the expected link', () => {
  it('is that which the reader of links reads, of the right number, hash and time', () => {
    let taken = 0;
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 58 }), change, (index, what) => {
        const before = Uint8Array.from([0, ...records[index]!]);
        const hash = new Uint8Array(40);
        defaultEngine.leafInto(before, 1, before.length, hash, 8);
        const template = new LinkTemplate(CHAIN);
        template.follow(index, before, before.length - 27);
        const record = records[index + 1]!;
        const cut = record.length - 250;
        const bytes = Uint8Array.from([0, ...record.subarray(0, cut), ...changed(record.subarray(cut), what)]);
        const reader = new LinkReader(CHAIN);
        const isNext =
          reader.read(bytes, 1, bytes.length) &&
          reader.seq === index + 1 &&
          hexEquals(bytes, reader.prevAt, hash, 8) &&
          reader.time() >= readLink(before, 1, before.length)!.time;
        if (!template.matches(bytes, new DataView(bytes.buffer), 1, bytes.length, new DataView(hash.buffer), 8)) return;
        taken++;
        expect(isNext).toBe(true);
        expect([template.linkAt, template.timeAt]).toEqual([reader.at, reader.timeAt]);
      }),
      { numRuns: 2000 },
    );
    expect(taken).toBeGreaterThan(200);
  });

  it('follows a chain from number to number, but where one digit more begins', () => {
    const template = new LinkTemplate(CHAIN);
    const matched = records.map((record, seq) => {
      const bytes = Uint8Array.from([0, ...record]);
      const prev = hexDecode(readLink(bytes, 1, bytes.length)!.prev, 32);
      const timeAt = bytes.length - 27;
      const matches = template.matches(bytes, new DataView(bytes.buffer), 1, bytes.length, new DataView(prev.buffer), 0);
      if (!matches) template.follow(seq, bytes, timeAt);
      return matches;
    });
    const minute = (seq: number): string => timeOf(seq).slice(0, 16);
    expect(matched).toEqual(records.map((_, seq) => seq > 0 && seq !== 10 && minute(seq) === minute(seq - 1)));
  });
});

describe('lines in shared memory', () => {
  it('are those that one thread cuts, however they come', async () => {
    const line = fc.array(
      fc.nat(255).map((byte) => (byte === 10 ? 11 : byte)),
      { maxLength: 40 },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 30 }), fc.boolean(), fc.integer({ min: 1, max: 90 }), async (lines, open, size) => {
        const bytes = Uint8Array.from(lines.flatMap((one, i) => (open && i === lines.length - 1 ? one : [...one, 10])));
        const chunks = async function* (): AsyncGenerator<Uint8Array> {
          for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
        };
        let taken = 0;
        const pool = {
          take: (length: number) =>
            Promise.resolve((taken++, { bytes: new Uint8Array(length), stored: new Uint8Array(0), leaves: new Uint8Array(0) })),
          release: () => void taken--,
        } as unknown as ScanPool;
        const all: number[] = [];
        let last = false;
        for await (const part of sharedLines(chunkReader(chunks()), pool, 64)) {
          all.push(...part.bytes.subarray(1, part.end));
          last = part.open;
          pool.release(part.shared);
        }
        expect(all).toEqual([...bytes]);
        expect(taken).toBe(0);
        const expected: boolean[] = [];
        for await (const part of wholeLines(chunks())) expected.push(part.open);
        expect(last).toBe(expected.at(-1) ?? false);
      }),
      { numRuns: 300 },
    );
  });
});
