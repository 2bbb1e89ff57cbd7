import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { utf8Encode } from '../../src/bytes/utf8.ts';
import { isChainId, parseChainId } from '../../src/record/chain-id.ts';
import { LinkReader, ZERO_HASH, formatLink, readLink } from '../../src/record/link.ts';
import { parseRecord } from '../../src/record/parse.ts';
import { isTime, isTimeAt } from '../../src/record/time.ts';
import { codeOf } from '../merkle/refused.ts';
import { CHAIN, eventText, recordOf } from '../receipt/log.ts';

const HASH = '6e34'.repeat(16);
const TIME = '2026-11-21T03:12:00.123Z';
const EVENT = eventText(17);
const RECORD = recordOf(EVENT, { seq: 17, prev: HASH });
const TAIL = `,"link":{"chain":"${CHAIN}","format":"countersign/record@1","prev":"${HASH}","seq":17,"time":"${TIME}"}}`;

const chains = fc
  .tuple(
    fc.stringMatching(/^[a-z0-9]{1,10}(\.[a-z0-9]{1,10}){0,3}$/),
    fc.option(fc.nat(65_535)),
    fc.array(fc.stringMatching(/^[A-Za-z0-9_~-]{1,9}$/), { maxLength: 3 }),
  )
  .map(([host, port, path]) => `${host}${port === null ? '' : `:${port}`}${path.map((part) => `/${part}`).join('')}`);
const times = fc
  .date({ min: new Date('0000-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true })
  .map((date) => date.toISOString());
const links = fc.record({
  chain: chains,
  prev: fc.stringMatching(/^[0-9a-f]{64}$/),
  seq: fc.oneof(fc.maxSafeNat(), fc.nat(1000), fc.constantFrom(0, 9, 10, 2 ** 53 - 1)),
  time: times,
});

const two = (n: number): string => String(n).padStart(2, '0');

describe('the link at the end of a record', () => {
  test('has one form, byte for byte', () => {
    expect(formatLink({ chain: CHAIN, prev: HASH, seq: 17, time: TIME })).toBe(TAIL);
    expect(readLink(RECORD, 0, RECORD.length)).toEqual({ chain: CHAIN, prev: HASH, seq: 17, time: TIME, at: RECORD.length - TAIL.length });
  });

  test('is read as it was written, wherever the record lies, and by the reader of one chain as well', () => {
    fc.assert(
      fc.property(links, fc.nat(9), fc.nat(9), (link, before, after) => {
        const event = utf8Encode('{"event":{"a":1}');
        const tail = utf8Encode(formatLink(link));
        const all = new Uint8Array(before + event.length + tail.length + after).fill(0x7d);
        all.set(event, before);
        all.set(tail, before + event.length);
        // A view into a larger buffer, as a verifier has it.
        const shifted = new Uint8Array(all.length + 3);
        shifted.set(all, 3);
        for (const bytes of [all, shifted.subarray(3)]) {
          const end = bytes.length - after;
          expect(readLink(bytes, before, end)).toEqual({ ...link, at: before + event.length });
          const reader = new LinkReader(link.chain);
          for (let round = 0; round < 2; round++) {
            expect(reader.read(bytes, before, end)).toBe(true);
            expect({ chain: reader.chain, prev: reader.prev(), seq: reader.seq, time: reader.time(), at: reader.at }).toEqual({
              ...link,
              at: before + event.length,
            });
            expect(reader.prevIs(link.prev)).toBe(true);
          }
        }
      }),
    );
  });

  test('with any byte of it changed is not read, or is another link in one form', () => {
    const reader = new LinkReader(CHAIN);
    const start = RECORD.length - TAIL.length;
    for (let i = start; i < RECORD.length; i++) {
      for (const bit of [1, 2, 4, 8, 16, 32, 64, 128]) {
        const bad = RECORD.with(i, RECORD[i]! ^ bit);
        const link = readLink(bad, 0, bad.length);
        if (link === undefined) {
          expect(reader.read(bad, 0, bad.length)).toBe(false);
          continue;
        }
        const written = utf8Encode(formatLink(link));
        expect(bad.subarray(link.at)).toEqual(written);
        expect(reader.read(bad, 0, bad.length)).toBe(link.chain === CHAIN);
      }
    }
  });

  test('is not read from a record cut at either end, or with bytes behind it', () => {
    const reader = new LinkReader(CHAIN);
    for (let end = 0; end < RECORD.length; end++) {
      expect(readLink(RECORD, 0, end)).toBeUndefined();
      expect(reader.read(RECORD, 0, end)).toBe(false);
    }
    for (let start = RECORD.length - TAIL.length + 1; start <= RECORD.length; start++) {
      expect(readLink(RECORD, start, RECORD.length)).toBeUndefined();
      expect(reader.read(RECORD, start, RECORD.length)).toBe(false);
    }
    expect(readLink(RECORD, 0, RECORD.length + 1)).toBeUndefined();
    expect(reader.read(RECORD, 0, RECORD.length + 1)).toBe(false);
    expect(reader.read(RECORD, RECORD.length - TAIL.length, RECORD.length)).toBe(true);
  });

  test.each([
    ['a leading zero', '"seq":17', '"seq":017'],
    ['no digits', '"seq":17', '"seq":'],
    ['a sign', '"seq":17', '"seq":-17'],
    ['a fraction', '"seq":17', '"seq":1.7'],
    ['an exponent', '"seq":17', '"seq":1e7'],
    ['2^53', '"seq":17', '"seq":9007199254740992'],
    ['2^64 − 1', '"seq":17', '"seq":18446744073709551615'],
    ['a thousand digits', '"seq":17', `"seq":${'1'.repeat(1000)}`],
    ['a space', '"seq":17', '"seq": 17'],
    ['capitals in prev', HASH, HASH.toUpperCase()],
    ['63 digits in prev', HASH, HASH.slice(1)],
    ['65 digits in prev', HASH, `${HASH}0`],
    ['a second 60', TIME, '2026-11-21T03:12:60.000Z'],
    ['a day that is not', TIME, '2026-02-29T03:12:00.000Z'],
    ['an offset', TIME, '2026-11-21T03:12:00.12+00'],
    ['microseconds', TIME, '2026-11-21T03:12:00.123456Z'],
    ['a small z', TIME, '2026-11-21T03:12:00.123z'],
    ['another format', 'countersign/record@1', 'countersign/record@2'],
    ['a chain with capitals', CHAIN, 'Log.example.com/audit'],
    ['an empty chain', `"${CHAIN}"`, '""'],
    ['a quote in the chain', CHAIN, 'log".example'],
    ['an escape in the chain', CHAIN, 'log.example.com\\/audit'],
    ['a chain of 201 characters', CHAIN, 'a'.repeat(201)],
  ])('with %s is not read', (_, from, to) => {
    const text = `{"event":${EVENT}${TAIL}`;
    const bytes = utf8Encode(text.replace(from, to));
    expect(readLink(bytes, 0, bytes.length)).toBeUndefined();
    expect(new LinkReader(CHAIN).read(bytes, 0, bytes.length)).toBe(false);
  });

  test('a tail inside the payload is not taken for the tail of the record', () => {
    const bytes = utf8Encode(`{"event":{"payload":"${TAIL.replaceAll('"', '\\"')}"}${TAIL}`);
    expect(readLink(bytes, 0, bytes.length)?.at).toBe(bytes.length - TAIL.length);
  });

  test('a reader keeps what it read last when it refuses, and checks seconds behind a minute it knows', () => {
    const reader = new LinkReader(CHAIN);
    expect(reader.read(RECORD, 0, RECORD.length)).toBe(true);
    for (const second of ['60.000Z', '5a.000Z', '00,000Z', '00.000z', '00.00.Z', '00.0000']) {
      const bytes = utf8Encode(`{"event":{}${TAIL}`.replace('00.123Z', second));
      expect(reader.read(bytes, 0, bytes.length), second).toBe(false);
    }
    expect([reader.seq, reader.prev(), reader.time()]).toEqual([17, HASH, TIME]);
    expect(reader.prevIs(ZERO_HASH)).toBe(false);
    expect(reader.prevIs(HASH.slice(1))).toBe(false);
  });

  test.each<[string, object]>([
    ['chain', { chain: 'a b' }],
    ['prev', { prev: HASH.toUpperCase() }],
    ['seq', { seq: -1 }],
    ['seq', { seq: 1.5 }],
    ['seq', { seq: 2 ** 53 }],
    ['time', { time: '2026-11-21' }],
    ['time', { time: '2026-11-21T03:12:60.000Z' }],
  ])('that no record can hold is not written: %s %j', (_, change) => {
    expect(codeOf(() => formatLink({ chain: CHAIN, prev: HASH, seq: 1, time: TIME, ...change }))).toBe('ERR_LINK');
  });

  test('a reader is for one chain', () => {
    expect(() => new LinkReader('not a chain')).toThrow(TypeError);
    expect(new LinkReader('other.example.com').read(RECORD, 0, RECORD.length)).toBe(false);
  });
});

describe('a time', () => {
  test('is what Date writes, for every day there is', () => {
    fc.assert(fc.property(times, isTime));
  });

  test('exists in the calendar exactly when Date gives it back', () => {
    const numbers = fc.tuple(fc.nat(9999), fc.nat(14), fc.nat(33), fc.nat(25), fc.nat(61), fc.nat(61), fc.nat(999));
    fc.assert(
      fc.property(numbers, ([y, mo, d, h, mi, s, ms]) => {
        const text = `${String(y).padStart(4, '0')}-${two(mo)}-${two(d)}T${two(h)}:${two(mi)}:${two(s)}.${String(ms).padStart(3, '0')}Z`;
        const date = new Date(text);
        expect(isTime(text)).toBe(!Number.isNaN(date.getTime()) && date.toISOString() === text);
      }),
      { numRuns: 500 },
    );
    for (const [year, leap] of [
      ['2000', true],
      ['1900', false],
      ['2024', true],
      ['2026', false],
      ['0000', true],
    ] as const)
      expect(isTime(`${year}-02-29T00:00:00.000Z`)).toBe(leap);
  });

  test('of another length, or cut off by the end of the bytes, is none', () => {
    for (const text of ['', TIME.slice(1), `${TIME}Z`, TIME.replace('2', '\u0132'), TIME.replace('2', '２')])
      expect(isTime(text)).toBe(false);
    expect(isTimeAt(utf8Encode(TIME).subarray(0, 23), 0)).toBe(false);
  });
});

describe('a chain id', () => {
  test.each(['a', 'log.example.com', 'log.example.com:8443/a/b', '1-2', 'a/~_.-', 'a'.repeat(200), 'a/...'])('%s is one', (id) => {
    expect(parseChainId(id)).toBe(id);
  });
  test.each([
    '',
    'A',
    'a b',
    'https://a',
    'a/',
    '/a',
    'a//b',
    'a/.',
    'a/..',
    'a/../b',
    './a',
    '..',
    '.',
    'a:',
    'a:b',
    'a:1:2',
    'a+b',
    'a\n',
    'é',
    'a?b',
    'a#b',
    'a%20',
    'a'.repeat(201),
  ])('%j is none', (id) => {
    expect(isChainId(id)).toBe(false);
    expect(codeOf(() => parseChainId(id))).toBe('ERR_CHAIN_ID');
  });
  test('is decided soon, whatever the text', () => {
    expect(isChainId(`a${'/a'.repeat(1e6)}`)).toBe(false);
  });
});

const parse = (event: string, link = {}): unknown => parseRecord(recordOf(event, link));

describe('a record', () => {
  const id = '"id":"0193f8a0-0000-7000-8000-000000000001"';
  const event = (members: Record<string, string>): string => {
    const all: Record<string, string> = { actor: '"a"', id: id.slice(5), payload: '{}', type: '"a.b"', ...members };
    return `{${Object.keys(all).filter((name) => all[name] !== '').sort().map((name) => `"${name}":${all[name]}`).join(',')}}`; // prettier-ignore
  };

  test('with every member is read', () => {
    const digest = `{"digest":"${HASH}"}`;
    const text = event({ occurred_at: `"${TIME}"`, private: `{"email":${digest}}`, subject: '"order:1"', trace: '"00-1"' });
    expect(parse(text)).toEqual({ event: JSON.parse(text), link: { chain: CHAIN, prev: ZERO_HASH, seq: 0, time: TIME } });
  });

  test.each<[string, Record<string, string>]>([
    ['no actor', { actor: '' }],
    ['an empty actor', { actor: '""' }],
    ['an actor of 201 bytes', { actor: `"${'a'.repeat(201)}"` }],
    ['an actor of 200 characters and 400 bytes', { actor: `"${'é'.repeat(200)}"` }],
    ['an actor that is no text', { actor: '1' }],
    ['no id', { id: '' }],
    ['an id in capitals', { id: '"0193F8A0-0000-7000-8000-000000000001"' }],
    ['an id in braces', { id: '"{0193f8a0-0000-7000-8000-00000000001}"' }],
    ['no payload', { payload: '' }],
    ['a payload that is a list', { payload: '[]' }],
    ['a payload that is null', { payload: 'null' }],
    ['no type', { type: '' }],
    ['a type of one word', { type: '"created"' }],
    ['a type in capitals', { type: '"Order.created"' }],
    ['a type with an empty word', { type: '"order..created"' }],
    ['an occurred_at without milliseconds', { occurred_at: '"2026-11-21T03:12:00Z"' }],
    ['an occurred_at that is null', { occurred_at: 'null' }],
    ['an empty subject', { subject: '""' }],
    ['a trace of 201 bytes', { trace: `"${'t'.repeat(201)}"` }],
    ['private that is empty', { private: '{}' }],
    ['private with a value', { private: '{"email":"a@example.com"}' }],
    ['private with a short digest', { private: '{"email":{"digest":"00"}}' }],
    ['private with another member', { private: `{"email":{"digest":"${HASH}","salt":"00"}}` }],
    ['private under an empty name', { private: `{"":{"digest":"${HASH}"}}` }],
    ['an unknown member', { note: '"x"' }],
  ])('with %s is refused', (_, members) => {
    expect(codeOf(() => parse(event(members)))).toBe('ERR_RECORD');
  });

  test('is refused where it is not canonical, not whole, or too long', () => {
    const good = recordOf(event({}));
    expect(codeOf(() => parseRecord(good))).toBeUndefined();
    for (const text of ['', '{}', '[]', 'null', '{"event":{},"link":{}}', '{"event":{}}'])
      expect(codeOf(() => parseRecord(utf8Encode(text)))).toBeDefined();
    expect(codeOf(() => parseRecord(Uint8Array.of(...good, 10)))).toBe('ERR_NOT_CANONICAL');
    expect(codeOf(() => parse('{"payload":{},"actor":"a"}'))).toBe('ERR_NOT_CANONICAL');
    expect(codeOf(() => parse('[]'))).toBe('ERR_RECORD');
    expect(codeOf(() => parse(event({ payload: `{"a":"${'x'.repeat(65_600)}"}` })))).toBe('ERR_RECORD');
    expect(codeOf(() => parse(event({}), { prev: HASH }))).toBe('ERR_RECORD');
    expect(codeOf(() => parse(event({}), { prev: HASH, seq: 1 }))).toBeUndefined();
  });
});
