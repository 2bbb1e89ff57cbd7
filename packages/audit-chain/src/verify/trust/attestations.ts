import { ProofError } from '@countersign/proof-core/errors';
import { type Cosignature, verifyCosignatures } from '@countersign/proof-core/note/cosignature';
import type { NoteKey } from '@countersign/proof-core/note/key';
import { type NoteSignature, parseSignatures } from '@countersign/proof-core/note/note';
import { quorumTime } from '../../attestation/quorum.ts';
import { ChainError } from '../../errors.ts';
import type { Attestation } from '../../store/attestation-store.ts';
import type { VerifiedTimestamp } from '../../timestamp/verifier.ts';
import type { Run, Tally } from '../context.ts';
import type { Finding } from '../finding.ts';
import type { CoveringCheckpoint } from '../report.ts';
import type { ReadNote } from './note.ts';

/** What outsiders that the caller pins say of a note; empty where they say nothing. */
export interface Attested {
  /** It was signed at this moment at the latest, RFC 3339 UTC with milliseconds. */
  readonly latest?: string;
  /** When the quorum of the pinned policy last cosigned it, as the newest checkpoint of the log: POSIX seconds. */
  readonly cosigned?: number;
  /** Names of the witnesses and subjects of the time-stamping authorities whose word counts. */
  readonly by: readonly string[];
  /** What bears a pinned name and does not hold: it does not count. */
  readonly findings: readonly Finding[];
}

type Add = (code: 'COSIGNATURE_INVALID' | 'TIMESTAMP_INVALID' | 'TIMESTAMP_TEXT', reason: string) => void;

/** No note has more attestations that are looked at: each costs a signature. */
const MAX_ATTESTATIONS = 64;

/**
 * Judges what outsiders say of a note (architecture §3.4): cosignatures by the witnesses of the pinned policy, whose quorum must be complete, and
 * time stamps by the pinned authorities. The earliest moment that holds is the upper bound of the signing time.
 *
 * What lies beside a note is protected by nobody: what does not hold is reported and does not count, and takes nothing from what does.
 */
export async function judgeAttestations(run: Run, tally: Tally, note: ReadNote, attestations: readonly Attestation[]): Promise<Attested> {
  const findings: Finding[] = [];
  const add: Add = (code, reason) => {
    findings.push({ code, seq: note.checkpoint.size - 1, field: 'checkpoint', actual: reason });
  };
  if (attestations.length > MAX_ATTESTATIONS) add('TIMESTAMP_INVALID', `${attestations.length - MAX_ATTESTATIONS} more than are read`);
  const read = attestations.slice(0, MAX_ATTESTATIONS);
  const cosignatures = await readCosignatures(run, tally, note, read, (reason) => add('COSIGNATURE_INVALID', reason));
  const stamps = await readTimestamps(run, tally, note, read, add);
  const { policy } = run.options;
  // A witness may have cosigned it several times: the first says until when it was signed, the last until when it was the newest.
  const complete = (better: (a: number, b: number) => boolean): number | undefined =>
    policy === undefined ? undefined : quorumTime(policy, onePerKey(cosignatures, better));
  const first = complete((a, b) => a < b);
  const cosigned = complete((a, b) => a > b);
  const bounds = [
    ...stamps.map(({ latest }) => latest),
    // A witness says whole seconds: it may have been at the end of one.
    ...(first === undefined ? [] : [new Date(first * 1000 + 999).toISOString()]),
  ].toSorted();
  return {
    ...(bounds[0] === undefined ? {} : { latest: bounds[0] }),
    ...(cosigned === undefined ? {} : { cosigned }),
    // In one order, whatever the storage lists first.
    by: [
      ...new Set(cosigned === undefined ? [] : cosignatures.map(({ key }) => key.name)),
      ...new Set(stamps.map(({ authority }) => authority)),
    ].toSorted(),
    findings,
  };
}

function onePerKey(cosignatures: readonly Cosignature[], better: (a: number, b: number) => boolean): Cosignature[] {
  const kept = new Map<NoteKey, Cosignature>();
  for (const one of cosignatures) {
    const before = kept.get(one.key);
    if (before === undefined || better(one.time, before.time)) kept.set(one.key, one);
  }
  return [...kept.values()];
}

async function readCosignatures(
  { options, engine }: Run,
  tally: Tally,
  note: ReadNote,
  attestations: readonly Attestation[],
  report: (reason: string) => void,
): Promise<Cosignature[]> {
  const keys = options.policy?.witnesses.flatMap(({ key }) => key ?? []) ?? [];
  const found: Cosignature[] = [];
  for (const line of [...note.signatures, ...linesOf(attestations, keys.length > 0, report)]) {
    const key = keys.find(({ name, keyId }) => name === line.name && keyId === line.keyId);
    if (key === undefined) continue;
    tally.signatures++;
    try {
      const [one] = await verifyCosignatures({ text: '', textBytes: note.textBytes, signatures: [line] }, [key], engine);
      found.push(one!);
    } catch (error) {
      if (!(error instanceof ProofError)) throw error;
      report(`${key.name}: ${error.code}`);
    }
  }
  return found;
}

function linesOf(attestations: readonly Attestation[], wanted: boolean, report: (reason: string) => void): NoteSignature[] {
  if (!wanted) return [];
  return attestations.flatMap(({ kind, content }) => {
    if (kind !== 'cosignature') return [];
    try {
      return parseSignatures(content);
    } catch (error) {
      if (!(error instanceof ProofError)) throw error;
      report(error.code);
      return [];
    }
  });
}

async function readTimestamps(
  { options }: Run,
  tally: Tally,
  note: ReadNote,
  attestations: readonly Attestation[],
  add: Add,
): Promise<VerifiedTimestamp[]> {
  const { timestamps } = options;
  const verified: VerifiedTimestamp[] = [];
  if (timestamps === undefined) return verified;
  for (const { kind, content } of attestations) {
    if (kind !== 'timestamp') continue;
    tally.signatures++;
    const one = await held(timestamps.verify(content, note.bytes));
    // One of the text alone holds for what it is: it may be older than the signature, and is no bound of that.
    const ofText = one === 'ERR_TIMESTAMP_IMPRINT' ? await held(timestamps.verify(content, note.textBytes)) : one;
    if (typeof one !== 'string') verified.push(one);
    else if (typeof ofText === 'string') add('TIMESTAMP_INVALID', one);
    else add('TIMESTAMP_TEXT', `${ofText.latest} by ${ofText.authority}`);
  }
  return verified;
}

/** What holds, or the code of why it does not. */
async function held(verifying: Promise<VerifiedTimestamp>): Promise<VerifiedTimestamp | string> {
  try {
    return await verifying;
  } catch (error) {
    if (error instanceof ChainError) return error.code;
    throw error;
  }
}

/** What a report says of those who vouch for a checkpoint; nothing when nobody does. */
export function attestedMember(attested: Attested | undefined): Pick<CoveringCheckpoint, 'attested'> {
  if (attested?.latest === undefined) return {};
  const { latest, by, cosigned } = attested;
  return { attested: { latest, by, ...(cosigned === undefined ? {} : { newestAt: new Date(cosigned * 1000).toISOString() }) } };
}
