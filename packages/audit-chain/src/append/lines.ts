import { LinkReader } from '@countersign/proof-core/record/link';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { ChainError } from '../errors.ts';

/** What stored records came to. */
export interface HashedRecords {
  /** 32 bytes a record. */
  readonly leaves: Uint8Array;
  /** Hash of the last one, hex; `prev` of the first when there was none. */
  readonly hash: string;
  /** `link.time` of the last one. */
  readonly time: string;
}

const LF = 10;

/**
 * Hashes stored records as they lie and requires that each names its place and the one before it.
 *
 * @param chunks record lines, each ending in LF
 * @param expect the chain id, the first seq, how many records, and the hash before the first where it is known
 * @throws ChainError ERR_CHAIN_TAMPERED
 */
export async function hashRecords(
  chunks: AsyncIterable<Uint8Array>,
  expect: { readonly chain: string; readonly first: number; readonly count: number; readonly prev?: string },
  engine: Engine = defaultEngine,
): Promise<HashedRecords> {
  const reader = new LinkReader(expect.chain);
  const leaves = new Uint8Array(expect.count * 32);
  let done = 0;
  let hash = expect.prev;
  let time = '';
  let bytes = new Uint8Array(0);
  for await (const chunk of chunks) {
    // leafInto borrows the byte before a record: one spare byte before the first.
    const length = chunk.length + 1;
    if (bytes.length < length) bytes = new Uint8Array(length);
    bytes.set(chunk, 1);
    for (let start = 1; start < length;) {
      const end = bytes.indexOf(LF, start);
      const seq = expect.first + done;
      const isNext = done < expect.count && end > 0 && end < length && reader.read(bytes, start, end) && reader.seq === seq;
      if (!isNext || (hash !== undefined && !reader.prevIs(hash)))
        throw tampered(`record ${seq}`, 'the record that its place and its predecessor ask for');
      hash = engine.leafHex(bytes, start, end);
      hexInto(hash, leaves, done * 32);
      time = reader.time();
      done++;
      start = end + 1;
    }
  }
  if (done !== expect.count) throw tampered(`record ${expect.first + done}`, 'a record');
  return { leaves, hash: hash ?? '', time };
}

/** Writes the 32 bytes of a hash that is known to be 64 lower-case hex digits. */
export function hexInto(hash: string, out: Uint8Array, at: number): void {
  for (let i = 0; i < 32; i++) out[at + i] = nibble(hash.charCodeAt(2 * i)) * 16 + nibble(hash.charCodeAt(2 * i + 1));
}

function nibble(code: number): number {
  return code < 58 ? code - 48 : code - 87;
}

/** What is stored contradicts what was signed. */
export function tampered(field: string, expected: string, actual = 'something else'): ChainError {
  return new ChainError('ERR_CHAIN_TAMPERED', `${field}: expected ${expected}, got ${actual}; nothing is signed`, {
    field,
    expected,
    actual,
  });
}
