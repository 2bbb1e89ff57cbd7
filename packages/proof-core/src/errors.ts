/**
 * Every error code of this package with what it means; `docs/errors.md` lists the same codes (a test keeps them equal).
 */
export const PROOF_ERRORS = {
  ERR_ALGORITHM_UNSUPPORTED: 'a signature algorithm that the engine or platform at hand cannot verify',
  ERR_BASE64: 'text is not strict base64 (alphabet, padding, zero trailing bits)',
  ERR_CHAIN_ID: 'text is not a chain id',
  ERR_CHECKPOINT: 'a text is not a checkpoint in its one strict form',
  ERR_CHECKPOINT_ORIGIN: 'a checkpoint is of another log than expected, or than the key that signed it',
  ERR_COMPACT_RANGE: 'the hashes of a compact range do not fit its leaves, or two ranges do not adjoin',
  ERR_CONSISTENCY: 'a consistency proof does not connect the two roots',
  ERR_COSIGNATURE:
    'a cosignature has another length than 72 bytes (ML-DSA-44: 2,428), a time of 2^53 seconds or more, or no room for the origin',
  ERR_DECIMAL: 'a number in text is not decimal digits without a leading zero',
  ERR_DER: 'bytes are not strict DER of the expected shape',
  ERR_DOCUMENT_ALGORITHM: 'a signed document names another algorithm than the registry has for its key',
  ERR_DOCUMENT_FORM: 'bytes are not a signed document in its one compact or general form',
  ERR_DOCUMENT_HEADER: 'a protected header is not exactly the canonical {alg, kid, typ}',
  ERR_DOCUMENT_PAYLOAD: 'the payload of a signed document is not an object, or holds a number that is not an integer',
  ERR_DOCUMENT_SIGNATURE: 'a signature of a signed document by a registered key does not verify',
  ERR_DOCUMENT_THRESHOLD: 'a signed document has fewer trusted signatures, keys or operators than required',
  ERR_DOCUMENT_TYPE: 'a signed document is of another type than expected',
  ERR_ENTRY_BUNDLE: 'bytes are not an entry bundle of the expected number of entries',
  ERR_EVIDENCE_FORM: 'bytes are not an evidence file',
  ERR_EVIDENCE_NOTHING: 'an evidence file shows no contradiction of the log it names',
  ERR_HASH_LENGTH: 'a hash is not 32 bytes',
  ERR_HEX: 'text is not lower-case hexadecimal of the expected length',
  ERR_INCLUSION: 'an inclusion proof does not lead from the leaf hash to the root',
  ERR_INDEX: 'a leaf index is not inside the tree',
  ERR_JSON_CYCLE: 'a value contains itself',
  ERR_JSON_DEPTH: 'more than 64 arrays and objects are open at once',
  ERR_JSON_KEY: 'a key that JSON cannot hold safely: twice in one object, `__proto__`, a symbol, a lone surrogate',
  ERR_JSON_NUMBER: 'a number that JSON cannot hold exactly: not finite, beyond ±(2^53−1), or with more digits than a double has',
  ERR_JSON_STRING: 'a string with a lone surrogate',
  ERR_JSON_SYNTAX: 'text is not JSON (RFC 8259)',
  ERR_JSON_TYPE:
    'a value that JSON has no form for: undefined, a function, a symbol, a bigint, a hole, anything but plain objects and arrays',
  ERR_KEY_ALGORITHM: 'a key does not fit the algorithm it is meant for',
  ERR_KEY_FORMAT: 'a key is not in one of the accepted forms, exactly',
  ERR_KEY_INVALID: 'a public key is not on its curve, not canonically encoded, or too large',
  ERR_KEY_PRIVATE: 'private key material where a public key belongs',
  ERR_KEY_WEAK: 'a public key that anybody could sign for, or that is too short',
  ERR_LINK: 'a link that a record cannot hold',
  ERR_NOTE_KEY_AMBIGUOUS: 'two different keys have the name and key id of one signature line',
  ERR_NOTE_KEY_TYPE: 'a note key is of a signature type that is not verified here, or that does not fit the key',
  ERR_NOTE_NAME: 'a key name is empty, too long, or holds a space, a plus sign or a control character',
  ERR_NOTE_SIGNATURE: 'a signature line by a known key does not verify',
  ERR_NOTE_SIGNATURE_LINE: 'a signature line of a note is malformed',
  ERR_NOTE_SIZE: 'a note has too many bytes or signatures',
  ERR_NOTE_SYNTAX: 'bytes are not a signed note',
  ERR_NOTE_UNVERIFIED: 'no signature line of a note is by a known key',
  ERR_NOT_CANONICAL: 'bytes are not RFC 8785 canonical JSON',
  ERR_POLICY: 'a trust policy is malformed, or names something twice or not at all',
  ERR_POLICY_QUORUM: 'fewer witnesses than a trust policy requires have cosigned a checkpoint in time',
  ERR_PROOF_LENGTH: 'a proof has more or fewer hashes than the index and sizes require',
  ERR_RECEIPT_FORM: 'bytes are not a receipt: a record, a line feed, a tlog-proof without extra',
  ERR_RECEIPT_ORIGIN: 'record, checkpoint and expectation do not name the same chain',
  ERR_RECEIPT_PLACE: 'a record stands at another index than its seq says',
  ERR_RECORD: 'a record breaks a rule of its format',
  ERR_SIGNER_OUTPUT: 'a signer returned a signature that does not verify under its own key',
  ERR_SIGNER_UNTRUSTED: 'no signature is by a key that is trusted for this purpose, chain and time',
  ERR_SIGN_INPUT_SIZE: 'more than 4,096 bytes to sign, the most that a KMS takes in one call',
  ERR_TILE_HASH: 'a tile does not belong to the tree with the root of the checkpoint',
  ERR_TILE_PATH: 'text is not the path of a tile or an entry bundle in its one strict form',
  ERR_TILE_SIZE: 'a tile has more or fewer bytes than its width requires',
  ERR_TLOG_PROOF: 'bytes are not a tlog-proof in its one strict form',
  ERR_TREE_SIZE: 'a tree size is not an integer from 0 to 2^53 − 1, or does not fit the question',
  ERR_UTF8: 'bytes are not valid UTF-8, or text has a lone surrogate',
  ERR_VKEY: 'text is not a verifier key, or its key id belongs to another key',
  ERR_WITNESS_REQUEST: 'bytes are not an add-checkpoint request in its one strict form',
} as const;

/** A stable error code of this package. */
export type ProofErrorCode = keyof typeof PROOF_ERRORS;

/** What an error may show: the field, what was expected there and what came; never secrets or payloads. */
export interface ErrorEvidence {
  readonly field?: string;
  readonly expected?: string | number;
  readonly actual?: string | number;
  readonly cause?: unknown;
}

/**
 * The one error class of this package: data that does not hold.
 *
 * Programmer errors are `TypeError` and `RangeError` instead.
 *
 * @example
 * try { parse(bytes) } catch (error) { if (error instanceof ProofError && error.code === 'ERR_HEX') … }
 */
export class ProofError extends Error {
  override readonly name: string = 'ProofError';
  readonly code: ProofErrorCode;
  readonly field: string | undefined;
  readonly expected: string | number | undefined;
  readonly actual: string | number | undefined;

  constructor(code: ProofErrorCode, message: string, evidence: ErrorEvidence = {}) {
    super(message, evidence.cause === undefined ? undefined : { cause: evidence.cause });
    this.code = code;
    this.field = evidence.field;
    this.expected = evidence.expected;
    this.actual = evidence.actual;
  }
}

/**
 * Refuses data with a code, naming the field, what was expected and what came.
 *
 * @throws ProofError
 * @internal
 */
export function refuse(code: ProofErrorCode, field: string, expected: string | number, actual: string | number): never {
  throw new ProofError(code, `${field}: expected ${expected}, got ${actual}`, { field, expected, actual });
}
