/** First words of event types that only the library writes. */
const RESERVED = /^(chain|record|signer|segment|checkpoint)\./;

/** The reserved event types that exist; their payload schemas are frozen in `docs/spec/reserved-events.md`. */
export const RESERVED_TYPES = [
  'chain.created',
  'chain.pruned',
  'chain.restored',
  'checkpoint.heartbeat',
  'checkpoint.thinned',
  'record.redacted',
  'signer.activated',
  'signer.added',
  'signer.emergency',
  'signer.retired',
  'signer.revoked',
  'signer.rotated',
] as const;

/** One of the reserved event types. */
export type ReservedType = (typeof RESERVED_TYPES)[number];

/** An event type: lower-case words of letters, digits, `_` and `-`, at least two, joined by dots; at most 200 bytes. */
export const EVENT_TYPE: RegExp = /^[a-z][a-z0-9_-]*(\.[a-z0-9_-]+)+$/;

/**
 * Tells whether an event type is the library's own (`chain.* record.* signer.* segment.* checkpoint.*`).
 *
 * @example isReservedType('chain.created') // true
 */
export function isReservedType(type: string): boolean {
  return RESERVED.test(type);
}
