import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type EventInput, type PreparedEvent, prepareEvent } from '../../src/record/event.ts';
import { commit } from '../../src/record/private.ts';

const CHAIN = 'example.com/log';
const ID = '0193b3a4-0000-7000-8000-000000000001';

const prepare = (values: unknown): PreparedEvent =>
  prepareEvent({ type: 'user.created', actor: 'user:1', id: ID, private: values } as EventInput, { chain: CHAIN, now: 0 });

function commitmentsOf(prepared: PreparedEvent): Record<string, { digest: string }> {
  const event = JSON.parse(new TextDecoder().decode(prepared.bytes)) as { private: Record<string, { digest: string }> };
  return event.private;
}

function refusal(values: unknown): string | undefined {
  try {
    prepare(values);
    return undefined;
  } catch (error) {
    return (error as { code: string }).code;
  }
}

/** docs/spec/private-values.md §2, word for word; the canonical JSON is written by hand. */
function byHand(salt: Uint8Array, json: string): string {
  return createHash('sha256').update('countersign/private@1').update(Buffer.of(0)).update(salt).update(json).digest('hex');
}

test('a commitment is SHA-256 over the domain, NUL, the salt and the canonical {chain, id, name, value}', () => {
  const prepared = prepare({ email: 'zoë@example.com', address: { zip: '8001', city: 'Zürich' }, none: null });
  const commitments = commitmentsOf(prepared);
  const json: Record<string, string> = {
    address: '{"city":"Zürich","zip":"8001"}',
    email: '"zoë@example.com"',
    none: 'null',
  };
  expect(Object.keys(commitments)).toEqual(['address', 'email', 'none']);
  for (const { name, value, salt } of prepared.privateValues) {
    expect(value).toBe(json[name]);
    const whole = `{"chain":"${CHAIN}","id":"${ID}","name":"${name}","value":${json[name]!}}`;
    expect(commitments[name]).toEqual({ digest: byHand(salt, whole) });
  }
});

test('chain, id, name, value and salt each change the commitment', () => {
  const of = { chain: CHAIN, id: ID, name: 'email', value: 'a@example.com' };
  const salt = new Uint8Array(32).fill(7);
  const digests = [
    commit(of, salt),
    commit({ ...of, chain: 'example.com/other' }, salt),
    commit({ ...of, id: ID.replace(/1$/, '2') }, salt),
    commit({ ...of, name: 'mail' }, salt),
    commit({ ...of, value: ['a@example.com'] }, salt),
    commit(of, new Uint8Array(32).fill(8)),
  ];
  expect(new Set(digests).size).toBe(digests.length);
});

test('every value has a salt of its own: equal values cannot be recognised, neither in one event nor in two', () => {
  const first = prepare({ a: 'same', b: 'same' });
  const second = prepare({ a: 'same', b: 'same' });
  const all = [...first.privateValues, ...second.privateValues];
  expect(all.map(({ salt }) => salt.length)).toEqual([32, 32, 32, 32]);
  expect(new Set(all.map(({ salt }) => Buffer.from(salt).toString('hex'))).size).toBe(4);
  expect(new Set([first, second].flatMap((prepared) => Object.values(commitmentsOf(prepared)).map(({ digest }) => digest))).size).toBe(4);
});

test('neither value nor salt is in the record', () => {
  const prepared = prepare({ email: 'hunter2@example.com' });
  const record = new TextDecoder().decode(prepared.bytes);
  const salt = Buffer.from(prepared.privateValues[0]!.salt);
  for (const part of ['hunter2', salt.toString('hex'), salt.toString('base64')]) expect(record).not.toContain(part);
});

test('without values the record has no member `private`', () => {
  const prepared = prepare({});
  expect(new TextDecoder().decode(prepared.bytes)).not.toContain('private');
  expect(prepared.privateValues).toEqual([]);
});

describe('refusals', () => {
  const cases: readonly (readonly [string, unknown, string])[] = [
    ['a list instead of names', ['a'], 'ERR_EVENT_MEMBER'],
    ['a text instead of names', 'a', 'ERR_EVENT_MEMBER'],
    ['an empty name', { '': 1 }, 'ERR_EVENT_MEMBER'],
    ['a name of 201 bytes', { ['é'.repeat(100) + 'a']: 1 }, 'ERR_EVENT_MEMBER'],
    ['a name with U+0000, which no database text can hold', { 'a\0b': 1 }, 'ERR_EVENT_MEMBER'],
    ['a name with a lone surrogate', { 'a\ud800': 1 }, 'ERR_JSON_STRING'],
    ['the name __proto__', JSON.parse('{"__proto__":1}'), 'ERR_JSON_KEY'],
    ['a value that is not there', { a: undefined }, 'ERR_JSON_TYPE'],
    ['a value without canonical form', { a: Number.NaN }, 'ERR_JSON_NUMBER'],
    ['a date', { a: new Date(0) }, 'ERR_JSON_TYPE'],
  ];
  test.each(cases)('%s', (_name, values, code) => {
    expect(refusal(values)).toBe(code);
  });

  test('a name of 200 bytes is accepted', () => {
    expect(refusal({ ['é'.repeat(100)]: 1 })).toBeUndefined();
  });

  test('the names of properties that every object has are names like others', () => {
    const names = ['constructor', 'toString', 'hasOwnProperty', 'valueOf'];
    const prepared = prepare(Object.fromEntries(names.map((name) => [name, 1])));
    expect(Object.keys(commitmentsOf(prepared)).sort()).toEqual(names.toSorted());
  });

  test('an error shows nothing of the value', () => {
    try {
      prepare({ email: { hunter2: 'hunter2\ud800' } });
      expect.unreachable();
    } catch (error) {
      const { message, expected, actual } = error as { message: string; expected: string; actual: string };
      expect([message, expected, actual].join()).not.toContain('hunter2\ud800');
    }
  });
});

test('values that have more than 262,144 bytes together are refused, however many they are', () => {
  const whole = 'x'.repeat(262_142);
  expect(refusal({ text: whole })).toBeUndefined();
  expect(refusal({ text: `${whole}x` })).toBe('ERR_PRIVATE_SIZE');
  const parts = Object.fromEntries(Array.from({ length: 27 }, (_, n) => [`part${n}`, 'x'.repeat(10_000)]));
  expect(refusal(parts)).toBe('ERR_PRIVATE_SIZE');
});
