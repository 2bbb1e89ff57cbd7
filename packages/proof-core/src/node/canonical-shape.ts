import { Buffer } from 'node:buffer';
import { isWellFormed } from '../bytes/utf8.ts';

/** What the caches may hold before they start again; a plan is counted by the bytes of its keys and 64 more for each. */
const CACHED_BYTES = 1 << 20;
const SHAPES_PER_SITE = 32;
const KEYS_PER_SHAPE = 64;
/** After so many objects that found their site's list full, the list starts again: what filled it is no longer what comes. */
const PATIENCE = 256;

/** One order of keys that objects at a site have had, and how to write them. */
export class Shape {
  /** The keys as the object gives them. */
  readonly keys: readonly string[];
  /** The keys as RFC 8785 §3.2.3 orders them. */
  readonly order: readonly string[];
  /** For each key of `order`, `{"key":` or `,"key":` in little-endian words of four bytes, the last one padded. */
  readonly words: readonly Int32Array[];
  /** The length of each without padding, in bytes. */
  readonly lengths: readonly number[];
  /** Where each key's values are. */
  readonly sites: readonly Site[];

  constructor(keys: readonly string[], order: readonly string[], prefixes: readonly Buffer[]) {
    this.keys = keys;
    this.order = order;
    this.words = prefixes.map(toWords);
    this.lengths = prefixes.map((prefix) => prefix.length);
    this.sites = order.map(() => new Site());
  }
}

/** One place in the tree of values, such as `payload.items[]`: objects found there tend to have the same keys in the same order. */
export class Site {
  /** The shape of the object written last. */
  last: Shape | undefined = undefined;
  shapes: Shape[] = [];
  misses = 0;
  /** Where the elements of arrays, or the members of objects without a shape, are. */
  #items: Site | undefined = undefined;

  get items(): Site {
    return (this.#items ??= new Site());
  }
}

let root = new Site();
let cached = 0;

/**
 * The site of whole values; a new one when the caches have grown to their limit.
 *
 * @internal
 */
export function rootSite(): Site {
  if (cached > CACHED_BYTES) {
    root = new Site();
    cached = 0;
  }
  return root;
}

/**
 * Finds or plans the shape of an object with these keys; none if it is not worth a plan, or a key is refused.
 *
 * @internal
 */
export function findShape(keys: readonly string[], site: Site): Shape | undefined {
  for (const shape of site.shapes) if (sameKeys(shape.keys, keys)) return (site.last = shape);
  if (keys.length > KEYS_PER_SHAPE || cached > CACHED_BYTES) return undefined;
  if (site.shapes.length >= SHAPES_PER_SITE) {
    if (++site.misses < PATIENCE) return undefined;
    site.misses = 0;
    site.shapes = [];
  }
  const order = keys.toSorted();
  let size = 0;
  for (const key of order) {
    if (key === '__proto__' || key.length > 256 || !isWellFormed(key)) return undefined;
    size += 64 + key.length;
  }
  cached += size;
  const shape = new Shape(
    keys,
    order,
    order.map((key, i) => Buffer.from(`${i === 0 ? '{' : ','}${JSON.stringify(key)}:`)),
  );
  site.shapes.push(shape);
  return (site.last = shape);
}

function sameKeys(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function toWords(bytes: Buffer): Int32Array {
  const words = new Int32Array(Math.ceil(bytes.length / 4));
  for (let i = 0; i < bytes.length; i++) words[i >> 2]! |= bytes[i]! << ((i & 3) * 8);
  return words;
}
