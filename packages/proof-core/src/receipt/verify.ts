import { hexEncode } from '../bytes/hex.ts';
import { defaultEngine } from '../engine/default.ts';
import type { Engine } from '../engine/engine.ts';
import { ProofError, type ProofErrorCode } from '../errors.ts';
import { hashLeaf } from '../merkle/hash.ts';
import { verifyInclusion } from '../merkle/inclusion.ts';
import { type Checkpoint, parseCheckpoint } from '../note/checkpoint.ts';
import { parseNote } from '../note/note.ts';
import { inspectNote } from '../note/verify.ts';
import type { Distrust, KeyResolver } from '../ports.ts';
import type { Link } from '../record/link.ts';
import { type ParsedRecord, type RecordEvent, parseRecord } from '../record/parse.ts';
import { logKeys } from './log-keys.ts';
import { type Receipt, parseReceipt } from './receipt.ts';

/** Whose receipts count. */
export interface ReceiptPolicy {
  /** The registry the caller pins: which keys may sign which chain's checkpoints, and when. */
  readonly resolver: KeyResolver;
  /** The chain the record must be from; any chain that a trusted key may sign when absent. */
  readonly origin?: string;
  /** A time by which the checkpoint is known to have been signed, RFC 3339 UTC with milliseconds. */
  readonly latest?: string;
}

/** A key whose signature on the checkpoint counts. */
export interface ReceiptSigner {
  readonly kid: string;
  /** RFC 7638 thumbprint. */
  readonly thumbprint: string;
  readonly operator: string;
  /** Whether both bounds of the signing time were known. */
  readonly time: 'asserted' | 'bounded';
}

/** A receipt whose every condition holds. */
export interface VerifiedReceipt extends ParsedRecord {
  /** The record's bytes, exactly what is in the log. */
  readonly record: Uint8Array;
  readonly event: RecordEvent;
  readonly link: Link;
  /** The record's place in the log, equal to `link.seq`. */
  readonly index: number;
  /** SHA-256(0x00 ‖ record), 64 lower-case hex characters. */
  readonly leafHash: string;
  readonly checkpoint: Checkpoint;
  /** One or more. */
  readonly signers: readonly ReceiptSigner[];
}

/** What is asked of a receipt, in the order in which `verifyReceipt` throws. */
export type ReceiptCheckName = 'form' | 'record' | 'origin' | 'place' | 'checkpoint' | 'inclusion' | 'signature' | 'signer';

/** The answer to one question; `skipped` where an earlier failure leaves nothing to ask. */
export interface ReceiptCheck {
  readonly name: ReceiptCheckName;
  readonly status: 'passed' | 'failed' | 'skipped';
  /** Why it failed. */
  readonly error?: ProofError;
}

/** What became of one signature line of the checkpoint. */
export interface ReceiptSignature {
  /** Key name on the line. */
  readonly name: string;
  /** Kid of the registered key with that name and id. */
  readonly kid?: string;
  readonly status: 'trusted' | 'untrusted' | 'unknown' | 'invalid' | 'duplicate';
  /** Why a good signature does not count. */
  readonly reason?: Distrust;
}

/** Everything there is to say about a receipt. */
export interface ReceiptReport {
  /** Whether `verifyReceipt` accepts it: every check passed. */
  readonly verified: boolean;
  readonly checks: readonly ReceiptCheck[];
  readonly signatures: readonly ReceiptSignature[];
  /** What could be read, verified or not. */
  readonly receipt?: Receipt;
  readonly event?: RecordEvent;
  readonly link?: Link;
  readonly checkpoint?: Checkpoint;
  readonly leafHash?: string;
  readonly signers: readonly ReceiptSigner[];
}

function failure(code: ProofErrorCode, field: string, expected: string | number, actual: string | number): ProofError {
  return new ProofError(code, `${field}: expected ${expected}, got ${actual}`, { field, expected, actual });
}

/** Asks one question after the other and keeps the answers. */
class Checklist {
  readonly checks: ReceiptCheck[] = [];

  /** Runs a check; a failure is an answer, and leaves `undefined`. */
  ask<T>(name: ReceiptCheckName, check: () => T): T | undefined {
    try {
      const answer = check();
      this.checks.push({ name, status: 'passed' });
      return answer;
    } catch (error) {
      if (!(error instanceof ProofError)) throw error;
      this.checks.push({ name, status: 'failed', error });
      return undefined;
    }
  }

  skip(...names: readonly ReceiptCheckName[]): void {
    for (const name of names) this.checks.push({ name, status: 'skipped' });
  }
}

/** The signature lines judged by the registry, and what to object to if none counts. */
async function judgeSignatures(receipt: Receipt, link: Link, policy: ReceiptPolicy, engine: Engine): Promise<Judged> {
  const keys = logKeys(policy.resolver, link.chain, engine);
  const inspection = await inspectNote(receipt.note, keys.map(({ noteKey }) => noteKey), engine); // prettier-ignore
  const signers: ReceiptSigner[] = [];
  const signatures = inspection.signatures.map(({ signature: { name }, status, key }): ReceiptSignature => {
    const entry = keys.find(({ noteKey }) => noteKey === key)?.entry;
    if (entry === undefined) return { name, status: 'unknown' };
    const { kid } = entry;
    if (status !== 'verified') return { name, kid, status };
    // The checkpoint was signed after its last record, so after this one too (architecture §3.4).
    const bounds = policy.latest === undefined ? { earliest: link.time } : { earliest: link.time, latest: policy.latest };
    const resolution = policy.resolver.resolve({ kid, purpose: 'checkpoint', chain: link.chain, ...bounds });
    if (!resolution.trusted) return { name, kid, status: 'untrusted', reason: resolution.reason };
    signers.push({ kid, thumbprint: entry.key.thumbprint, operator: entry.operator, time: resolution.time });
    return { name, kid, status: 'trusted' };
  });
  return { signatures, signers, ...(inspection.error === undefined ? {} : { error: inspection.error }) };
}

interface Judged {
  readonly signatures: readonly ReceiptSignature[];
  readonly signers: readonly ReceiptSigner[];
  readonly error?: ProofError;
}

function checkTrust({ signatures, signers }: Judged): void {
  if (signers.length > 0) return;
  const reasons = signatures.flatMap(({ kid, reason }) => (reason === undefined ? [] : [`${kid}: ${reason}`])).join(', ');
  throw failure('ERR_SIGNER_UNTRUSTED', 'signatures', 'a key trusted for checkpoints of this chain', reasons);
}

function checkOrigin({ chain }: Link, origin: string | undefined): void {
  if (origin !== undefined && chain !== origin) throw failure('ERR_RECEIPT_ORIGIN', 'link.chain', origin, chain);
}

function checkPlace({ seq }: Link, { index }: Receipt): void {
  if (seq !== index) throw failure('ERR_RECEIPT_PLACE', 'link.seq', index, seq);
}

function readCheckpoint({ note }: Receipt, { chain }: Link): Checkpoint {
  const checkpoint = parseCheckpoint(parseNote(note).textBytes);
  if (checkpoint.origin !== chain) throw failure('ERR_RECEIPT_ORIGIN', 'checkpoint.origin', chain, checkpoint.origin);
  return checkpoint;
}

/**
 * Asks everything of a receipt and throws for nothing that it holds.
 *
 * @param bytes the file; may be changed once the call has returned its promise
 * @param conditions as for `verifyReceipt`
 * @example (await inspectReceipt(bytes, { resolver })).checks.filter(({ status }) => status === 'failed')
 */
export async function inspectReceipt(bytes: Uint8Array, conditions: ReceiptPolicy, engine: Engine = defaultEngine): Promise<ReceiptReport> {
  const policy = { ...conditions };
  const list = new Checklist();
  const receipt = list.ask('form', () => parseReceipt(bytes));
  const parsed = receipt && list.ask('record', () => parseRecord(receipt.record));
  if (receipt === undefined || parsed === undefined) {
    if (receipt === undefined) list.skip('record');
    list.skip('origin', 'place', 'checkpoint', 'inclusion', 'signature', 'signer');
    return { verified: false, checks: list.checks, signatures: [], signers: [], ...(receipt && { receipt }) };
  }
  const { event, link } = parsed;
  list.ask('origin', () => checkOrigin(link, policy.origin));
  list.ask('place', () => checkPlace(link, receipt));
  const leaf = hashLeaf(receipt.record, engine);
  const checkpoint = list.ask('checkpoint', () => readCheckpoint(receipt, link));
  const { index, hashes } = receipt;
  if (checkpoint === undefined) list.skip('inclusion');
  else list.ask('inclusion', () => verifyInclusion(index, checkpoint.size, leaf, hashes, checkpoint.root, engine));
  const judged = await judgeSignatures(receipt, link, policy, engine);
  list.ask('signature', () => {
    if (judged.error !== undefined) throw judged.error;
  });
  if (judged.error === undefined) list.ask('signer', () => checkTrust(judged));
  else list.skip('signer');
  return {
    verified: list.checks.every(({ status }) => status === 'passed'),
    checks: list.checks,
    signatures: judged.signatures,
    receipt,
    event,
    link,
    leafHash: hexEncode(leaf),
    signers: judged.error === undefined ? judged.signers : [],
    ...(checkpoint && { checkpoint }),
  };
}

/**
 * Verifies a receipt or throws: the record is canonical and complete, stands where its link says, is in the tree, and the tree's root is signed
 * by a key that the registry trusts for checkpoints of that chain at that time.
 *
 * @param bytes the file; may be changed once the call has returned its promise
 * @param policy the keys that are known and, where one is expected, the chain
 * @returns the record and what it was proven by
 * @throws ProofError the first failure, in the order of `ReceiptCheckName`: what `parseReceipt` and `parseRecord` throw; ERR_RECEIPT_ORIGIN,
 *   ERR_RECEIPT_PLACE; ERR_CHECKPOINT…, ERR_INCLUSION…; ERR_NOTE_SIGNATURE a bad signature by a registered key; ERR_NOTE_UNVERIFIED no
 *   signature by a registered key; ERR_SIGNER_UNTRUSTED (`actual` has each kid and reason)
 * @see architecture §3.2; docs/spec/receipt.md
 * @example const { event } = await verifyReceipt(await readFile('order.receipt'), { resolver: registry });
 */
export async function verifyReceipt(bytes: Uint8Array, policy: ReceiptPolicy, engine: Engine = defaultEngine): Promise<VerifiedReceipt> {
  const { verified, checks, receipt, event, link, leafHash, checkpoint, signers } = await inspectReceipt(bytes, policy, engine);
  const error = checks.find(({ status }) => status === 'failed')?.error;
  if (error !== undefined) throw error;
  if (!verified) throw new TypeError('a receipt that is not verified has a failed check');
  const { record, index } = receipt!;
  return { record, event: event!, link: link!, index, leafHash: leafHash!, checkpoint: checkpoint!, signers };
}
