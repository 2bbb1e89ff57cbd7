import { isWellFormed } from '../bytes/utf8.ts';
import { NUMBER_RULE, formatNumber, isJsonNumber } from './number.ts';
import { refuse } from '../errors.ts';
import { type JsonPath, formatPath } from './path.ts';
import { MAX_DEPTH } from './value.ts';

/**
 * Writes a value as RFC 8785 canonical JSON, strictly: what has no canonical form is refused, never replaced or left out.
 *
 * Portable; the Node writer gives the same bytes and the same errors, faster.
 *
 * @param value null, booleans, numbers, strings, arrays and plain objects of these (prototype `Object.prototype` or null)
 * @returns the bytes, the caller's own
 * @throws ProofError ERR_JSON_CYCLE, ERR_JSON_DEPTH (more than 64 levels), ERR_JSON_KEY, ERR_JSON_NUMBER, ERR_JSON_STRING, ERR_JSON_TYPE; `field`
 *   is the path to the culprit, such as `payload.items[3]`
 * @see RFC 8785 §3.2; docs/spec/canonical-json.md
 * @example canonicalize({ b: 1, a: 'é' }) // the UTF-8 bytes of {"a":"é","b":1}
 */
export function canonicalize(value: unknown): Uint8Array<ArrayBuffer> {
  return encoder.encode(write(value, { path: [], ancestors: [] }));
}

const encoder = /* @__PURE__ */ new TextEncoder();

/** Where the walk stands. */
interface Walk {
  readonly path: (string | number)[];
  readonly ancestors: object[];
}

function write(value: unknown, walk: Walk): string {
  if (value === null) return 'null';
  switch (typeof value) {
    case 'boolean':
      return value ? 'true' : 'false';
    case 'number':
      if (!isJsonNumber(value)) refuse('ERR_JSON_NUMBER', formatPath(walk.path), NUMBER_RULE, describeNumber(value));
      return formatNumber(value);
    case 'string':
      return writeString(value, 'ERR_JSON_STRING', walk.path);
    case 'object':
      return writeContainer(value, walk);
    default:
      return refuse('ERR_JSON_TYPE', formatPath(walk.path), 'a JSON value', typeof value);
  }
}

function writeString(text: string, code: 'ERR_JSON_STRING' | 'ERR_JSON_KEY', path: JsonPath): string {
  const quoted = JSON.stringify(text);
  // JSON.stringify writes a lone surrogate, and nothing else, as an escape that starts so; text may hold a backslash and ud, though.
  if (quoted.includes('\\ud') && !isWellFormed(text)) refuse(code, formatPath(path), 'well-formed Unicode', 'a lone surrogate');
  return quoted;
}

function writeContainer(value: object, walk: Walk): string {
  if (walk.ancestors.includes(value)) refuse('ERR_JSON_CYCLE', formatPath(walk.path), 'a tree', 'a reference to an enclosing value');
  if (walk.ancestors.length === MAX_DEPTH) refuse('ERR_JSON_DEPTH', formatPath(walk.path), `at most ${MAX_DEPTH} levels`, 'a deeper one');
  walk.ancestors.push(value);
  const text = Array.isArray(value) ? writeArray(value, walk) : writeObject(value as Record<string, unknown>, walk);
  walk.ancestors.pop();
  return text;
}

function writeArray(value: readonly unknown[], walk: Walk): string {
  if (Object.getPrototypeOf(value) !== Array.prototype) refusePrototype(walk);
  const items: string[] = [];
  for (let i = 0; i < value.length; i++) {
    walk.path.push(i);
    if (!Object.hasOwn(value, i)) refuse('ERR_JSON_TYPE', formatPath(walk.path), 'a JSON value', 'a hole');
    items.push(write(value[i], walk));
    walk.path.pop();
  }
  return `[${items.join(',')}]`;
}

function writeObject(value: Record<string, unknown>, walk: Walk): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) refusePrototype(walk);
  if (Object.getOwnPropertySymbols(value).length > 0) refuse('ERR_JSON_KEY', formatPath(walk.path), 'string keys', 'a symbol');
  const members: string[] = [];
  // RFC 8785 §3.2.3: by UTF-16 code units, which is what sort() compares.
  for (const name of Object.keys(value).sort()) {
    walk.path.push(name);
    if (name === '__proto__') refuse('ERR_JSON_KEY', formatPath(walk.path), 'another key', '__proto__');
    members.push(`${writeString(name, 'ERR_JSON_KEY', walk.path)}:${write(value[name], walk)}`);
    walk.path.pop();
  }
  return `{${members.join(',')}}`;
}

function refusePrototype(walk: Walk): never {
  return refuse('ERR_JSON_TYPE', formatPath(walk.path), 'a plain object or array', 'an object with another prototype');
}

function describeNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  return Number.isFinite(value) ? 'an integer beyond that' : 'an infinity';
}
