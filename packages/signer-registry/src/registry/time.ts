import { unexpected } from '../errors.ts';

const TIME = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$/;

/**
 * Tells whether a text is a time as registries write it: RFC 3339 UTC with milliseconds, exactly 24 characters, a real instant.
 *
 * Such texts sort as the instants they name, so they are compared as text.
 *
 * @example isTime('2026-11-21T03:12:00.123Z') // true
 */
export function isTime(text: string): boolean {
  if (!TIME.test(text)) return false;
  const milliseconds = Date.parse(text);
  // The round trip refuses 30 February and second 60.
  return !Number.isNaN(milliseconds) && new Date(milliseconds).toISOString() === text;
}

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
