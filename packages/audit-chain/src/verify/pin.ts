import type { Pin, Run, Tally } from './context.ts';
import type { Finding } from './finding.ts';
import { recordsText } from './record/place.ts';
import { judgeNote, readNote } from './trust/note.ts';

/** What became of the pinned checkpoint. */
export interface PinOutcome {
  /** The records begin with the pinned tree. */
  readonly holds: boolean;
  readonly findings: readonly Finding[];
}

/** What was read, seen from the pin. */
export interface PinnedSource {
  /** Records there are from 0 on, to the end of the source; undefined when the run stopped before the end. */
  readonly size: number | undefined;
  /** Root at the pinned size, hex, where the records there agree with a checkpoint of their own. */
  readonly root: string | undefined;
  /** A log that goes back behind the pin was rolled back; an archive or a file was cut. */
  readonly kind: 'log' | 'archive';
}

/** Judges whether a source continues the checkpoint that the caller pins. */
export async function judgePin(run: Run, tally: Tally, pin: Pin | undefined, { size, root, kind }: PinnedSource): Promise<PinOutcome> {
  if (pin === undefined) return { holds: false, findings: [] };
  const findings: Finding[] = [];
  if (size !== undefined && size < pin.size) {
    const code = kind === 'log' ? 'CHAIN_ROLLED_BACK' : 'TAIL_TRUNCATED';
    findings.push({ code, seq: size, expected: recordsText(size, pin.size - 1), actual: 'absent' });
  } else if (root !== undefined && root !== pin.root) {
    findings.push({ code: 'CHAIN_FORKED', seq: pin.size - 1, field: 'root', expected: pin.root, actual: root });
  }
  if (pin.note !== undefined) {
    const read = readNote(pin.note, run.chain);
    // The caller vouches for the pin, so an unknown key is no finding; a registered key's bad signature is.
    const judged = 'note' in read ? (await judgeNote(run, tally, read.note, undefined)).findings : [read.finding];
    findings.push(...judged.filter(({ code }) => !code.startsWith('SIGNER_')).map((finding) => ({ ...finding, field: 'previous' })));
  }
  return { holds: root !== undefined && root === pin.root, findings };
}
