/**
 * Every error code of this package with what it means; `docs/errors.md` lists the same codes (a test keeps them equal).
 */
export const REGISTRY_ERRORS = {
  ERR_BACKEND_CIRCUIT_OPEN: 'a backend has failed several times in a row and is left alone for a while',
  ERR_BACKEND_DEADLINE: 'a backend did not sign in time',
  ERR_BACKEND_DENIED: 'a backend does not let this caller sign; asking again changes nothing',
  ERR_BACKEND_KEY: 'a backend holds another key than the registry, or a key that does not sign',
  ERR_BACKEND_REFUSED: 'a backend will not sign this with this key: it is disabled, unknown or of another use',
  ERR_BACKEND_REPLY: 'a backend answered something that is no answer, or for another key or algorithm',
  ERR_BACKEND_THROTTLED: 'a backend has had too many requests',
  ERR_BACKEND_TLS: 'a TLS connection to a backend that one side does not trust',
  ERR_BACKEND_UNAVAILABLE: 'a backend cannot be reached or failed inside',
  ERR_KEY_FILE: 'a key file does not hold one private key in PKCS#8 PEM with a kid line',
  ERR_KEY_FILE_ALGORITHM: 'a key file holds a key of an algorithm that local signers do not use',
  ERR_KEY_FILE_EXISTS: 'a key file is already there; a key is never overwritten',
  ERR_KEY_FILE_MODE: 'a key file can be read or written by group or others; it must have mode 0600 or 0400',
  ERR_KEY_FILE_PASSPHRASE: 'an encrypted key file came without its passphrase, or with another one',
  ERR_LEGACY_CONFLICT: 'a legacy registry says two different things of one signer',
  ERR_LEGACY_SIGNER: 'an entry of a legacy registry is no signer',
  ERR_MARK_FOLDER: 'a high-water mark of a signing proxy cannot be read',
  ERR_OPERATION_APPROVAL: 'an emergency has too few distinct approvers, or an approval is of something else',
  ERR_OPERATION_EXPIRES: 'an emergency signer must end within 14 days',
  ERR_OPERATION_KID: 'an operation names a signer that the registry does not have',
  ERR_OPERATION_STATUS: 'the status of a signer does not allow the operation',
  ERR_PRODUCTION: 'a service does not start: signing is not set up as its environment demands',
  ERR_PROXY_FORBIDDEN: 'a caller of a signing proxy may not use this key, purpose or chain',
  ERR_PROXY_INTERNAL: 'a signing proxy failed inside; its own log says how',
  ERR_PROXY_LOG: 'a signing proxy could not log a signature, so it did not hand it over',
  ERR_PROXY_REQUEST: 'a request to a signing proxy is malformed',
  ERR_PROXY_UNKNOWN_CALLER: 'a request to a signing proxy without the credentials of a known caller',
  ERR_REGISTRY_ALGORITHM: 'a signer names an algorithm that is unknown or not that of its key',
  ERR_REGISTRY_BACKEND: 'a signer names an unknown backend, or a KMS alias instead of a key ARN',
  ERR_REGISTRY_CHAIN: 'a chain pattern is malformed, or a checkpoint or segment signer has none',
  ERR_REGISTRY_DUPLICATE_KEY: 'one public key stands under two kids',
  ERR_REGISTRY_DUPLICATE_KID: 'one kid stands twice in a registry',
  ERR_REGISTRY_FORKED: 'two different registries have the same version',
  ERR_REGISTRY_FORMAT: 'a registry is not of the format countersign/signers@1',
  ERR_REGISTRY_KEY: 'a public key carries members that are not part of it',
  ERR_REGISTRY_KEY_CHANGED: 'a later version gives a kid another key, algorithm, operator or emergency',
  ERR_REGISTRY_KID: 'a kid is not 1 to 200 characters of A-Z a-z 0-9 . _ ~ : @ / + = -',
  ERR_REGISTRY_LINK: 'a version does not name the digest of the version before',
  ERR_REGISTRY_MEMBER: 'a registry member is missing, unknown or not of its type',
  ERR_REGISTRY_PIN: 'no version given is the pinned one, or too few pinned roots have signed it',
  ERR_REGISTRY_PURPOSE: 'a signer has an unknown purpose, none, or several (dev keys excepted)',
  ERR_REGISTRY_REMOVED: 'a later version has lost a signer; nothing is ever removed',
  ERR_REGISTRY_ROLLED_BACK: 'a version is not newer than the one that is already known',
  ERR_REGISTRY_ROOTS: 'a root is named twice, or is not an active signer with the purpose registry-root',
  ERR_REGISTRY_SIGNED_ALREADY: 'a root signs a version that already carries its signature',
  ERR_REGISTRY_SIZE: 'a registry is larger than this library reads',
  ERR_REGISTRY_SKIPPED: 'a version is missing between two versions',
  ERR_REGISTRY_STATUS: 'a signer has an unknown status, or one that contradicts its other members',
  ERR_REGISTRY_THRESHOLD: 'a threshold is below 1 or cannot be met by the distinct roots',
  ERR_REGISTRY_THUMBPRINT: 'a thumbprint is not that of its key (RFC 7638, SHA-256)',
  ERR_REGISTRY_TIME: 'a time is not RFC 3339 UTC with milliseconds, 24 characters',
  ERR_REGISTRY_UNENDORSED: 'a version is not signed by a threshold of the roots of the version before',
  ERR_REGISTRY_UNREVOKED: 'a later version takes back or weakens a revocation',
  ERR_REGISTRY_UNSIGNED: 'a registry is not signed by a threshold of its own roots',
  ERR_REGISTRY_VERSION: 'a version is not a whole number from 1, or its previous digest does not fit it',
  ERR_REGISTRY_WIDENED: 'a later version widens a window, a purpose or a chain, or moves a status back',
  ERR_REGISTRY_WINDOW: 'times of a registry or of a signer contradict each other',
  ERR_SIGNER_PACKAGE: 'a signer needs an optional package that is not installed',
  ERR_SIGNER_URI: 'a signer URI is of no known kind',
  ERR_SIGN_CHAIN: 'a checkpoint of a chain that is not this key’s',
  ERR_SIGN_CONTENT: 'bytes to sign are not what their purpose says they are',
  ERR_SIGN_KEY: 'a signer is not in the registry',
  ERR_SIGN_MARK: 'a checkpoint that has not been reserved, or that does not continue what has been signed before',
  ERR_SIGN_PURPOSE: 'a purpose that is not this key’s',
  ERR_SIGN_STATUS: 'a signer that is not active now: pending, retired, revoked, or outside its window',
} as const;

/** A stable error code of this package. */
export type RegistryErrorCode = keyof typeof REGISTRY_ERRORS;

/** What an error may show: the field, what was expected there and what came; never secrets or payloads. */
export interface RegistryErrorEvidence {
  readonly field?: string;
  readonly expected?: string | number;
  readonly actual?: string | number;
  readonly cause?: unknown;
}

/**
 * The one error class of this package: data that does not hold, a key that may not sign, a backend that did not.
 *
 * Programmer errors are `TypeError` and `RangeError` instead.
 *
 * @example
 * try { await parseRegistry(bytes) } catch (error) { if (error instanceof RegistryError && error.code === 'ERR_REGISTRY_UNSIGNED') … }
 */
export class RegistryError extends Error {
  override readonly name: string = 'RegistryError';
  readonly code: RegistryErrorCode;
  readonly field: string | undefined;
  readonly expected: string | number | undefined;
  readonly actual: string | number | undefined;

  constructor(code: RegistryErrorCode, message: string, evidence: RegistryErrorEvidence = {}) {
    super(message, evidence.cause === undefined ? undefined : { cause: evidence.cause });
    this.code = code;
    this.field = evidence.field;
    this.expected = evidence.expected;
    this.actual = evidence.actual;
  }
}

/**
 * Makes the error for a field that is not what it should be; the message names all three.
 *
 * @param actual a kind or a short harmless value; a long one is cut to 80 characters
 */
export function unexpected(
  code: RegistryErrorCode,
  field: string,
  expected: string | number,
  actual: string | number,
  cause?: unknown,
): RegistryError {
  const shown = typeof actual === 'string' && actual.length > 80 ? `${actual.slice(0, 80)}…` : actual;
  return new RegistryError(code, `${field}: expected ${expected}, got ${shown}`, { field, expected, actual: shown, cause });
}
