import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import type { JsonObject, JsonValue } from '@countersign/proof-core/json/value';
import { type RegistryErrorCode, unexpected } from '../errors.ts';

/** Names the kind of a JSON value for an error, never the value. */
export function kindOf(value: JsonValue | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`;
}

/**
 * Reads an object whose members are closed: every required one, any optional one, no other.
 *
 * @throws RegistryError ERR_REGISTRY_MEMBER
 */
export function readObject(
  value: JsonValue | undefined,
  field: string,
  required: readonly string[],
  optional: readonly string[] = [],
): JsonObject {
  if (value === undefined || value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw unexpected('ERR_REGISTRY_MEMBER', field, 'an object', kindOf(value));
  }
  const object = value as JsonObject;
  for (const name of required) {
    if (!Object.hasOwn(object, name)) throw unexpected('ERR_REGISTRY_MEMBER', `${field}.${name}`, 'a value', 'nothing');
  }
  for (const name of Object.keys(object)) {
    if (!required.includes(name) && !optional.includes(name)) {
      throw unexpected('ERR_REGISTRY_MEMBER', field, `no members but ${[...required, ...optional].join(', ')}`, name);
    }
  }
  return object;
}

/** @throws RegistryError ERR_REGISTRY_MEMBER */
export function readArray(value: JsonValue | undefined, field: string): readonly JsonValue[] {
  if (!Array.isArray(value)) throw unexpected('ERR_REGISTRY_MEMBER', field, 'an array', kindOf(value));
  return value;
}

/** @throws RegistryError `code` where it is no text */
export function readText(value: JsonValue | undefined, field: string, code: RegistryErrorCode = 'ERR_REGISTRY_MEMBER'): string {
  if (typeof value !== 'string') throw unexpected(code, field, 'text', kindOf(value));
  return value;
}

/**
 * Reads text for people.
 *
 * @param most bytes of UTF-8
 * @throws RegistryError ERR_REGISTRY_MEMBER
 */
export function readProse(value: JsonValue | undefined, field: string, least: number, most: number): string {
  const text = readText(value, field);
  const length = utf8Encode(text, field).length;
  if (length < least || length > most) throw unexpected('ERR_REGISTRY_MEMBER', field, `${least} to ${most} bytes`, `${length} bytes`);
  return text;
}

/** @throws RegistryError `code` where it is not a whole number from 1 to 2^53 − 1 */
export function readCount(value: JsonValue | undefined, field: string, code: RegistryErrorCode): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1) {
    throw unexpected(code, field, 'a whole number from 1', typeof value === 'number' ? value : kindOf(value));
  }
  return value;
}

/** Reads a SHA-256 digest: 64 lower-case hex digits. @throws RegistryError `code` */
export function readDigest(value: JsonValue | undefined, field: string, code: RegistryErrorCode): string {
  const text = readText(value, field, code);
  if (!/^[0-9a-f]{64}$/.test(text)) throw unexpected(code, field, '64 lower-case hex digits', text);
  return text;
}
