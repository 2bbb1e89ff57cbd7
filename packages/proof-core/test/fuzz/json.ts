import { ProofError } from '../../src/errors.ts';
import { canonicalize as portable } from '../../src/json/canonicalize.ts';
import { checkCanonical } from '../../src/json/check.ts';
import { parseCanonical, parseJson } from '../../src/json/parse.ts';
import { engine as portableEngine } from '../../src/engine/portable.ts';
import { canonicalize as node, canonicalizeInto } from '../../src/node/canonicalize.ts';
import { oracleAccepts } from '../json/oracle.ts';
import { pieces } from '../json/pieces.ts';

const encoder = new TextEncoder();
const encoded = pieces.map((piece) => encoder.encode(piece));

/** An input that starts with an odd byte is read as a list of pieces of JSON, any other as JSON text after its first byte. */
function toText(bytes: Uint8Array): Uint8Array {
  const rest = bytes.subarray(1);
  if ((bytes[0] ?? 0) % 2 === 0) return rest;
  return Uint8Array.from(Array.from(rest, (byte) => Array.from(encoded[byte % encoded.length] ?? [])).flat());
}

/** What a call gives, or the code it is refused with; any other error is a failure. */
function attempt<T>(call: () => T): { readonly value: T } | { readonly code: string; readonly field: string | undefined } {
  try {
    return { value: call() };
  } catch (error) {
    if (error instanceof ProofError) return { code: error.code, field: error.field };
    throw error;
  }
}

function claim(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

function runCheck(input: Uint8Array): void {
  const bytes = toText(input);
  const expected = oracleAccepts(bytes);
  const onNode = attempt(() => checkCanonical(bytes));
  const onPortable = attempt(() => checkCanonical(bytes, 0, bytes.length, portableEngine));
  claim('value' in onNode === expected && 'value' in onPortable === expected, `the check should ${expected ? 'accept' : 'refuse'}`);
  if (expected) claim(same(portable(parseCanonical(bytes)), bytes), 'canonical bytes read and written again differ');
  const framed = new Uint8Array(bytes.length + 9).fill(0x22);
  framed.set(bytes, 5);
  const inside = attempt(() => checkCanonical(framed, 5, 5 + bytes.length));
  claim('value' in inside === expected, 'what stands around the bytes matters');
}

function runParse(input: Uint8Array): void {
  const bytes = toText(input);
  const read = attempt(() => parseJson(bytes));
  if (!('value' in read)) {
    claim(!oracleAccepts(bytes), 'canonical bytes are refused');
    return;
  }
  const canonical = portable(read.value);
  claim(same(canonical, portable(JSON.parse(Buffer.from(bytes).toString('utf8')))), 'JSON.parse reads another value');
  claim(same(canonical, portable(parseCanonical(canonical))), 'its canonical bytes hold another value');
}

const hostile = [undefined, 1n, Symbol('a'), attempt, Number.NaN, Infinity, 2 ** 53, 1e300, '\ud800', 'x\udc00'];
const numbers = [0, -0, 1, -1, 0.5, 1e-7, 12.34, 2 ** 31, 2 ** 53 - 1, 5e-324];
const strings = ['', 'a', 'é', '\n', '\u0000', '\u{1f600}', 'plain text', `${'long '.repeat(20)}"`, 'ü'.repeat(80)];
const SCALARS: readonly unknown[] = [null, true, false, ...numbers, ...strings, ...hostile];
const NAMES = ['a', 'b', 'c', 'id', '', '10', '9', '__proto__', 'toJSON', '\u{1f600}', '\ufb33', '\n', '"', '\ud800', 'constructor'];

/** A value that the bytes spell out, one step a byte; each kind of hostile part is in reach. */
function toValue(bytes: Uint8Array): unknown {
  let at = 0;
  const next = (): number => bytes[at++] ?? 0;
  const read = (depth: number): unknown => {
    const step = next();
    if (depth > 70 || step < 128) return SCALARS[step % SCALARS.length];
    if (step < 150) return String.fromCharCode(next() * 256 + next(), next() * 256 + next());
    if (step < 170) return (next() * 65_536 + next() * 256 + next() - 2 ** 23) / 10 ** (next() % 9);
    if (step < 174) return [new Map(), new Date(0), Object('a'), new Uint8Array(1)][step - 170];
    if (step < 210) return Array.from({ length: next() % 5 }, () => read(depth + 1));
    const object = step < 220 ? (Object.create(null) as object) : {};
    for (let left = next() % 6; left > 0; left--) {
      const name = NAMES[next() % NAMES.length] ?? '';
      Object.defineProperty(object, name, { value: read(depth + 1), enumerable: true, configurable: true, writable: true });
    }
    if (step === 255) Object.assign(object, { [Symbol('s')]: 1 });
    if (step === 254) Object.assign(object, { self: object });
    return object;
  };
  return read(0);
}

const memory = new Uint8Array(4096);

function runWrite(input: Uint8Array): void {
  const value = toValue(input);
  const slow = attempt(() => portable(value));
  const fast = attempt(() => node(value));
  if (!('value' in slow)) {
    claim(
      !('value' in fast) && fast.code === slow.code && fast.field === slow.field,
      `only one writer refuses with ${slow.code} ${slow.field}`,
    );
    return;
  }
  claim('value' in fast && same(fast.value, slow.value), 'the writers differ');
  claim('value' in attempt(() => checkCanonical(slow.value)), 'what was written is not canonical');
  const end = canonicalizeInto(value, memory, 3);
  claim(slow.value.length > memory.length - 3 ? end === -1 : same(memory.subarray(3, end), slow.value), 'canonicalizeInto differs');
}

const texts = (...list: string[]): Uint8Array[] => list.map((text) => encoder.encode(`\0${text}`));

/** Each `run` throws only if an invariant is broken. */
export const targets: { name: string; seeds: readonly Uint8Array[]; run(bytes: Uint8Array): void }[] = [
  {
    name: 'json/check',
    seeds: texts(
      '{"a":[1,2.5,-3e-7,"é\\n"],"b":{"":null,"\u{1f600}":true,"\ufb33":false}}',
      '"\\u0000\\\\"',
      '[0.000001,9007199254740991]',
    ),
    run: runCheck,
  },
  {
    name: 'json/parse',
    seeds: texts(' { "a" : [ 1.0 , 2e2 , "\\u0041\\ud83d\\ude00\\/" ] , "b" : { } }\n', '[1.10,-0,0.1e-5,100000e-3]', '"\\b\\f\\n\\r\\t"'),
    run: runParse,
  },
  {
    name: 'json/write',
    seeds: [
      Uint8Array.of(215, 5, 0, 3, 1, 200, 3, 5, 160, 1, 2, 3, 2, 17, 2, 211, 2, 3, 1, 9, 18, 4, 9, 10, 140, 0, 233, 32, 172),
      Uint8Array.of(200, 4, 255, 1, 0, 1, 254, 0, 1, 2, 3),
    ],
    run: runWrite,
  },
];
