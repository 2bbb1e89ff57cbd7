import type { ReceiptCheckName, ReceiptSignature } from '@countersign/proof-core/receipt/verify';
import type { Distrust } from '@countersign/proof-core/ports';
import type { Answer } from './judge.ts';

/** What each check asks, for people. */
export const CHECKS: Readonly<Record<ReceiptCheckName, string>> = {
  form: 'The file is a receipt, in its one strict form',
  record: 'The record is complete, canonical and follows its format',
  origin: 'The record is from the chain that you named',
  place: 'The record stands at the place its proof speaks of',
  checkpoint: 'The checkpoint is well formed and of the same chain',
  inclusion: 'The record is in the tree that the checkpoint names',
  signature: 'A key of the registry signed the checkpoint',
  signer: 'That key was trusted for checkpoints of this chain',
};

/** What it means that a check failed, for people. */
const FAILED: Readonly<Record<ReceiptCheckName, string>> = {
  form: 'The file is not a receipt, or was damaged.',
  record: 'The record is damaged, or not in its one canonical form.',
  origin: 'The record is from another chain than the one you named.',
  place: 'The proof is of another place than the record says it has.',
  checkpoint: 'The checkpoint is damaged, or of another chain.',
  inclusion: 'The record is not in that tree: it was changed, or the proof is of another record.',
  signature: 'The checkpoint has no good signature by a key of this registry.',
  signer: 'The key that signed was not trusted for checkpoints of this chain.',
};

/** Why a key does not count, for people. */
export const DISTRUST: Readonly<Record<Distrust, string>> = {
  unknown: 'not in the registry',
  'not-yet-valid': 'signed before its validity began',
  expired: 'signed after its validity ended',
  revoked: 'revoked',
  compromised: 'compromised, and nothing shows that it signed before',
  'wrong-purpose': 'registered, but not for checkpoints',
  'wrong-chain': 'registered, but not for this chain',
};

/** What became of a signature line, for people. */
export function signatureWords({ status, reason }: ReceiptSignature): string {
  if (reason !== undefined) return `not trusted: ${DISTRUST[reason]}`;
  if (status === 'invalid') return 'wrong: it does not verify under the registered key';
  if (status === 'unknown') return 'ignored: no registered key has this name and id';
  return status;
}

const WAITING = 'Choose or drop a receipt and the signer registry that says whose signatures count.';
const OPEN = 'The receipt agrees with itself, but anyone could have made it: add the signer registry to see who signed.';
const OPEN_REGISTRY = 'The receipt agrees with itself, but the registry cannot be used, so nothing says who signed.';

/** The verdict in one or two words and one sentence. */
export function verdictWords({ verdict, report, registry }: Answer): readonly [string, string] {
  if (verdict === 'waiting') return ['No receipt yet', WAITING];
  if (verdict === 'inconclusive') return ['Inconclusive', registry === undefined ? OPEN : OPEN_REGISTRY];
  if (verdict === 'refused') {
    const failed = report!.checks.filter(({ status }) => status === 'failed').map(({ name }) => FAILED[name]);
    return ['Not verified', `Do not rely on this receipt. ${failed.join(' ')}`];
  }
  const { link, checkpoint, signers } = report!;
  const who = signers.map(({ kid, operator }) => (operator === '' ? kid : `${kid} (${operator})`)).join(', ');
  return ['Verified', `Record ${link!.seq} of ${link!.chain} is in the log of ${checkpoint!.size} records that ${who} signed.`];
}
