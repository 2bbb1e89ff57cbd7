/** How values cross between a page and Node: bytes, keys, addresses and undefined as marked objects, the rest as JSON. */
export interface Keys {
  /** A number for a key object, or undefined for anything else. */
  readonly idOf: (value: object) => number | undefined;
  readonly byId: (id: number) => unknown;
}

type Marked = { readonly $?: 'bytes' | 'key' | 'url' | 'undefined'; readonly of?: unknown };

export function encode(value: unknown, keys: Keys): unknown {
  if (value === undefined) return { $: 'undefined' };
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) return { $: 'bytes', of: [...value] };
  if (value instanceof URL) return { $: 'url', of: value.href };
  const id = keys.idOf(value);
  if (id !== undefined) return { $: 'key', of: id };
  if (Array.isArray(value)) return value.map((part) => encode(part, keys));
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, encode(part, keys)]));
}

export function decode(value: unknown, keys: Keys, bytes: (list: readonly number[]) => Uint8Array): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((part) => decode(part, keys, bytes));
  const { $: mark, of } = value as Marked;
  if (mark === 'undefined') return undefined;
  if (mark === 'bytes') return bytes(of as readonly number[]);
  if (mark === 'url') return new URL(String(of));
  if (mark === 'key') return keys.byId(Number(of));
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, decode(part, keys, bytes)]));
}
