import { hexEncode } from '@countersign/proof-core/bytes/hex';
import { utf8Decode } from '@countersign/proof-core/bytes/utf8';
import { ProofError } from '@countersign/proof-core/errors';
import { type Checkpoint, parseCheckpoint } from '@countersign/proof-core/note/checkpoint';
import type { Note, NoteSignature } from '@countersign/proof-core/note/note';
import { parseNote } from '@countersign/proof-core/note/note';
import { inspectNote } from '@countersign/proof-core/note/verify';
import type { Run, Tally } from '../context.ts';
import type { Finding } from '../finding.ts';
import type { Attestation } from '../../store/attestation-store.ts';
import { type Attested, attestedMember, judgeAttestations } from './attestations.ts';
import type { CoveringCheckpoint } from '../report.ts';
import { distrustCode } from './distrust.ts';

/** A note taken apart; its signatures are not judged. */
export interface ReadNote {
  readonly bytes: Uint8Array;
  readonly checkpoint: Checkpoint;
  /** Hex. */
  readonly root: string;
  readonly signatures: readonly NoteSignature[];
  /** What is signed. */
  readonly textBytes: Uint8Array;
}

/** What the pinned registry says about a note. */
export interface JudgedNote {
  /** At least one trusted key signed it, and no registered key's signature is bad. */
  readonly trusted: boolean;
  /** The kids whose signatures hold and are trusted. */
  readonly kids: readonly string[];
  readonly time: 'asserted' | 'bounded' | 'attested';
  /** What outsiders say of it, where the caller pins any. */
  readonly attested: Attested;
  /** Why it is not trusted, and what of an outsider's word does not hold. */
  readonly findings: readonly Finding[];
}

/**
 * Reads a note and its checkpoint.
 *
 * @returns the note, or the finding that it is none
 */
export function readNote(bytes: Uint8Array, chain: string): { readonly note: ReadNote } | { readonly finding: Finding } {
  let parsed: Note;
  let checkpoint: Checkpoint;
  try {
    parsed = parseNote(bytes);
    checkpoint = parseCheckpoint(parsed.textBytes);
  } catch (error) {
    if (!(error instanceof ProofError)) throw error;
    return {
      finding: {
        code: 'CHECKPOINT_MALFORMED',
        field: error.field ?? 'checkpoint',
        expected: error.expected ?? 'a signed note',
        actual: error.actual ?? error.code,
      },
    };
  }
  if (checkpoint.origin !== chain) {
    return { finding: { code: 'CHECKPOINT_DIFFERS', field: 'origin', expected: chain, actual: checkpoint.origin } };
  }
  return { note: { bytes, checkpoint, root: hexEncode(checkpoint.root), signatures: parsed.signatures, textBytes: parsed.textBytes } };
}

/**
 * Makes the report's entry for a note that trusted keys signed and the records agree with.
 *
 * @param time `link.time` of its last record
 * @param attested what outsiders say of it
 */
export function coveringCheckpoint(
  note: ReadNote,
  kids: readonly string[],
  time: string | undefined,
  attested?: Attested,
): CoveringCheckpoint {
  const { checkpoint, root, bytes } = note;
  return {
    size: checkpoint.size,
    root,
    kids,
    note: utf8Decode(bytes),
    ...(time === undefined ? {} : { time }),
    ...attestedMember(attested),
  };
}

/**
 * Judges the signatures of a note by the pinned registry (architecture §3.4).
 *
 * @param earliest `link.time` of a record that the checkpoint covers: it was not signed before
 * @param attestations what lies beside it; it was not signed after the earliest of them that holds
 */
export async function judgeNote(
  run: Run,
  tally: Tally,
  note: ReadNote,
  earliest: string | undefined,
  attestations: readonly Attestation[] = [],
): Promise<JudgedNote> {
  const { resolver } = run.options;
  if (resolver === undefined) return { trusted: false, kids: [], time: 'asserted', attested: { by: [], findings: [] }, findings: [] };
  const attested = await judgeAttestations(run, tally, note, attestations);
  const { latest } = attested;
  const inspection = await inspectNote(note.bytes, run.keys.map(({ noteKey }) => noteKey), run.engine); // prettier-ignore
  const findings: Finding[] = [];
  const kids: string[] = [];
  let bounded = true;
  let invalid = false;
  let unknown = '';
  for (const { signature, status, key } of inspection.signatures) {
    const entry = run.keys.find(({ noteKey }) => noteKey === key)?.entry;
    if (status === 'duplicate') continue;
    if (entry === undefined) {
      unknown = `${signature.name}+${signature.keyId.toString(16).padStart(8, '0')}`;
      continue;
    }
    tally.signatures++;
    if (status !== 'verified') {
      invalid = true;
      findings.push({ code: 'CHECKPOINT_SIGNATURE', field: 'signature', actual: entry.kid });
      continue;
    }
    const query = { kid: entry.kid, purpose: 'checkpoint', chain: run.chain, ...(latest === undefined ? {} : { latest }) } as const;
    const answer = resolver.resolve(earliest === undefined ? query : { ...query, earliest });
    if (!answer.trusted) findings.push({ code: distrustCode(answer.reason), field: 'checkpoint', actual: entry.kid });
    else {
      kids.push(entry.kid);
      bounded &&= answer.time === 'bounded';
    }
  }
  const trusted = kids.length > 0 && !invalid;
  const time = latest !== undefined ? 'attested' : bounded ? 'bounded' : 'asserted';
  // While keys overlap one trusted signature is enough; what the others are is then no finding.
  if (trusted) return { trusted, kids, time, attested, findings: attested.findings };
  if (findings.length === 0)
    findings.push({ code: 'SIGNER_UNKNOWN', field: 'checkpoint', expected: 'a key of the pinned registry', actual: unknown });
  return { trusted, kids: [], time: 'asserted', attested, findings: [...findings, ...attested.findings] };
}
