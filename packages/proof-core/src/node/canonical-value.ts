import { MAX_DEPTH } from '../json/value.ts';
import { writeNumber, writeString } from './canonical-scalar.ts';
import { type Shape, type Site, findShape } from './canonical-shape.ts';
import { NO_ROOM, type Target, UNUSUAL } from './canonical-target.ts';

const { getPrototypeOf, getOwnPropertySymbols, keys: keysOf } = Object;
const objectPrototype = Object.prototype;
const arrayPrototype = Array.prototype;

/**
 * Writes a value at `at`; gives the offset after it, `NO_ROOM`, or `UNUSUAL` for anything that the portable writer must judge.
 *
 * @param site where shapes of such values are remembered
 * @param depth how many arrays and objects enclose the value
 * @internal
 */
export function writeValue(value: unknown, site: Site, target: Target, at: number, depth: number): number {
  if (typeof value === 'string') return writeString(value, target, at);
  if (typeof value === 'number') return writeNumber(value, target, at);
  if (typeof value !== 'object' || value === null) return writeWord(value, target, at);
  if (depth === MAX_DEPTH) return UNUSUAL;
  return Array.isArray(value) ? writeArray(value, site.items, target, at, depth + 1) : writeObject(value, site, target, at, depth + 1);
}

/** Little-endian `true`, `alse`, `null`. */
const TRUE = 0x65757274;
const ALSE = 0x65736c61;
const NULL = 0x6c6c756e;

function writeWord(value: unknown, target: Target, at: number): number {
  if (at + 5 > target.size) return NO_ROOM;
  if (value === true) target.view.setInt32(at, TRUE, true);
  else if (value === null) target.view.setInt32(at, NULL, true);
  else if (value === false) {
    target.bytes[at++] = 0x66;
    target.view.setInt32(at, ALSE, true);
  } else return UNUSUAL;
  return at + 4;
}

function writeArray(value: readonly unknown[], site: Site, target: Target, at: number, depth: number): number {
  if (getPrototypeOf(value) !== arrayPrototype) return UNUSUAL;
  const { bytes, size } = target;
  const { length } = value;
  if (at + 2 > size) return NO_ROOM;
  bytes[at++] = 0x5b;
  for (let i = 0; i < length; i++) {
    if (i > 0) bytes[at++] = 0x2c;
    // A hole reads as undefined, which is unusual.
    at = writeValue(value[i], site, target, at, depth);
    if (at < 0) return at;
    if (at + 2 > size) return NO_ROOM;
  }
  bytes[at] = 0x5d;
  return at + 1;
}

function writeObject(value: object, site: Site, target: Target, at: number, depth: number): number {
  const prototype: unknown = getPrototypeOf(value);
  if ((prototype !== objectPrototype && prototype !== null) || getOwnPropertySymbols(value).length > 0) return UNUSUAL;
  const { last } = site;
  if (last !== undefined && hasKeys(value, last.keys)) return writeMembers(value, last, target, at, depth);
  const keys = keysOf(value);
  if (keys.length === 0) return writeEmpty(target, at);
  const shape = findShape(keys, site);
  return shape === undefined ? writeUnplanned(value, keys, site.items, target, at, depth) : writeMembers(value, shape, target, at, depth);
}

/** Whether for-in gives exactly these keys in this order: much cheaper than an array of them. `Object.prototype` adds none (see `canonicalize`). */
function hasKeys(value: object, keys: readonly string[]): boolean {
  let i = 0;
  for (const key in value) if (key !== keys[i++]) return false;
  return i === keys.length;
}

function writeMembers(value: object, shape: Shape, target: Target, at: number, depth: number): number {
  const { order, words, lengths, sites } = shape;
  const { view, size } = target;
  for (let i = 0; i < order.length; i++) {
    const prefix = words[i]!;
    if (at + prefix.length * 4 > size) return NO_ROOM;
    for (let j = 0; j < prefix.length; j++) view.setInt32(at + j * 4, prefix[j]!, true);
    at = writeValue((value as Record<string, unknown>)[order[i]!], sites[i]!, target, at + lengths[i]!, depth);
    if (at < 0) return at;
  }
  if (at + 1 > size) return NO_ROOM;
  target.bytes[at] = 0x7d;
  return at + 1;
}

/** An object used as a map: no two have the same keys, so no plan would be used again. */
function writeUnplanned(value: object, keys: string[], site: Site, target: Target, at: number, depth: number): number {
  const { bytes, size } = target;
  let separator = 0x7b;
  for (const key of keys.toSorted()) {
    if (key === '__proto__') return UNUSUAL;
    if (at + 1 > size) return NO_ROOM;
    bytes[at] = separator;
    separator = 0x2c;
    at = writeString(key, target, at + 1);
    if (at < 0) return at;
    if (at + 1 > size) return NO_ROOM;
    bytes[at] = 0x3a;
    at = writeValue((value as Record<string, unknown>)[key], site, target, at + 1, depth);
    if (at < 0) return at;
  }
  if (at + 1 > size) return NO_ROOM;
  bytes[at] = 0x7d;
  return at + 1;
}

function writeEmpty(target: Target, at: number): number {
  if (at + 2 > target.size) return NO_ROOM;
  target.bytes[at] = 0x7b;
  target.bytes[at + 1] = 0x7d;
  return at + 2;
}
