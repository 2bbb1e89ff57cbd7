import { hexEncode } from '@countersign/proof-core/bytes/hex';
import { utf8Decode } from '@countersign/proof-core/bytes/utf8';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import type { Checkpoint } from '@countersign/proof-core/note/checkpoint';
import type { KeyResolver } from '@countersign/proof-core/ports';
import { type ReceiptCheckName, type ReceiptReport, inspectReceipt as inspectProof } from '@countersign/proof-core/receipt/verify';
import type { FindingCode } from '../codes.ts';
import { conclude } from '../conclude.ts';
import { Tally, type VerifyOptions } from '../context.ts';
import { checkOptions } from '../error.ts';
import { FindingList } from '../finding.ts';
import type { CoveringCheckpoint, Report } from '../report.ts';
import { distrustCode } from '../trust/distrust.ts';

const NO_KEYS: KeyResolver = { entries: () => [], resolve: () => ({ trusted: false, reason: 'unknown' }) };

const CODES: { readonly [name in ReceiptCheckName]?: FindingCode } = {
  form: 'RECEIPT_MALFORMED',
  record: 'RECEIPT_MALFORMED',
  origin: 'RECEIPT_PLACE',
  place: 'RECEIPT_PLACE',
  checkpoint: 'CHECKPOINT_MALFORMED',
  inclusion: 'RECEIPT_INCLUSION',
};

/**
 * Verifies one receipt and reports everything that was found.
 *
 * @param bytes the receipt file
 * @param options `chain` the chain that the record must be of; `resolver` the pinned registry
 * @see docs/spec/receipt.md, docs/spec/report.md
 * @example (await inspectReceipt(bytes, { resolver })).verdict // 'verified'
 */
export async function inspectReceipt(
  bytes: Uint8Array,
  options: Pick<VerifyOptions, 'chain' | 'resolver' | 'registry'>,
  engine: Engine = defaultEngine,
): Promise<Report> {
  checkOptions(options);
  const findings = new FindingList();
  const tally = new Tally();
  const policy = { resolver: options.resolver ?? NO_KEYS, ...(options.chain === undefined ? {} : { origin: options.chain }) };
  const proof = await inspectProof(bytes, policy, engine);
  for (const { name, status, error } of proof.checks) {
    const code = CODES[name];
    if (status !== 'failed' || code === undefined) continue;
    findings.add({ code, field: error?.field ?? name, expected: error?.expected ?? name, actual: error?.actual ?? 'another' });
  }
  if (options.resolver !== undefined) judgeSigners(proof, findings);
  const { link, leafHash, checkpoint, signers } = proof;
  tally.bytes = bytes.length;
  tally.records = link === undefined ? 0 : 1;
  tally.signatures = proof.signatures.filter(({ status }) => status !== 'unknown' && status !== 'duplicate').length;
  const trusted = proof.verified && checkpoint !== undefined;
  return conclude({
    source: 'receipt',
    chain: link?.chain ?? options.chain,
    options,
    level: 'default',
    findings,
    tally,
    ...(link === undefined ? {} : { verified: { from: link.seq, to: link.seq, count: 1, fromTime: link.time, toTime: link.time } }),
    ...(link === undefined || leafHash === undefined ? {} : { head: { size: link.seq + 1, hash: leafHash } }),
    ...(trusted ? { checkpoint: covering(checkpoint, signers, proof.receipt!.note) } : {}),
    ...(trusted ? { time: signers.every(({ time }) => time === 'bounded') ? 'bounded' : 'asserted' } : {}),
    pinned: false,
    signed: true,
    writeOnce: 'not applicable',
  });
}

function covering({ size, root }: Checkpoint, signers: ReceiptReport['signers'], note: Uint8Array): CoveringCheckpoint {
  return { size, root: hexEncode(root), kids: signers.map(({ kid }) => kid), note: utf8Decode(note) };
}

function judgeSigners(proof: ReceiptReport, findings: FindingList): void {
  const ok = proof.checks.filter(({ name }) => name === 'signature' || name === 'signer').every(({ status }) => status === 'passed');
  if (ok) return;
  let said = false;
  for (const { name, kid, status, reason } of proof.signatures) {
    if (status === 'invalid') findings.add({ code: 'CHECKPOINT_SIGNATURE', field: 'signature', actual: kid ?? name });
    else if (status === 'untrusted' && reason !== undefined)
      findings.add({ code: distrustCode(reason), field: 'checkpoint', actual: kid ?? name });
    else continue;
    said = true;
  }
  const [first] = proof.signatures;
  if (!said && first !== undefined)
    findings.add({ code: 'SIGNER_UNKNOWN', field: 'checkpoint', expected: 'a key of the pinned registry', actual: first.name });
}
