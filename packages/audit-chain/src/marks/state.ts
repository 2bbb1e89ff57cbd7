import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { hexDecode, hexEncode } from '@countersign/proof-core/bytes/hex';
import { canonicalize } from '@countersign/proof-core/json/canonicalize';
import { ProofError } from '@countersign/proof-core/errors';
import { parseJson } from '@countersign/proof-core/json/parse';
import { isJsonObject } from '@countersign/proof-core/json/value';
import type { Mark } from '@countersign/proof-core/ports';
import { ChainError } from '../errors.ts';

/** What is kept for one origin outside its database. */
export interface MarkState {
  /** Undefined before anything was signed. */
  readonly mark: Mark | undefined;
  /** The database server that the mark was last checked against: `<system identifier>/<timeline>`; undefined when none was. */
  readonly server: string | undefined;
}

/** Nothing is known of an origin. */
export const NO_STATE: MarkState = { mark: undefined, server: undefined };

const FORMAT = 'countersign/mark@1';
const SERVER = /^[0-9]{1,20}\/[0-9]{1,10}$/;

/** The error for a mark that cannot be read or written. */
export function markError(where: string, field: string, expected: string, cause?: unknown): ChainError {
  return new ChainError('ERR_MARK_STORE', `high-water mark ${where}: ${field}: expected ${expected}`, {
    field,
    expected,
    ...(cause === undefined ? {} : { cause }),
  });
}

/**
 * Writes a state as canonical JSON (docs/operations/high-water-mark.md).
 *
 * @example formatMarkState('example.com/log', { mark, server: undefined })
 */
export function formatMarkState(origin: string, { mark, server }: MarkState): Uint8Array {
  return canonicalize({
    format: FORMAT,
    origin,
    ...(mark === undefined ? {} : { root: hexEncode(mark.root), size: mark.size }),
    ...(server === undefined ? {} : { server }),
  });
}

/**
 * Reads a state of one origin.
 *
 * @param where what the error names: a path, a key
 * @throws ChainError ERR_MARK_STORE for anything but exactly that
 * @example parseMarkState(bytes, 'example.com/log', 'keys/high-water.json').mark?.size
 */
export function parseMarkState(bytes: Uint8Array, origin: string, where: string): MarkState {
  const value = members(bytes, where);
  const { format, origin: of, root, server, size, ...unknown } = value;
  if (format !== FORMAT || Object.keys(unknown).length > 0) throw markError(where, 'format', FORMAT);
  if (of !== origin) throw markError(where, 'origin', origin);
  if (server !== undefined && (typeof server !== 'string' || !SERVER.test(server)))
    throw markError(where, 'server', 'a system identifier and timeline');
  if (size === undefined && root === undefined) return { mark: undefined, server };
  if (!Number.isSafeInteger(size) || (size as number) < 1) throw markError(where, 'size', 'an integer of 1 or more');
  return { mark: { origin, root: readRoot(root, where), size: size as number }, server };
}

function members(bytes: Uint8Array, where: string): Record<string, unknown> {
  try {
    const value = parseJson(bytes, 'high-water mark');
    if (isJsonObject(value)) return value;
  } catch (cause) {
    if (!(cause instanceof ProofError)) throw cause;
    throw markError(where, 'content', 'a high-water mark', cause);
  }
  throw markError(where, 'content', 'a high-water mark');
}

function readRoot(root: unknown, where: string): Uint8Array {
  try {
    return hexDecode(String(root), 32, 'root');
  } catch (cause) {
    if (!(cause instanceof ProofError)) throw cause;
    throw markError(where, 'root', '64 hex characters', cause);
  }
}

/** A mark of the caller's, copied before anything is awaited. */
export function copyMark({ origin, root, size }: Mark): Mark {
  if (!Number.isSafeInteger(size) || size < 1) throw new RangeError('mark: a size from 1');
  if (root.length !== 32) throw new RangeError('mark: a root of 32 bytes');
  utf8Encode(origin, 'origin');
  return { origin, root: root.slice(), size };
}
