import { describe, expect, test } from 'vitest';
import { canonicalize as portable } from '../../src/json/canonicalize.ts';
import { ProofError } from '../../src/errors.ts';
import { canonicalize as node } from '../../src/node/canonicalize.ts';
import { outcome, text } from './outcome.ts';
import { nest } from './values.ts';

class Order {
  id = 1;
}
class Items extends Array<number> {}

const cycle: Record<string, unknown> = {};
cycle['a'] = [{ b: cycle }];
const ring: unknown[] = [];
ring.push(ring);

describe.each([
  ['portable', portable],
  ['node', node],
])('the %s writer refuses', (_, canonicalize) => {
  test.each<[string, unknown, string]>([
    ['NaN', { a: Number.NaN }, 'ERR_JSON_NUMBER a'],
    ['an infinity', [1, -Infinity], 'ERR_JSON_NUMBER [1]'],
    ['2^53', 2 ** 53, 'ERR_JSON_NUMBER value'],
    ['−2^53', { payload: { items: [0, 1, 2, -(2 ** 53)] } }, 'ERR_JSON_NUMBER payload.items[3]'],
    ['a large integer in exponent form', { a: 1e300 }, 'ERR_JSON_NUMBER a'],
    ['a lone high surrogate', { a: 'x\ud800' }, 'ERR_JSON_STRING a'],
    ['a lone low surrogate', ['\udc00x'], 'ERR_JSON_STRING [0]'],
    ['a lone surrogate in long text', [`${'é'.repeat(200)}\ud800`], 'ERR_JSON_STRING [0]'],
    ['surrogates in the wrong order', ['\udc00\ud800'], 'ERR_JSON_STRING [0]'],
    ['a lone surrogate in a key', { 'a\ud800': 1 }, 'ERR_JSON_KEY ["a\\ud800"]'],
    ['undefined', undefined, 'ERR_JSON_TYPE value'],
    ['an undefined member', { a: { b: undefined } }, 'ERR_JSON_TYPE a.b'],
    ['an undefined element', [undefined], 'ERR_JSON_TYPE [0]'],
    ['a hole', [1, , 3], 'ERR_JSON_TYPE [1]'], // eslint-disable-line no-sparse-arrays -- the hole is what is tested
    ['a function', { a: () => 1 }, 'ERR_JSON_TYPE a'],
    ['a class', { a: Order }, 'ERR_JSON_TYPE a'],
    ['a symbol', { a: Symbol('b') }, 'ERR_JSON_TYPE a'],
    ['a symbol key', { a: { [Symbol('b')]: 1 } }, 'ERR_JSON_KEY a'],
    ['a bigint', { a: 1n }, 'ERR_JSON_TYPE a'],
    ['toJSON', { a: { toJSON: () => 'b' } }, 'ERR_JSON_TYPE a.toJSON'],
    ['a Date', { a: new Date(0) }, 'ERR_JSON_TYPE a'],
    ['a Map', { a: new Map() }, 'ERR_JSON_TYPE a'],
    ['a Set', [new Set()], 'ERR_JSON_TYPE [0]'],
    ['a class instance', new Order(), 'ERR_JSON_TYPE value'],
    ['an inherited member', Object.create({ a: 1 }), 'ERR_JSON_TYPE value'],
    ['an array of a subclass', { a: Items.of(1) }, 'ERR_JSON_TYPE a'],
    ['an array without a prototype', Object.setPrototypeOf([1], null), 'ERR_JSON_TYPE value'],
    ['an object with the prototype of arrays', Object.setPrototypeOf({ length: 1, 0: 1 }, Array.prototype), 'ERR_JSON_TYPE value'],
    ['a boxed number', [Object(1)], 'ERR_JSON_TYPE [0]'],
    ['a boxed string', [Object('a')], 'ERR_JSON_TYPE [0]'],
    ['bytes', { a: new Uint8Array(3) }, 'ERR_JSON_TYPE a'],
    ['a Buffer', { a: Buffer.from('a') }, 'ERR_JSON_TYPE a'],
    ['an Error', { a: new Error('b') }, 'ERR_JSON_TYPE a'],
    ['a promise', { a: Promise.resolve(1) }, 'ERR_JSON_TYPE a'],
    ['an own key __proto__', { a: JSON.parse('{"__proto__":{"b":1}}') as unknown }, 'ERR_JSON_KEY a.__proto__'],
    ['a value that contains itself', { c: cycle }, 'ERR_JSON_CYCLE c.a[0].b'],
    ['an array that contains itself', ring, 'ERR_JSON_CYCLE [0]'],
    ['65 arrays and objects, one in the other', nest(65), `ERR_JSON_DEPTH ${'[0].a'.repeat(32)}`],
    ['no value, and names a key that is no plain word', { 'a b': { 'c"d': 1n } }, 'ERR_JSON_TYPE ["a b"]["c\\"d"]'],
    ['a key of any length, cut', { ['k'.repeat(1000)]: 1n }, `ERR_JSON_TYPE ["${'k'.repeat(40)}"]`],
  ])('%s', (_, value, expected) => {
    expect(outcome(() => canonicalize(value))).toBe(expected);
    // In a list of many, where the shapes of objects are known by then.
    const [prefix] = expected.split(' ', 1);
    const twins = [{ a: 1 }, { a: 1 }, { a: { b: 1 } }, value];
    if (prefix !== 'ERR_JSON_DEPTH') expect(outcome(() => canonicalize(twins))).toMatch(new RegExp(`^${prefix} \\[3\\]`));
  });

  test('an integer, saying to write it as a string', () => {
    expect(() => canonicalize({ amount: 2 ** 60 })).toThrow(/^amount: .*string/);
  });

  test('without showing the value', () => {
    for (const value of ['secret\ud800', { a: 2 ** 70 }, { a: 'secret', b: 1n }, [new Map([['secret', 1]])]]) {
      try {
        canonicalize(value);
        expect.unreachable();
      } catch (error) {
        expect(error).toBeInstanceOf(ProofError);
        const { message, field, expected, actual } = error as ProofError;
        expect(JSON.stringify([message, field, expected, actual])).not.toMatch(/secret|11805/);
      }
    }
  });

  test('what a getter or proxy hides, and takes what it gives', () => {
    let reads = 0;
    const value = { b: 1, get a() { reads++; return 2; } }; // prettier-ignore
    expect([text(canonicalize(value)), reads]).toEqual(['{"a":2,"b":1}', 1]);
    expect(text(canonicalize(new Proxy({ b: 1, a: [1] }, {})))).toBe('{"a":[1],"b":1}');
    expect(outcome(() => canonicalize({ get a() { return 1n; } }))).toBe('ERR_JSON_TYPE a'); // prettier-ignore
  });

  test('no value because a getter in it canonicalizes another', () => {
    const value = { a: 'before', get b() { return text(canonicalize({ z: 'inner', y: [1, 2, 3] })); }, c: 'after' }; // prettier-ignore
    expect(text(canonicalize(value))).toBe('{"a":"before","b":"{\\"y\\":[1,2,3],\\"z\\":\\"inner\\"}","c":"after"}');
  });

  test('nothing after an error in a getter, which it lets through', () => {
    expect(() => canonicalize({ get a() { throw new RangeError('mine'); } })).toThrow(new RangeError('mine')); // prettier-ignore
    expect(text(canonicalize({ b: 1, a: 2 }))).toBe('{"a":2,"b":1}');
  });

  test('members that somebody adds to the prototypes of objects and arrays', () => {
    expect(text(canonicalize({ a: 1, b: 2 }))).toBe('{"a":1,"b":2}');
    const sparse = [1, , 3]; // eslint-disable-line no-sparse-arrays -- as above
    Object.assign(Object.prototype, { b: 'polluted' });
    Object.assign(Array.prototype, { 1: 'polluted' });
    let found = '';
    try {
      found = `${outcome(() => canonicalize({ a: 1 }))} ${outcome(() => canonicalize(sparse))}`;
    } finally {
      delete (Object.prototype as { b?: unknown }).b;
      Array.prototype.splice(0);
    }
    expect(found).toBe('{"a":1} ERR_JSON_TYPE [1]');
  });
});
