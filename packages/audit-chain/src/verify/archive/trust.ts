import type { CoveringCheckpoint } from '../report.ts';
import type { SegmentResult } from '../segment/segment.ts';
import { attestedMember } from '../trust/attestations.ts';

/** What the registry says about an archive as a whole. */
export interface ArchiveTrust {
  /** The newest checkpoint that a trusted key signed and the records agree with. */
  readonly checkpoint?: CoveringCheckpoint;
  readonly time?: 'asserted' | 'bounded' | 'attested';
}

/** Tells whether manifest and checkpoint of a segment are both signed by trusted keys. */
function isTrusted({ note, signed }: SegmentResult): boolean {
  return note?.trusted === true && signed?.trusted === true;
}

/**
 * Adds to every segment the findings about its signers.
 *
 * A compromised key's checkpoint is excused when a later one of a trusted key covers the same records (architecture §3.4): the segments in
 * between continue each other, so that the later root contains them.
 *
 * @param continues whether segment i + 1 continues segment i without a finding
 */
export function judgeTrust(results: readonly SegmentResult[], continues: readonly boolean[]): ArchiveTrust {
  let covered = false;
  let newest: SegmentResult | undefined;
  let bounded = true;
  for (let i = results.length - 1; i >= 0; i--) {
    const result = results[i]!;
    if (i < results.length - 1 && continues[i] !== true) covered = false;
    const trusted = isTrusted(result);
    for (const finding of [...(result.note?.findings ?? []), ...(result.signed?.findings ?? [])]) {
      if (!(covered && result.rootHolds && finding.code === 'SIGNER_COMPROMISED'))
        result.findings.add({ ...finding, segment: result.files.first });
    }
    if (trusted && result.rootHolds) {
      newest ??= result;
      bounded &&= result.note!.time !== 'asserted';
    }
    covered = result.rootHolds && (trusted || covered);
  }
  const { manifest, note } = newest ?? {};
  if (manifest === undefined || note === undefined) return {};
  const { size, root, checkpoint } = manifest;
  const time = newest?.records?.lastTime;
  const covering = {
    size,
    root,
    kids: note.kids,
    note: checkpoint,
    ...(time === undefined || time === '' ? {} : { time }),
    ...attestedMember(note.attested),
  };
  // Whoever attests the newest checkpoint attests the tree of all before.
  return { checkpoint: covering, time: note.time === 'attested' ? 'attested' : bounded ? 'bounded' : 'asserted' };
}
