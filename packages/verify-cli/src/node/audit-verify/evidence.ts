import { FindingList } from '@countersign/audit-chain/verify/finding';
import { type Judgement, judgementOf } from '@countersign/audit-chain/verify/judgement';
import { ProofError } from '@countersign/proof-core/errors';
import { EVIDENCE_MAX_BYTES, type Evidence, parseEvidence } from '@countersign/proof-core/evidence/evidence';
import { type EvidenceReport, inspectEvidence } from '@countersign/proof-core/evidence/verify';
import { parseCheckpoint } from '@countersign/proof-core/note/checkpoint';
import type { NoteKey } from '@countersign/proof-core/note/key';
import { parseNote } from '@countersign/proof-core/note/note';
import type { KeyResolver } from '@countersign/proof-core/ports';
import { logKeys } from '@countersign/proof-core/receipt/log-keys';
import { EXIT } from '../command/exit.ts';
import { printJudgement } from './print.ts';
import { readSubject } from './subject.ts';
import { type TrustFlags, readTrust } from './trust.ts';

/** Runs `audit-verify evidence FILE`; gives the exit code. */
export async function verifyEvidenceFile(path: string, flags: TrustFlags & { readonly json?: boolean }): Promise<number> {
  const { resolver } = await readTrust(flags);
  const bytes = await readSubject(path, EVIDENCE_MAX_BYTES);
  if (bytes === undefined) return EXIT.unreachable;
  return printJudgement(await judge(bytes, resolver), flags.json === true);
}

async function judge(bytes: Uint8Array, resolver: KeyResolver | undefined): Promise<Judgement> {
  const findings = new FindingList();
  let report: EvidenceReport;
  try {
    const origin = originOf(parseEvidence(bytes));
    report = await inspectEvidence(bytes, resolver === undefined ? [] : keysOf(resolver, origin));
  } catch (error) {
    if (!(error instanceof ProofError)) throw error;
    report = { proven: false, error };
  }
  if (resolver === undefined) findings.add({ code: 'NO_REGISTRY', field: 'signers' });
  else if (!report.proven) findings.add({ code: 'EVIDENCE_NOTHING', field: report.error.field ?? 'evidence', actual: report.error.code });
  const words = { good: 'the evidence holds: its keys signed two things that cannot both be true', bad: 'the evidence proves nothing' };
  if (!report.proven) return judgementOf('evidence', { subject: 'evidence', ...words }, {}, findings);
  const { origin, kind, one, other, thumbprints } = report.finding;
  const facts = { origin, kind, 'signed once': one, 'and also': other, keys: thumbprints };
  return judgementOf('evidence', { subject: origin, ...words }, facts, findings);
}

function originOf(evidence: Evidence): string {
  const note =
    evidence.kind === 'roots'
      ? evidence.notes[0]
      : evidence.kind === 'leaves'
        ? evidence.leaves[0].proof.note
        : evidence.included.proof.note;
  return parseCheckpoint(parseNote(note).textBytes, { extensions: true }).origin;
}

/** The keys that spoke for the log, expired or revoked since or not; one that somebody else may have had proves nothing. */
function keysOf(resolver: KeyResolver, chain: string): NoteKey[] {
  return logKeys(resolver, chain)
    .filter(({ entry }) => {
      const answer = resolver.resolve({ kid: entry.kid, purpose: 'checkpoint', chain });
      return answer.trusted || ['expired', 'not-yet-valid', 'revoked'].includes(answer.reason);
    })
    .map(({ noteKey }) => noteKey);
}
