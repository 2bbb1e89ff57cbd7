import { RegistryError, type RegistryErrorCode } from '../../errors.ts';

/** Return values of PKCS #11 (v3.0 §5.1) by what they mean for a signer; anything else is a token that is away or broken. */
const MEANINGS: readonly (readonly [code: RegistryErrorCode, first: number, last: number])[] = [
  // CKR_PIN_INCORRECT … CKR_PIN_LOCKED, CKR_USER_NOT_LOGGED_IN …: trying again would lock the token.
  ['ERR_BACKEND_DENIED', 0xa0, 0xa4],
  ['ERR_BACKEND_DENIED', 0x100, 0x105],
  // CKR_DATA_*, CKR_KEY_*, CKR_MECHANISM_*.
  ['ERR_BACKEND_REFUSED', 0x20, 0x21],
  ['ERR_BACKEND_REFUSED', 0x60, 0x6a],
  ['ERR_BACKEND_REFUSED', 0x70, 0x71],
];

/**
 * Turns what a PKCS #11 binding throws into a code.
 *
 * @param what the key or token, for the message
 */
export function pkcs11Error(what: string, cause: unknown): RegistryError {
  if (cause instanceof RegistryError) return cause;
  const value = (cause as { code?: unknown }).code;
  const meaning = typeof value === 'number' ? MEANINGS.find(([, first, last]) => value >= first && value <= last) : undefined;
  const actual = typeof value === 'number' ? `CKR 0x${value.toString(16)}` : (cause as Error).name;
  const expected = 'an answer of the token';
  return new RegistryError(meaning?.[0] ?? 'ERR_BACKEND_UNAVAILABLE', `${what}: expected ${expected}, got ${actual}`, {
    field: what,
    expected,
    actual,
    cause,
  });
}
