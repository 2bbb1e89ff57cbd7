/** Exit codes (architecture §5): the first that applies. */
export const EXIT = {
  verified: 0,
  internal: 1,
  usage: 2,
  integrity: 10,
  signer: 11,
  inconclusive: 12,
  writeOnce: 13,
  unreachable: 14,
} as const;

const INTEGRITY = new Set([
  'ERR_ARCHIVE_CONFLICT',
  'ERR_CHAIN_FORKED',
  'ERR_CHAIN_ROLLED_BACK',
  'ERR_CHAIN_TAMPERED',
  'ERR_PRUNE_ARCHIVE',
  'ERR_RECORD',
  'ERR_REGISTRY_FORKED',
  'ERR_SIGNING_STOPPED',
  'ERR_WITNESS_CONFLICT',
  'ERR_RESTORE_ARCHIVE',
  'ERR_RESTORE_CONFLICT',
]);
const SIGNER = new Set([
  'ERR_BACKEND_KEY',
  'ERR_DOCUMENT_SIGNATURE',
  'ERR_OPERATION_APPROVAL',
  'ERR_REGISTRY_UNENDORSED',
  'ERR_REGISTRY_UNSIGNED',
  'ERR_SIGNER_OUTPUT',
  'ERR_SIGNER_UNTRUSTED',
  'ERR_SIGNER_WRONG',
  'ERR_SIGN_KEY',
  'ERR_SIGN_PURPOSE',
  'ERR_SIGN_STATUS',
  'ERR_TIMESTAMP_CERTIFICATE',
  'ERR_TIMESTAMP_IMPRINT',
  'ERR_TIMESTAMP_NONCE',
  'ERR_TIMESTAMP_SIGNATURE',
]);
/** Write-once storage that does not keep what it should. */
const WRITE_ONCE = new Set(['ERR_ARCHIVE_HIDDEN', 'ERR_ARCHIVE_REPLACED', 'ERR_ARCHIVE_RETENTION']);
const UNREACHABLE = new Set([
  'ERR_ARCHIVE_BUCKET',
  'ERR_ARCHIVE_DENIED',
  'ERR_ARCHIVE_STORE',
  'ERR_ARCHIVE_UNAVAILABLE',
  'ERR_BACKEND_CIRCUIT_OPEN',
  'ERR_BACKEND_DEADLINE',
  'ERR_BACKEND_DENIED',
  'ERR_BACKEND_REFUSED',
  'ERR_BACKEND_REPLY',
  'ERR_BACKEND_THROTTLED',
  'ERR_BACKEND_TLS',
  'ERR_BACKEND_UNAVAILABLE',
  'ERR_CLOCK',
  'ERR_DISK_FULL',
  'ERR_IMPORT_SOURCE',
  'ERR_LOG_IN_USE',
  'ERR_MARK_MISSING',
  'ERR_MARK_STORE',
  'ERR_NOT_DURABLE',
  'ERR_SIGNER_UNAVAILABLE',
  'ERR_STORE',
  'ERR_TIMESTAMP_POLICY',
  'ERR_TIMESTAMP_REFUSED',
  'ERR_TIMESTAMP_REPLY',
  'ERR_TIMESTAMP_TIME',
  'ERR_TIMESTAMP_UNAVAILABLE',
  'ERR_WITNESS_QUORUM',
  'ERR_WITNESS_STATE',
]);

/** An error with a stable code, of whichever package. */
export interface CodedError extends Error {
  readonly code: string;
}

/** Tells whether an error is one of ours: `ERR_…` codes that Node itself gives have another shape of class. */
export function isCoded(error: unknown): error is CodedError {
  return error instanceof Error && ['ProofError', 'ChainError', 'RegistryError', 'CliError'].includes(error.name);
}

/** The exit code for an error: a code that stands in no list is a matter of usage or configuration; no code is our own fault. */
export function exitCodeOf(error: unknown): number {
  if (!isCoded(error)) return EXIT.internal;
  if (INTEGRITY.has(error.code)) return EXIT.integrity;
  if (SIGNER.has(error.code)) return EXIT.signer;
  if (WRITE_ONCE.has(error.code)) return EXIT.writeOnce;
  if (UNREACHABLE.has(error.code)) return EXIT.unreachable;
  return EXIT.usage;
}
