import { defaultEngine } from '../engine/default.ts';
import type { Engine } from '../engine/engine.ts';
import { refuse } from '../errors.ts';

/** The length of every hash of the tree, in bytes (SHA-256). */
export const HASH_LENGTH = 32;

// SHA-256 of no bytes: RFC 6962 §2.1, MTH({}).
const EMPTY: readonly number[] = [
  0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93,
  0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
];

/** The root of the tree without leaves, SHA-256 of no bytes (RFC 6962 §2.1); 32 bytes, not to be written to. */
export const EMPTY_ROOT: Uint8Array = /* @__PURE__ */ Uint8Array.from(EMPTY);

/**
 * Hashes one record as a leaf: SHA-256(0x00 ‖ record) (RFC 6962 §2.1).
 *
 * @param record any length
 * @returns 32 bytes
 * @example hexEncode(hashLeaf(new Uint8Array(0))) // '6e340b9c…'
 */
export function hashLeaf(record: Uint8Array, engine: Engine = defaultEngine): Uint8Array {
  const bytes = new Uint8Array(record.length + 1);
  bytes.set(record, 1);
  const hash = new Uint8Array(HASH_LENGTH);
  engine.leafInto(bytes, 1, bytes.length, hash, 0);
  return hash;
}

/**
 * Hashes two subtrees into their parent: SHA-256(0x01 ‖ left ‖ right) (RFC 6962 §2.1).
 *
 * @param left 32 bytes
 * @param right 32 bytes
 * @returns 32 bytes
 * @throws ProofError ERR_HASH_LENGTH
 * @example hashNode(hashLeaf(first), hashLeaf(second)) // the root of a tree of two
 */
export function hashNode(left: Uint8Array, right: Uint8Array, engine: Engine = defaultEngine): Uint8Array {
  checkHash(left, 'left');
  checkHash(right, 'right');
  const pair = new Uint8Array(2 * HASH_LENGTH);
  pair.set(left, 0);
  pair.set(right, HASH_LENGTH);
  const hash = new Uint8Array(HASH_LENGTH);
  engine.nodeInto(pair, 0, hash, 0);
  return hash;
}

/**
 * Refuses a hash that is not 32 bytes.
 *
 * @param hash bytes of any length
 * @param field what to call the hash in an error
 * @throws ProofError ERR_HASH_LENGTH
 * @example checkHash(root, 'root')
 */
export function checkHash(hash: Uint8Array, field: string): void {
  if (!(hash instanceof Uint8Array)) throw new TypeError(`${field}: expected a Uint8Array`);
  if (hash.length === HASH_LENGTH) return;
  refuse('ERR_HASH_LENGTH', field, `${HASH_LENGTH} bytes`, hash.length);
}
