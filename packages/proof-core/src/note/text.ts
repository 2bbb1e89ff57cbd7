import { ProofError, type ProofErrorCode } from '../errors.ts';

// The code points that Unicode gives the property White_Space: what Go's unicode.IsSpace refuses in a key name. JavaScript's \s
// is another set: it lacks U+0085 and has U+FEFF.
const SPACE = /[\u0009-\u000d\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

/**
 * Tells whether text may name a key: not empty, well-formed, no Unicode space, no plus sign (C2SP signed-note).
 *
 * @example isKeyName('example.com/log') // true
 */
export function isKeyName(name: string): boolean {
  return name.length > 0 && name.length <= 255 && !SPACE.test(name) && !name.includes('+') && !hasControl(name);
}

/**
 * Tells whether text has a control character (Unicode category Cc).
 *
 * @example hasControl('a\tb') // true
 */
export function hasControl(text: string): boolean {
  return /\p{Cc}/u.test(text);
}

/** Refuses data with a code, naming the field, what was expected and what came. @internal */
export function refuse(code: ProofErrorCode, field: string, expected: string, actual: string | number, cause?: unknown): never {
  throw new ProofError(code, `${field}: expected ${expected}, got ${actual}`, {
    field,
    expected,
    actual,
    ...(cause === undefined ? {} : { cause }),
  });
}
