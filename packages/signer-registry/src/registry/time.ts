import { isTime } from '@countersign/proof-core/record/time';
import { unexpected } from '../errors.ts';

/**
 * Reads a time member.
 *
 * @param field what to call it in an error
 * @throws RegistryError ERR_REGISTRY_TIME
 * @example checkTime('2026-11-21T03:12:00.123Z', 'issued_at')
 */
export function checkTime(text: string, field: string): string {
  if (!isTime(text)) throw unexpected('ERR_REGISTRY_TIME', field, 'RFC 3339 UTC with milliseconds, 24 characters', text);
  return text;
}

/**
 * Writes an instant as registries do.
 *
 * @param milliseconds since 1970-01-01T00:00:00Z; the year must have four digits
 * @throws RangeError for an instant that has no 24-character form
 * @example formatTime(0) // '1970-01-01T00:00:00.000Z'
 */
export function formatTime(milliseconds: number): string {
  const text = new Date(milliseconds).toISOString();
  if (text.length !== 24) throw new RangeError('time: the year must have four digits');
  return text;
}
