/** Every error code of this package with what it means; `docs/errors.md` lists the same codes. */
export const CHAIN_ERRORS = {
  ERR_ARCHIVE_BUCKET: 'there is no such bucket, or it lies in another region',
  ERR_ARCHIVE_CONFLICT: 'an archive file that is already there has other content than the one to be written',
  ERR_ARCHIVE_DENIED: 'the object store refused the credentials, or a permission is missing',
  ERR_ARCHIVE_HIDDEN: 'a delete marker hides an object of the archive',
  ERR_ARCHIVE_REPLACED: 'a newer version lies over an object of the archive',
  ERR_ARCHIVE_RETENTION: 'the archive does not keep what is put there as long as it has to',
  ERR_ARCHIVE_STORE: 'a file of the archive cannot be read or written',
  ERR_ARCHIVE_UNAVAILABLE: 'the object store does not answer, or asks to slow down',
  ERR_BUSY: 'more events wait than the chain takes; the event was not appended',
  ERR_CHAIN_EXISTS: 'a chain of this name is already there',
  ERR_CHAIN_FORKED: 'the high-water mark and the stored chain have different roots at one size',
  ERR_CHAIN_ROLLED_BACK: 'the stored chain is shorter than what has already been signed',
  ERR_CHAIN_TAMPERED: 'stored records, roots or notes contradict what was signed; nothing is signed',
  ERR_CHAIN_UNKNOWN: 'there is no chain of this name',
  ERR_CLOCK: 'the clocks of the process and the database differ by more than 5 seconds',
  ERR_CLOSED: 'the chain has been closed',
  ERR_DISK_FULL: 'the disk is full; nothing was acknowledged',
  ERR_EVENTS_SIZE: 'a list of events is empty, or has more events or bytes than one call leaves in a transaction',
  ERR_EVENT_MEMBER: 'a member of the event is missing, unknown or breaks its rule',
  ERR_EVENT_RESERVED: 'the event type is reserved for the library',
  ERR_EVENT_SIZE: 'the event is larger than 65,000 bytes',
  ERR_EXTRACT_EMPTY: 'no settled record is in the range, or matches, so there is nothing to export',
  ERR_ID_CONFLICT: 'the chain holds another event under this id',
  ERR_ID_HELD: 'a transaction that has not ended holds the id; the event was not appended',
  ERR_ID_REDACTED: 'the chain holds this id and a private value of it was erased, so that the events cannot be compared',
  ERR_IMPORT_LINE: 'a line of the file cannot be imported',
  ERR_IMPORT_SOURCE: 'the file cannot be read to its end',
  ERR_LOG_CONFIG: 'the configuration file of the log is missing a member or breaks a rule',
  ERR_LOG_EXISTS: 'the folder already holds a log or other files',
  ERR_LOG_IN_USE: 'another process has the log open',
  ERR_LOG_MISSING: 'the folder is not a log',
  ERR_MARK_MISSING: 'the log has been signed but its high-water mark is gone',
  ERR_MARK_STORE: 'the high-water mark cannot be read or written',
  ERR_MIGRATION: 'the database was migrated by other statements than these, or by a newer version',
  ERR_MIGRATION_ROLES: 'the roles that keep records from being changed cannot be made or used by the login that migrates',
  ERR_NOT_DURABLE: 'commits of the database do not reach the disk; it is not used',
  ERR_PACKAGE_MISSING: 'an optional package that this needs is not installed',
  ERR_PRIVATE_COMMITMENT: 'a private value is not the one that its record commits to',
  ERR_PRIVATE_FILE: 'a line of a backup of private values is not of its format',
  ERR_PRIVATE_REDACTED: 'the private value was erased already',
  ERR_PRIVATE_SIZE: 'the private values of the event have more than 262,144 bytes',
  ERR_PRIVATE_UNKNOWN: 'the record has no private value of this name',
  ERR_PRUNE_ARCHIVE: 'the archive does not hold the records as they were signed; nothing was pruned',
  ERR_PRUNE_REFUSED: 'the database keeps what is not sealed without a gap, not old enough, missing, or still needed',
  ERR_RECORD_PRUNED: 'the record was pruned; the archive has it',
  ERR_RESTORE_ARCHIVE: 'the archive does not verify, so nothing of it is restored',
  ERR_RESTORE_CONFLICT: 'the database holds something else than the archive; nothing was changed',
  ERR_RETENTION_CLASS: 'the file of retention classes breaks a rule, or has no class of this name',
  ERR_SEQ_UNKNOWN: 'the chain has no settled record of this number or id',
  ERR_SIGNER_UNAVAILABLE: 'the signer did not sign; the events are durable and wait for a checkpoint',
  ERR_SIGNER_WRONG: 'the signer returned a signature that its registered key does not verify',
  ERR_SIGNING_STOPPED: 'signing is stopped until somebody has looked into what a witness found',
  ERR_STORE: 'the database refused a statement',
  ERR_STORE_URL: 'the URL of a database is not of the form that PostgreSQL has',
  ERR_SUCCEED_REFUSED: 'the chain can go on itself: it needs no successor',
  ERR_TIMESTAMP_CERTIFICATE:
    "the certificate of a time stamp is not one of the pinned roots' for time stamping, or was not valid at that time",
  ERR_TIMESTAMP_IMPRINT: 'a time stamp is of other bytes',
  ERR_TIMESTAMP_NONCE: 'the reply of a time-stamping authority is to another request',
  ERR_TIMESTAMP_POLICY: 'a time stamp is under another policy than was asked for',
  ERR_TIMESTAMP_REFUSED: 'the time-stamping authority did not grant a time stamp',
  ERR_TIMESTAMP_REPLY: 'the reply of a time-stamping authority, or a token, is not of the form of RFC 3161',
  ERR_TIMESTAMP_ROOTS: 'the pinned roots of time-stamping authorities are no certificates',
  ERR_TIMESTAMP_SIGNATURE: 'the signature of a time stamp does not hold',
  ERR_TIMESTAMP_TIME: 'a time stamp says another time than it was made at',
  ERR_TIMESTAMP_UNAVAILABLE: 'the time-stamping authority did not answer',
  ERR_TRANSACTION_ABORTED: 'the transaction that the event was left in was rolled back, so it was never appended',
  ERR_TRANSACTION_OPEN: 'the receipt is awaited inside the transaction that has to commit first',
  ERR_VERIFY_OPTIONS: 'the options of a verification make no sense, alone or for this source',
  ERR_WITNESS_CONFLICT: 'a witness has seen another history of the log than this one',
  ERR_WITNESS_QUORUM: 'fewer witnesses than the policy asks for have cosigned the checkpoint',
  ERR_WITNESS_REFUSED: 'the witness refused the request or does not know the key of the log',
  ERR_WITNESS_REPLY: 'the answer of a witness is not of the protocol, or not by its key',
  ERR_WITNESS_STATE: 'the state of a witness cannot be read or written, or is not its own',
  ERR_WITNESS_TIME: 'the cosignature of a witness says another time than it was asked at',
  ERR_WITNESS_UNAVAILABLE: 'the witness did not answer',
  ERR_WITNESS_UNKNOWN_LOG: 'the witness does not know the log',
} as const;

/** A stable error code of this package. */
export type ChainErrorCode = keyof typeof CHAIN_ERRORS;

/** What an error may show; never payloads or secrets. */
export interface ChainErrorEvidence {
  readonly field?: string;
  readonly expected?: string | number;
  readonly actual?: string | number;
  readonly cause?: unknown;
}

/**
 * The one error class of this package.
 *
 * @example if (error instanceof ChainError && error.code === 'ERR_LOG_IN_USE') …
 */
export class ChainError extends Error {
  override readonly name: string = 'ChainError';
  readonly code: ChainErrorCode;
  readonly field: string | undefined;
  readonly expected: string | number | undefined;
  readonly actual: string | number | undefined;

  constructor(code: ChainErrorCode, message: string, evidence: ChainErrorEvidence = {}) {
    super(message, evidence.cause === undefined ? undefined : { cause: evidence.cause });
    this.code = code;
    this.field = evidence.field;
    this.expected = evidence.expected;
    this.actual = evidence.actual;
  }
}
