import * as fc from 'fast-check';

/** Text of any UTF-16 units, most of them those that something has to be done about. */
const units = fc.oneof(
  fc.constantFrom(...Array.from('abz019_$ "\\/\b\f\n\r\t\u0000\u0001\u000b\u001f\u007f\u0080éÿ€\u2028\ufeff\uffff\ue000')),
  fc.integer({ min: 0, max: 0x7f }).map((unit) => String.fromCharCode(unit)),
  fc.integer({ min: 0x80, max: 0xd7ff }).map((unit) => String.fromCharCode(unit)),
  fc.integer({ min: 0x10000, max: 0x10ffff }).map((point) => String.fromCodePoint(point)),
);

/** Well-formed text; now and then longer than what the writer treats as long. */
export const texts: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.array(units, { maxLength: 12 }).map((list) => list.join('')) },
  { weight: 1, arbitrary: fc.tuple(units, fc.integer({ min: 60, max: 200 }), units).map(([a, times, b]) => a.repeat(times) + b) },
  { weight: 3, arbitrary: fc.string({ maxLength: 40 }) },
);

export const keys: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    'a',
    'b',
    'id',
    'type',
    '10',
    '9',
    '',
    'constructor',
    'toJSON',
    'toString',
    '__proto',
    '__proto_',
    '__proto___',
    'é',
    '€',
  ),
  fc.constantFrom('\u{1f600}', '\ud7ff', '\ufb33', '\uffff', '\u{10000}', 'a\n', 'a\b', 'a\f', 'a\r', 'a"', 'a\\', 'a\u0001', 'a!', 'a#'),
  texts,
);

export const numbers: fc.Arbitrary<number> = fc.oneof(
  fc.integer(),
  fc.maxSafeInteger(),
  fc.tuple(fc.maxSafeInteger(), fc.integer({ min: 0, max: 20 })).map(([digits, shift]) => Number(`${digits}e-${shift}`)),
  fc.integer({ min: -10_000, max: 10_000 }).map((cents) => cents / 100),
  fc.double({ noNaN: true, min: -(2 ** 53 - 1), max: 2 ** 53 - 1 }),
  fc.constantFrom(0, -0, 1e-6, 1e-7, 5e-324, 2 ** 31, 2 ** 31 - 1, -(2 ** 31), 2 ** 53 - 1, 1 - 2 ** 53, 0.1, 1 / 3, 21474836.47, 999.995),
);

const leaves = fc.oneof(fc.constantFrom(null, true, false), numbers, texts);

/** A tree of arrays and objects (also without a prototype) over these leaves and keys. */
function trees<T>(leaf: fc.Arbitrary<T>, key: fc.Arbitrary<string>): fc.Arbitrary<unknown> {
  return fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf,
      fc.array(tie('tree'), { maxLength: 5 }),
      fc.dictionary(key, tie('tree'), { maxKeys: 6 }),
    ),
  })).tree;
}

/** Values that JSON can hold. */
export const jsonValues: fc.Arbitrary<unknown> = trees(leaves, keys);

class Order {
  id = 1;
}
function hostile(): unknown[] {
  const cycle: Record<string, unknown> = { a: 1 };
  cycle['self'] = [cycle];
  const own = Object.defineProperty({}, '__proto__', { value: 1, enumerable: true });
  const scalars = [undefined, Number.NaN, Infinity, -Infinity, 2 ** 53, -(2 ** 53), 1e21, 1e300, 1n, Symbol('a'), hostile, Order];
  const strings = ['\ud800', '\udc00a', 'a\ud83d', `${'x'.repeat(100)}\ud800`, `é${'x'.repeat(100)}\udfff`];
  const instances = [new Map(), new Set([1]), new Date(0), new Order(), /a/, new Error('a'), Promise.resolve(1), new Uint8Array(2)];
  const boxed = ['a', 1, true, 1n, Symbol('a')].map(Object);
  const objects = [{ toJSON: hostile }, { [Symbol('a')]: 1 }, own, { '\ud800': 1 }, { a: undefined }, Object.create({ a: 1 })];
  const arrays = [[undefined], Array.from({ length: 2 }), Object.setPrototypeOf([1], null)];
  return [scalars, strings, instances, boxed, objects, arrays, [Array(2), cycle, nest(64), nest(65), nest(70)]].flat();
}

/** Values some part of which JSON cannot hold, sometimes. */
export const hostileValues: fc.Arbitrary<unknown> = trees(
  fc.oneof(
    { weight: 5, arbitrary: leaves },
    { weight: 1, arbitrary: fc.nat({ max: hostile().length - 1 }).map((i) => hostile()[i]) },
    { weight: 1, arbitrary: fc.double() },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) },
  ),
  fc.oneof({ weight: 8, arbitrary: keys }, { weight: 1, arbitrary: fc.constantFrom('__proto__', '\ud800', 'a\udfff') }),
);

/** `levels` arrays and objects, one in the other. */
export function nest(levels: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < levels; i++) value = i % 2 === 0 ? [value] : { a: value };
  return value;
}
