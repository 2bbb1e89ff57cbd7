import { utf8Encode } from '../bytes/utf8.ts';

function write(value: unknown): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value);
  if (typeof value === 'string') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(write).join(',')}]`;
  if (typeof value !== 'object') throw new TypeError(`not JSON: ${typeof value}`);
  const members = Object.keys(value)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${write((value as Record<string, unknown>)[name])}`);
  return `{${members.join(',')}}`;
}

export function canonicalize(value: unknown): Uint8Array<ArrayBuffer> {
  return utf8Encode(write(value));
}
