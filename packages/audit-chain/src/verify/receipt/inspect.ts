import { hexEncode } from '@countersign/proof-core/bytes/hex';
import { utf8Decode } from '@countersign/proof-core/bytes/utf8';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { ProofError } from '@countersign/proof-core/errors';
import { type Checkpoint, parseCheckpoint } from '@countersign/proof-core/note/checkpoint';
import { parseNote } from '@countersign/proof-core/note/note';
import type { KeyResolver } from '@countersign/proof-core/ports';
import { parseReceipt } from '@countersign/proof-core/receipt/receipt';
import { type ReceiptCheckName, type ReceiptReport, inspectReceipt as inspectProof } from '@countersign/proof-core/receipt/verify';
import type { FindingCode } from '../codes.ts';
import { conclude } from '../conclude.ts';
import { Tally, type VerifyOptions } from '../context.ts';
import { checkOptions } from '../error.ts';
import { FindingList } from '../finding.ts';
import type { CoveringCheckpoint, Report } from '../report.ts';
import { type Attested, attestedMember, judgeAttestations } from '../trust/attestations.ts';
import { distrustCode } from '../trust/distrust.ts';
import { type ReadNote, readNote } from '../trust/note.ts';

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
 * @param options `chain` the chain that the record must be of; `resolver` the pinned registry; `policy` the pinned witnesses, whose cosignatures the
 *   checkpoint in the receipt may carry
 * @see docs/spec/receipt.md, docs/spec/report.md
 * @example (await inspectReceipt(bytes, { resolver })).verdict // 'verified'
 */
export async function inspectReceipt(
  bytes: Uint8Array,
  options: Pick<VerifyOptions, 'chain' | 'resolver' | 'registry' | 'policy' | 'require'>,
  engine: Engine = defaultEngine,
): Promise<Report> {
  checkOptions(options);
  const findings = new FindingList();
  const tally = new Tally();
  const policy = { resolver: options.resolver ?? NO_KEYS, ...(options.chain === undefined ? {} : { origin: options.chain }) };
  const attested = await attestedBy(bytes, options, tally, engine);
  const bound = attested?.latest === undefined ? {} : { latest: attested.latest };
  const proof = await inspectProof(bytes, { ...policy, ...bound }, engine);
  for (const finding of attested?.findings ?? []) findings.add(finding);
  for (const { name, status, error } of proof.checks) {
    const code = CODES[name];
    if (status !== 'failed' || code === undefined) continue;
    findings.add({ code, field: error?.field ?? name, expected: error?.expected ?? name, actual: error?.actual ?? 'another' });
  }
  if (options.resolver !== undefined) judgeSigners(proof, findings);
  const { link, leafHash, checkpoint, signers } = proof;
  tally.bytes = bytes.length;
  tally.records = link === undefined ? 0 : 1;
  tally.signatures += proof.signatures.filter(({ status }) => status !== 'unknown' && status !== 'duplicate').length;
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
    ...(trusted ? { checkpoint: { ...covering(checkpoint, signers, proof.receipt!.note), ...attestedMember(attested) } } : {}),
    ...(trusted ? { time: timeOf(attested, signers) } : {}),
    pinned: false,
    signed: true,
    writeOnce: 'not applicable',
  });
}

/** What the pinned witnesses say of the checkpoint in a receipt; undefined where none are pinned, or there is no checkpoint. */
async function attestedBy(bytes: Uint8Array, options: VerifyOptions, tally: Tally, engine: Engine): Promise<Attested | undefined> {
  const note = options.policy === undefined ? undefined : noteIn(bytes);
  if (note === undefined) return undefined;
  const chain = note.checkpoint.origin;
  return await judgeAttestations({ chain, options, level: 'default', engine, keys: [] }, tally, note, []);
}

function noteIn(bytes: Uint8Array): ReadNote | undefined {
  try {
    const { note } = parseReceipt(bytes);
    const read = readNote(note, parseCheckpoint(parseNote(note).textBytes).origin);
    return 'note' in read ? read.note : undefined;
  } catch (error) {
    // What is no receipt is found to be none below.
    if (error instanceof ProofError) return undefined;
    throw error;
  }
}

function timeOf(attested: Attested | undefined, signers: ReceiptReport['signers']): 'asserted' | 'bounded' | 'attested' {
  if (attested?.latest !== undefined) return 'attested';
  return signers.every(({ time }) => time === 'bounded') ? 'bounded' : 'asserted';
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
