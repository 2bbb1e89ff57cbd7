import { RESERVED_TYPES, type ReservedType } from '../../record/types.ts';

const NAME = '"type":"';
const LONGEST = Math.max(...RESERVED_TYPES.map(({ length }) => length));

/**
 * The type of a record if it is one of the library's own: read from the end of the event, where canonical JSON has it, without parsing.
 *
 * @param linkAt offset of the comma before `"link"`
 * @returns undefined for every other record
 * @example reservedTypeAt(bytes, start, reader.at) // 'chain.pruned'
 */
export function reservedTypeAt(bytes: Uint8Array, start: number, linkAt: number): ReservedType | undefined {
  const end = linkAt - 2;
  if (bytes[end] !== 0x22) return undefined;
  const least = Math.max(start + NAME.length, end - LONGEST);
  let at = end;
  while (at > least && bytes[at - 1] !== 0x22) at--;
  // Most types end here: none of the library's begins with another letter than c, r or s.
  const letter = bytes[at];
  if (letter !== 0x63 && letter !== 0x72 && letter !== 0x73) return undefined;
  return RESERVED_TYPES.find((type) => type.length === end - at && isAt(bytes, at, type) && isAt(bytes, at - NAME.length, NAME));
}

function isAt(bytes: Uint8Array, at: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
}
