import { engine as nodeEngine } from '@countersign/proof-core/node/engine';
import { engine as portableEngine } from '@countersign/proof-core/engine/portable';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { ZERO_HASH, formatLink, readLink } from '@countersign/proof-core/record/link';
import { hexDecode, hexEncode } from '@countersign/proof-core/bytes/hex';
import { hashLeaf } from '@countersign/proof-core/merkle/hash';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { FastPath } from '../../src/verify/record/fast.ts';
import { formCheck } from '../../src/verify/record/form.ts';
import type { Finding } from '../../src/verify/finding.ts';
import { CHAIN, chainOf, eventOf, timeOf } from './support/archive.ts';
import { change, changed } from './support/change.ts';

const payloads = [
  { amount: 12.5, note: 'a "b" \n', paid: true },
  { amount: 0, note: '', paid: null },
  { list: [1, 'x', { a: [] }], deep: { b: {}, c: [[false]] } },
  { amount: -0.25, note: 'x'.repeat(700), paid: false },
  { amount: 1.5e-9, note: '\u0001é', small: 1e-7, long: 0.1234567890123456 },
];
// Numbers that become longer, minutes that end, records of the library's own.
const records = chainOf(130, {
  event: (seq) =>
    eventOf(seq, {
      ...(seq === 0 ? {} : { payload: payloads[seq % 7] ?? payloads[0], type: seq % 11 === 0 ? 'chain.pruned' : 'order.paid' }),
      ...(seq % 3 === 0 && seq > 0 ? { occurred_at: timeOf(seq), trace: 't' } : {}),
    }),
});

interface Outcome {
  readonly at: number;
  readonly count: number;
  readonly leaves: string;
  readonly times: string;
  readonly found: readonly Finding[];
  readonly own: readonly unknown[];
}

/** All that a run comes to, from record `first` on. */
function outcome(engine: Engine, bytes: Uint8Array, first: number, known: boolean, last: number, checked: boolean): Outcome {
  const found: Finding[] = [];
  const own: unknown[] = [];
  const path = new FastPath(CHAIN, engine, (_, ...rest) => void own.push(rest));
  const copy = bytes.slice();
  const form = checked ? formCheck((finding) => void found.push(finding), engine)(copy, 1, copy.length) : undefined;
  const prev = known ? hexDecode(readLink(records[first]!, 0, records[first]!.length)!.prev, 32) : undefined;
  const at = path.run(copy, 1, copy.length, first, prev, new Uint8Array(24), last, form);
  expect(Buffer.compare(copy, bytes)).toBe(0);
  const { count } = path;
  return { at, count, leaves: hexEncode(path.leaves.subarray(0, 32 * count)), times: path.timesAt.slice(0, count).join(), found, own };
}

test('many lines at once come to what they come to one by one, whatever was done to them', () => {
  let faultless = 0;
  let stopped = 0;
  fc.assert(
    fc.property(
      fc.nat(100),
      fc.integer({ min: 1, max: 60 }),
      fc.array(change, { maxLength: 2 }),
      fc.boolean(),
      fc.boolean(),
      fc.constantFrom(Number.MAX_SAFE_INTEGER - 1, 105),
      (first, count, changes, known, checked, last) => {
        const lines = records.slice(first, first + count).flatMap((record) => [...record, 10]);
        const bytes = Uint8Array.from([0, ...changes.reduce(changed, Uint8Array.from(lines))]);
        const one = outcome(portableEngine, bytes, first, known, last, checked);
        expect(outcome(nodeEngine, bytes, first, known, last, checked)).toEqual(one);
        if (one.at === bytes.length && one.found.length === 0) faultless++;
        else stopped++;
      },
    ),
    { numRuns: 150 },
  );
  expect(Math.min(faultless, stopped)).toBeGreaterThan(30);
});

test('a fault in every third line costs no more than a few hashes a line', () => {
  let hashes = 0;
  const counting: Engine = { ...nodeEngine, leafInto: (...given) => (hashes++, nodeEngine.leafInto(...given)) };
  const lines = Array.from({ length: 10 }, () =>
    records.slice(1).flatMap((record, i) => [...(i % 3 === 2 ? record.slice(1) : record), 10]),
  ).flat();
  const bytes = Uint8Array.from([0, ...lines]);
  const path = new FastPath(CHAIN, counting);
  let taken = 0;
  for (let at = 1; at < bytes.length;) {
    const first = readLink(bytes, at, bytes.indexOf(10, at))!.seq;
    at = path.run(bytes, at, bytes.length, first, undefined, new Uint8Array(24), first + 1000, undefined);
    taken += path.count;
    if (path.count === 0) at = bytes.indexOf(10, at) + 1;
  }
  expect(taken).toBeGreaterThan(500);
  expect(hashes).toBeLessThan(4 * 1290);
});

/** What hostile text may be where a value was. */
const values = [
  '0',
  '-0',
  '01',
  '1.0',
  '0.10',
  '1e5',
  '-',
  '0.0000001',
  '123456789012345',
  '1234567890123456',
  'nul',
  '""',
  '"\\u0041"',
  '"\\/"',
];

test('no event passes among many that would not pass by itself', () => {
  let passed = 0;
  let failed = 0;
  const value = fc.record({ value: fc.constantFrom(...values), place: fc.nat(20) });
  fc.assert(
    fc.property(fc.array(fc.oneof(change, value), { minLength: 30, maxLength: 30 }), (changes) => {
      const lines: Uint8Array[] = [];
      let prev = ZERO_HASH;
      for (const [seq, what] of changes.entries()) {
        const record = records[seq < 5 ? 2 : 2 + 7 * (seq % 18)]!;
        const event = record.subarray(0, readLink(record, 0, record.length)!.at);
        const text = Buffer.from(event).toString();
        // The first ones are as they must be, so that there is a type to be remembered.
        const other =
          seq < 5 || ('kind' in what && what.kind === 'none')
            ? event
            : 'kind' in what
              ? changed(event, what)
              : Buffer.from(text.replace(/(?<=:)(-?[0-9.]+|"[^"]*"|null|true|false)/g, at(what.place, what.value)));
        const link = formatLink({ chain: CHAIN, prev, seq: seq + 1, time: timeOf(seq) });
        const line = Buffer.concat([other.includes(10) ? event : other, Buffer.from(link)]);
        lines.push(line, Uint8Array.of(10));
        prev = hexEncode(hashLeaf(line));
      }
      const bytes = Uint8Array.from([0, ...Buffer.concat(lines)]);
      const [many, one] = [nodeEngine, portableEngine].map((engine) => outcome(engine, bytes, 1, false, 1000, true));
      expect(many).toEqual(one);
      const faulty = new Set(one!.found.map(({ seq }) => seq)).size;
      failed += faulty;
      passed += one!.count - faulty;
    }),
    { numRuns: 150 },
  );
  expect(Math.min(passed, failed)).toBeGreaterThan(1000);
});

/** Replaces the match of this number. */
function at(place: number, value: string): (match: string) => string {
  let seen = 0;
  return (match) => (seen++ === place ? value : match);
}
