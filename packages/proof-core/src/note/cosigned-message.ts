import { concatBytes } from '../bytes/compare.ts';
import { utf8Encode } from '../bytes/utf8.ts';
import { refuse } from '../errors.ts';
import { parseCheckpoint } from './checkpoint.ts';
import { NOTE_TYPE } from './key-form.ts';

const STAMP_LENGTH = 8;

/**
 * Takes a cosignature apart: the time, then an Ed25519 or ML-DSA-44 signature.
 *
 * @throws ProofError ERR_COSIGNATURE another length, or a time of 2^53 s or more
 * @internal
 */
export function readStamped(bytes: Uint8Array, type: number, field: string): { time: number; signature: Uint8Array } {
  const length = STAMP_LENGTH + (type === NOTE_TYPE.subtree ? 2420 : 64);
  if (bytes.length !== length) refuse('ERR_COSIGNATURE', field, `${length} bytes`, `${bytes.length} bytes`);
  const time = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0));
  if (!Number.isSafeInteger(time)) refuse('ERR_COSIGNATURE', field, 'a time below 2^53 seconds', 'a later one');
  return { time, signature: bytes.slice(STAMP_LENGTH) };
}

/**
 * What an Ed25519 witness signs (C2SP tlog-cosignature): a line that no checkpoint begins with, the time, and the whole text.
 *
 * @internal
 */
export function cosignedMessage(textBytes: Uint8Array, time: number): Uint8Array {
  return concatBytes(utf8Encode(`cosignature/v1\ntime ${time}\n`), textBytes);
}

/**
 * What an ML-DSA-44 cosigner signs of a checkpoint (C2SP tlog-cosignature): its name, the time, the origin, and the tree from leaf 0 to
 * the size; extension lines are not in it.
 *
 * @throws ProofError ERR_COSIGNATURE an origin of more than 255 bytes, which it has no room for; and as `parseCheckpoint`
 * @internal
 */
export function subtreeMessage(textBytes: Uint8Array, name: string, time: number, extensions = true): Uint8Array {
  const { origin, size, root } = parseCheckpoint(textBytes, { extensions });
  return concatBytes(utf8Encode('subtree/v1\n\0'), prefixed(name, 'name'), u64(time), prefixed(origin, 'origin'), u64(0), u64(size), root);
}

function prefixed(text: string, field: string): Uint8Array {
  const bytes = utf8Encode(text);
  if (bytes.length > 255) refuse('ERR_COSIGNATURE', field, 'at most 255 bytes', bytes.length);
  return concatBytes(Uint8Array.of(bytes.length), bytes);
}

/**
 * A number as 8 bytes, big-endian.
 *
 * @internal
 */
export function u64(value: number): Uint8Array {
  const bytes = new Uint8Array(STAMP_LENGTH);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}
