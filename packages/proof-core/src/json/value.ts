/** A value that JSON can hold; what `parseJson` and `parseCanonical` return. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;

/** A JSON object: own enumerable members only, on a plain object, in the order of the text. */
export interface JsonObject {
  readonly [name: string]: JsonValue;
}

/** How many arrays and objects may be open at once; the outermost one counts as 1, strings and other scalars as 0. */
export const MAX_DEPTH = 64;

/**
 * Tells whether a JSON value is an object: neither an array, nor a scalar, nor null.
 *
 * @param value as a parser gave it
 * @example isJsonObject([]) // false
 */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
