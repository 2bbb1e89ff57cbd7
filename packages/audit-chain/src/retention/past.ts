import { isTime } from '@countersign/proof-core/record/time';
import { ChainError } from '../errors.ts';

/**
 * Requires a time in the past, by the database's clock.
 *
 * @param now milliseconds since 1970
 * @throws ChainError ERR_PRUNE_REFUSED
 * @example requirePast('2026-01-01T00:00:00.000Z', await store.now());
 */
export function requirePast(olderThan: string, now: number): void {
  const expected = 'a time in the past, RFC 3339 UTC with milliseconds';
  if (isTime(olderThan) && olderThan <= new Date(now).toISOString()) return;
  throw new ChainError('ERR_PRUNE_REFUSED', `olderThan: expected ${expected}`, { field: 'olderThan', expected, actual: olderThan });
}
