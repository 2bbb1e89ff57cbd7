import { parseRecord } from '@countersign/proof-core/record/parse';
import { describe, expect, test } from 'vitest';
import { type EventInput, MAX_EVENT_BYTES, prepareEvent } from '../../src/record/event.ts';
import { RESERVED_TYPES } from '../../src/record/types.ts';
import { recordOf } from './record-of.ts';

const CHAIN = 'example.com/log';
const ID = '0193b3a4-0000-7000-8000-000000000001';
const options = { chain: CHAIN, now: Date.parse('2026-11-21T03:12:00.000Z') };
const GOOD: EventInput = { type: 'order.created', actor: 'user:7f3a', id: ID, payload: { amount: 1999 } };

const prepare = (changes: object = {}, more: object = {}) => prepareEvent({ ...GOOD, ...changes }, { ...options, ...more });
const text = (changes: object = {}): string => new TextDecoder().decode(prepare(changes).bytes);

/** The code and field of a refusal; undefined when there is none. */
function refusal(changes: object, more: object = {}): [string, string | undefined] | undefined {
  try {
    prepare(changes, more);
    return undefined;
  } catch (error) {
    const { code, field } = error as { code: string; field?: string };
    return [code, field];
  }
}

/** A value with so many objects inside each other. */
const nested = (levels: number): object => (levels === 1 ? {} : { a: nested(levels - 1) });

test('the bytes are the member `event` of the record, canonical, whatever the order and spelling of the input', () => {
  const expected = `{"actor":"user:7f3a","id":"${ID}","payload":{"a":1,"b":[true,null,"é\\n"]},"subject":"order:1","type":"order.created"}`;
  expect(text({ subject: 'order:1', payload: { b: [true, null, 'é\n'], a: 1.0 } })).toBe(expected);
});

test('what the caller changes after the call changes nothing', () => {
  const payload = { amount: 1, list: ['a'] };
  const before = prepare({ payload });
  const copy = before.bytes.slice();
  payload.amount = 2;
  payload.list.push('b');
  expect(before.bytes).toEqual(copy);
});

describe('members', () => {
  const kinds: readonly (readonly [unknown, string])[] = [
    [undefined, 'nothing'],
    [null, 'null'],
    [7, 'number'],
    [['a'], 'array'],
    [{}, 'object'],
    [new String('user'), 'object'],
  ];
  test.each(kinds)('actor %o is refused: got %s', (actor, actual) => {
    expect(() => prepare({ actor })).toThrow(expect.objectContaining({ code: 'ERR_EVENT_MEMBER', field: 'actor', actual }));
  });

  test.each(['actor', 'subject', 'trace'])('%s has 1 to 200 bytes of UTF-8, not characters', (member) => {
    for (const value of ['a', 'a'.repeat(200), 'é'.repeat(100), '😀'.repeat(50)]) expect(refusal({ [member]: value })).toBeUndefined();
    for (const value of ['', 'a'.repeat(201), `${'é'.repeat(100)}a`, `${'😀'.repeat(50)}a`]) {
      expect(refusal({ [member]: value })).toEqual(['ERR_EVENT_MEMBER', member]);
    }
  });

  test.each(['subject', 'trace', 'occurred_at', 'id', 'payload', 'private'])('%s may be left out but not be null', (member) => {
    expect(refusal({ [member]: undefined })).toBeUndefined();
    expect(refusal({ [member]: null })).toEqual(['ERR_EVENT_MEMBER', member]);
  });

  test.each(['Payload', 'user', 'seq', 'link', '', '__proto__x', 'constructor'])('the unknown member %j is refused', (member) => {
    expect(refusal({ [member]: 1 })).toEqual(['ERR_EVENT_MEMBER', member]);
  });

  test('a member named __proto__, as JSON.parse leaves it, is refused', () => {
    const input = JSON.parse('{"type":"a.b","actor":"u","payload":{},"__proto__":{"type":"x.y"}}') as EventInput;
    expect(() => prepareEvent(input, options)).toThrow(expect.objectContaining({ code: 'ERR_EVENT_MEMBER', field: '__proto__' }));
  });

  test.each([null, undefined, 'text', 1, []])('an event that is %o instead of an object is refused', (input) => {
    expect(() => prepareEvent(input as never, options)).toThrow(expect.objectContaining({ code: 'ERR_EVENT_MEMBER', field: 'event' }));
  });

  test('an id is a lower-case UUID of any version', () => {
    for (const id of [
      ID,
      '00000000-0000-0000-0000-000000000000',
      'ffffffff-ffff-ffff-ffff-ffffffffffff',
      'a0b1c2d3-0000-4000-8000-0123456789ab',
    ])
      expect(refusal({ id })).toBeUndefined();
    const upper = ID.replace('b3a4', 'B3A4');
    for (const id of [
      '',
      upper,
      `{${ID}}`,
      `urn:uuid:${ID}`,
      ID.slice(1),
      `${ID}0`,
      ID.replaceAll('-', ''),
      `${ID}\n`,
      5,
      ID.replace('a', 'g'),
    ])
      expect(refusal({ id })).toEqual(['ERR_EVENT_MEMBER', 'id']);
  });

  test('without an id the event gets a UUID v7 of now', () => {
    const { id } = prepare({ id: undefined });
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)).toBe(options.now);
  });

  test('occurred_at is RFC 3339 in UTC with milliseconds, on a day that exists', () => {
    for (const time of ['2026-11-21T03:12:00.123Z', '2024-02-29T23:59:59.999Z', '0001-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z'])
      expect(refusal({ occurred_at: time })).toBeUndefined();
    const wrong = [
      '2026-11-21T03:12:00Z',
      '2026-11-21T03:12:00.123456Z',
      '2026-11-21T03:12:00.123+00:00',
      '2026-11-21 03:12:00.123Z',
      '2026-11-21T03:12:60.000Z',
      '2026-11-21T24:00:00.000Z',
      '2026-02-29T00:00:00.000Z',
      '2026-13-01T00:00:00.000Z',
      '2026-11-21T03:12:00.123z',
      '٢026-11-21T03:12:00.123Z',
      1732158720000,
      new Date(0),
    ];
    for (const time of wrong) expect(refusal({ occurred_at: time })).toEqual(['ERR_EVENT_MEMBER', 'occurred_at']);
  });

  test('occurred_at is never filled in', () => {
    expect(text()).not.toContain('occurred_at');
  });
});

describe('type', () => {
  test.each(['a.b', 'order.created', 'a1.b_c-d.2', `a.${'b'.repeat(198)}`])('%s is a type', (type) => {
    expect(refusal({ type })).toBeUndefined();
  });

  test.each(['order', 'Order.created', 'order.Created', '.a', 'a.', 'a..b', '1a.b', 'a b.c', 'é.b', 'a.b\n', '', `a.${'b'.repeat(199)}`])(
    '%j is none',
    (type) => {
      expect(refusal({ type })).toEqual(['ERR_EVENT_MEMBER', 'type']);
    },
  );

  test.each([...RESERVED_TYPES, 'chain.x', 'record.a.b', 'signer.-', 'segment.sealed', 'checkpoint.0'])('%s is reserved', (type) => {
    expect(refusal({ type })).toEqual(['ERR_EVENT_RESERVED', 'type']);
    expect(refusal({ type }, { allowReserved: true })).toBeUndefined();
  });

  test.each(['chains.x', 'my.chain.created', 'records.redacted', 'signer_x.y', 'checkpoints.a'])('%s is not', (type) => {
    expect(refusal({ type })).toBeUndefined();
  });
});

describe('payload', () => {
  test('an absent one is empty', () => {
    expect(text({ payload: undefined })).toContain('"payload":{}');
  });

  const refused: readonly (readonly [string, unknown, string])[] = [
    ['an array', [], 'ERR_EVENT_MEMBER'],
    ['a text', 'a', 'ERR_EVENT_MEMBER'],
    ['a Map', new Map(), 'ERR_JSON_TYPE'],
    ['a Date inside', { at: new Date(0) }, 'ERR_JSON_TYPE'],
    ['undefined inside', { a: undefined }, 'ERR_JSON_TYPE'],
    ['a bigint', { n: 1n }, 'ERR_JSON_TYPE'],
    ['a hole', { a: Array(1) }, 'ERR_JSON_TYPE'],
    ['NaN', { n: Number.NaN }, 'ERR_JSON_NUMBER'],
    ['an infinity', { n: Number.POSITIVE_INFINITY }, 'ERR_JSON_NUMBER'],
    ['an integer beyond 2^53 − 1', { n: 2 ** 53 }, 'ERR_JSON_NUMBER'],
    ['a lone surrogate', { s: '\udc00' }, 'ERR_JSON_STRING'],
    ['a lone surrogate in a key', { '\ud800': 1 }, 'ERR_JSON_KEY'],
    ['a key __proto__', JSON.parse('{"__proto__":1}'), 'ERR_JSON_KEY'],
    ['a symbol', { [Symbol('s')]: 1 }, 'ERR_JSON_KEY'],
  ];
  test.each(refused)('%s is refused', (_name, payload, code) => {
    expect(refusal({ payload })?.[0]).toBe(code);
  });

  test('a cycle is refused', () => {
    const payload: Record<string, unknown> = {};
    payload['self'] = payload;
    expect(refusal({ payload })?.[0]).toBe('ERR_JSON_CYCLE');
  });

  test('64 levels are counted from the record: the payload has 62 of them', () => {
    expect(refusal({ payload: nested(62) })).toBeUndefined();
    expect(refusal({ payload: nested(63) })?.[0]).toBe('ERR_JSON_DEPTH');
    parseRecord(recordOf(prepare({ payload: nested(62) }).bytes, CHAIN, 0));
  });

  test('an error names the place and shows nothing of what is there', () => {
    const secret = 'hunter2';
    for (const value of [`${secret}\ud800`, { deep: [{ [secret.toUpperCase()]: new Date(0) }] }, () => secret]) {
      try {
        prepare({ payload: { secret, value } });
        expect.unreachable();
      } catch (error) {
        const { message, field, expected, actual } = error as { message: string; field: string; expected: string; actual: string };
        expect(field).toMatch(/payload\.value/);
        expect([message, expected, actual].join()).not.toContain(secret);
      }
    }
  });
});

describe('size', () => {
  const filled = (bytes: number): object => ({ payload: { text: 'x'.repeat(bytes - prepare({ payload: { text: '' } }).bytes.length) } });

  test('65,000 bytes are accepted, one more is refused with both numbers', () => {
    expect(prepare(filled(MAX_EVENT_BYTES)).bytes.length).toBe(65_000);
    expect(() => prepare(filled(65_001))).toThrow(expect.objectContaining({ code: 'ERR_EVENT_SIZE', expected: 65_000, actual: 65_001 }));
  });

  test('the largest event under the longest chain id at the last seq still gives a record', () => {
    const chain = `example.com/${'a'.repeat(188)}`;
    const record = recordOf(prepare(filled(MAX_EVENT_BYTES)).bytes, chain, Number.MAX_SAFE_INTEGER - 1);
    expect(record.length).toBeLessThanOrEqual(65_535);
    expect(parseRecord(record).link.seq).toBe(Number.MAX_SAFE_INTEGER - 1);
  });
});

describe('digest', () => {
  test('the same event has the same digest; trace, private and spelling do not count', () => {
    const { digest } = prepare({ payload: { a: 1, b: 2 } });
    for (const same of [{ trace: 'a1b2' }, { private: { email: 'a@example.com' } }, { payload: { b: 2.0, a: 1 } }])
      expect(prepare({ payload: { a: 1, b: 2 }, ...same }).digest).toBe(digest);
  });

  test('every other member counts', () => {
    const changes = [
      {},
      { id: ID.replace(/1$/, '2') },
      { actor: 'b' },
      { type: 'b.c' },
      { subject: 's' },
      { payload: {} },
      { occurred_at: '2026-11-21T03:12:00.123Z' },
    ];
    expect(new Set(changes.map((change) => prepare(change).digest)).size).toBe(changes.length);
  });
});
