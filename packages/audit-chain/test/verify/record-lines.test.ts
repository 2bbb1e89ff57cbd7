import { canonicalize } from '@countersign/proof-core/json/canonicalize';
import { openRecordLines } from '@countersign/proof-core/node/record-lines';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hasForm } from '../../src/verify/record/whole-form.ts';
import { eventOf, timeOf } from './support/archive.ts';
import { change, changed } from './support/change.ts';

const LINK = ',"link":{}}';
const lines = openRecordLines()!;
lines.rememberType(Buffer.from('"type":"order.created"}}'), 24 - 1);

/** Whether the text of an event passes: among many, and by itself. */
function judged(event: Uint8Array): { many: boolean; alone: boolean } {
  const bytes = Buffer.concat([Buffer.from('\0{"event":'), event, Buffer.from(`${LINK}\n`)]);
  const linkAt = bytes.length - LINK.length - 1;
  expect(lines.read(bytes, 1, bytes.length, bytes.length)).toBe(1);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return { many: lines.formed(0, 1, LINK.length) === 1, alone: hasForm(bytes, view, 1, linkAt, 1) };
}

const text = fc.string({ unit: 'binary', maxLength: 24 });
const long = fc.integer({ min: 10, max: 40 }).map((length) => 'k'.repeat(length));
const key = fc.oneof(text, long, fc.constantFrom('', '__proto__', '__prot0__', '\ue000', '\uffff', '\u{10000}', 'a\ue000', 'a\u{1f600}'));
const number = fc.oneof(
  fc.integer(),
  fc.double({ noDefaultInfinity: true, noNaN: true, min: -1e6, max: 1e6 }),
  fc.constantFrom(0.1, 1e-6, 5e-7, 2 ** 53 - 1),
);
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.oneof(text, number, fc.boolean(), fc.constant(null)),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(
      key.filter((name) => name !== '__proto__'),
      tie('value'),
      { maxKeys: 4 },
    ),
  ),
}));
const payload = fc.dictionary(
  key.filter((name) => name !== '__proto__'),
  value,
  { maxKeys: 6, noNullPrototype: true },
);
/** What is left to others: escapes by number, exponents, long numbers, keys from U+E000 on. */
const HARD = /__prot0__|\\u|[0-9]e|\d{16}|\d{8,}\.\d{8,}|[\ue000-\uffff\u{10000}-\u{10ffff}]/u;

describe('the form of many events', () => {
  test('is found in every canonical event that has only what is plain', () => {
    let plain = 0;
    fc.assert(
      fc.property(payload, fc.boolean(), (body, more) => {
        const extra = more ? { occurred_at: timeOf(3), trace: 'x'.repeat(200), subject: 'ü' } : {};
        const event = canonicalize(eventOf(1, { payload: body, ...extra }));
        const { many, alone } = judged(event);
        expect(alone).toBe(true);
        if (HARD.test(Buffer.from(event).toString()) || /0\.\d{15,}|\d\.\d{14,}/.test(Buffer.from(event).toString())) return;
        plain++;
        expect(many).toBe(true);
      }),
      { numRuns: 400 },
    );
    expect(plain).toBeGreaterThan(50);
  });

  test('is found in no event that has it not', () => {
    let found = 0;
    let refused = 0;
    fc.assert(
      fc.property(payload, fc.array(change, { maxLength: 3 }), (body, changes) => {
        const event = changes.reduce(changed, canonicalize(eventOf(1, { payload: body })));
        if (event.includes(10)) return;
        const { many, alone } = judged(event);
        if (many) expect(alone).toBe(true);
        found += many ? 1 : 0;
        refused += alone ? 0 : 1;
      }),
      { numRuns: 1000 },
    );
    expect(Math.min(found, refused)).toBeGreaterThan(100);
  });

  const event = (members: string): Uint8Array => Buffer.from(`{"actor":"u","id":"0193b3a4-0000-7000-8000-000000000001",${members}}`);
  const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
  test.each([
    ['as deep as may be', `"payload":{"a":${nested(61)}},"type":"order.created"`, true],
    ['one level deeper', `"payload":{"a":${nested(62)}},"type":"order.created"`, false],
    ['keys in order, one the beginning of the other', '"payload":{"":0,"a":1,"aa":2,"b":3},"type":"order.created"', true],
    ['a key twice', '"payload":{"a":1,"a":2},"type":"order.created"', false],
    ['the same long key twice', `"payload":{"${'k'.repeat(32)}":1,"${'k'.repeat(32)}":2},"type":"order.created"`, false],
    ['keys out of order behind sixteen bytes', `"payload":{"${'k'.repeat(20)}b":1,"${'k'.repeat(20)}a":2},"type":"order.created"`, false],
    ['the longer key first', `"payload":{"${'k'.repeat(17)}":1,"${'k'.repeat(16)}":2},"type":"order.created"`, false],
    ['__proto__', '"payload":{"__proto__":1},"type":"order.created"', false],
    ['a payload that is no object', '"payload":[],"type":"order.created"', false],
    ['a member twice', '"payload":{},"payload":{},"type":"order.created"', false],
    ['a member that there is none of', '"payload":{},"secret":1,"type":"order.created"', false],
    ['members out of order', '"type":"order.created","payload":{}', false],
    ['an empty subject', '"payload":{},"subject":"","type":"order.created"', false],
    ['a subject of 201 bytes', `"payload":{},"subject":"${'s'.repeat(201)}","type":"order.created"`, false],
    ['a time that is none', '"occurred_at":"2026-02-29T00:00:00.000Z","payload":{},"type":"order.created"', false],
    ['a reserved type', '"payload":{},"type":"chain.created"', false],
    ['another bracket', '"payload":{"a":[1}},"type":"order.created"', false],
    ['a comma behind the last', '"payload":{"a":1,},"type":"order.created"', false],
    ['white space', '"payload":{"a": 1},"type":"order.created"', false],
    ['a control character', '"payload":{"a":"\u0001"},"type":"order.created"', false],
    ['an escape of what needs none', '"payload":{"a":"\\/"},"type":"order.created"', false],
    ['a string that does not end', '"payload":{"a":"x},"type":"order.created"', false],
  ])('%s', (_, members, wanted) => {
    expect(judged(event(members)).many).toBe(wanted);
    expect(judged(event(members)).alone).toBe(wanted);
  });
});

test('lines are cut where line feeds are, at most so many', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(40), { maxLength: 60 }), fc.nat(20), fc.nat(40), (lengths, start, open) => {
      const bytes = Buffer.concat([
        Buffer.alloc(start, 10),
        ...lengths.flatMap((length) => [Buffer.alloc(length, 65), Buffer.of(10)]),
        Buffer.alloc(open, 65),
      ]);
      const count = lines.read(bytes, start, bytes.length, 131_072);
      const feeds = [...bytes.keys()].filter((at) => at >= start && bytes[at] === 10);
      expect(Array.from({ length: count }, (_, line) => lines.feed(line))).toEqual(feeds);
    }),
  );
  expect(lines.read(Buffer.alloc(5000, 10), 1, 5000, 131_072)).toBe(1024);
  expect(lines.read(Buffer.alloc(5000, 10), 1, 5000, 10)).toBe(10);
});
