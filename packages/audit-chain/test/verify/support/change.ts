import * as fc from 'fast-check';

interface Change {
  readonly kind: string;
  readonly at: number;
  readonly byte: number;
}

/** What may happen to bytes: one is changed, put in, taken out; or a stretch is swapped for another. */
export const change: fc.Arbitrary<Change> = fc.record({
  kind: fc.constantFrom('none', 'set', 'insert', 'delete', 'double'),
  at: fc.double({ min: 0, max: 0.9999, noNaN: true }),
  byte: fc.oneof(fc.constantFrom(...Array.from('"\\,:{}[]0123456789aeflnrstuZ -', (letter) => letter.charCodeAt(0))), fc.nat(255)),
});

/** Bytes to which that happened. */
export function changed(bytes: Uint8Array, { kind, at, byte }: Change): Uint8Array {
  const list = [...bytes];
  const place = Math.floor(at * list.length);
  if (kind === 'set') list[place] = byte;
  else if (kind === 'insert') list.splice(place, 0, byte);
  else if (kind === 'delete') list.splice(place, 1);
  else if (kind === 'double') list.splice(place, 0, ...list.slice(place, place + byte));
  return Uint8Array.from(list);
}
