import { concatBytes } from '../bytes/compare.ts';
import { ProofError } from '../errors.ts';
import { formatTlogProof, parseTlogProof } from '../proof/tlog-proof.ts';
import { RECORD_MAX_BYTES } from '../record/parse.ts';

/** One record with the proof that it is in a log: what an auditor or customer keeps. Nothing in it is verified. */
export interface Receipt {
  /** The record's bytes, without a line feed, 1 to 65,535. */
  readonly record: Uint8Array;
  /** The record's place in the log, from 0. */
  readonly index: number;
  /** Inclusion proof, 32 bytes each, the leaf's sibling first (RFC 6962 §2.1.1). */
  readonly hashes: readonly Uint8Array[];
  /** The signed checkpoint the proof leads to, with all its signature lines. */
  readonly note: Uint8Array;
}

const LF = 0x0a;

function refuse(field: string, expected: string, actual: string | number): never {
  throw new ProofError('ERR_RECEIPT_FORM', `${field}: expected ${expected}, got ${actual}`, { field, expected, actual });
}

function checkLength(length: number): void {
  if (length < 1 || length > RECORD_MAX_BYTES) refuse('record', `1 to ${RECORD_MAX_BYTES} bytes before a line feed`, length);
}

/**
 * Writes a receipt file: the record, a line feed, a C2SP tlog-proof without `extra` (architecture §3.2).
 *
 * @param receipt the record as it stands in the log without its line feed, its index, hashes of 32 bytes, the signed note
 * @throws ProofError ERR_RECEIPT_FORM a record that is empty, too long or more than one line; what `formatTlogProof` throws
 * @example await writeFile('order.receipt', formatReceipt({ record, index: 17, hashes, note }));
 */
export function formatReceipt(receipt: Receipt): Uint8Array {
  const { record, index, hashes, note } = receipt;
  checkLength(record.length);
  if (record.includes(LF)) refuse('record', 'no line feed', 'one');
  return concatBytes(record, Uint8Array.of(LF), formatTlogProof({ index, hashes, note }));
}

/**
 * Takes a receipt file apart, strictly, and verifies nothing; `verifyReceipt` does.
 *
 * @param bytes the file; copied
 * @throws ProofError ERR_RECEIPT_FORM, and what `parseTlogProof` throws
 * @example parseReceipt(bytes).index // 17
 */
export function parseReceipt(bytes: Uint8Array): Receipt {
  const end = bytes.subarray(0, RECORD_MAX_BYTES + 1).indexOf(LF);
  checkLength(end < 0 ? bytes.length : end);
  if (end < 0) refuse('receipt', 'a line feed behind the record', 'none');
  const { index, hashes, note, extra } = parseTlogProof(bytes.subarray(end + 1));
  if (extra !== undefined) refuse('extra', 'no extra data: nothing authenticates it', `${extra.length} bytes`);
  return { record: bytes.slice(0, end), index, hashes, note };
}
