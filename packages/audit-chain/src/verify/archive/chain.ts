import { ZERO_HASH } from '@countersign/proof-core/record/link';
import type { Finding } from '../finding.ts';
import { recordsText } from '../record/place.ts';
import type { SegmentResult } from '../segment/segment.ts';

/**
 * Judges whether a segment continues the one before it: numbers, links, tree, times, manifest digests.
 *
 * @returns nothing when it does
 */
export function judgeSuccession(before: SegmentResult, next: SegmentResult): Finding[] {
  const { last } = before;
  const { first } = next.files;
  const segment = first;
  if (last === undefined) return [];
  if (first > last + 1)
    return [{ code: 'SEGMENT_MISSING', segment, seq: last + 1, expected: recordsText(last + 1, first - 1), actual: 'absent' }];
  if (first < last + 1) return [{ code: 'SEGMENT_OVERLAP', segment, seq: first, expected: last + 1, actual: first }];
  const findings: Finding[] = [];
  const { manifest, frontier, records } = next;
  if (manifest !== undefined && before.digest !== undefined && manifest.previous !== before.digest) {
    findings.push({ code: 'MANIFEST_CHAIN', segment, field: 'previous', expected: before.digest, actual: manifest.previous });
  }
  if (manifest !== undefined && before.manifest !== undefined && manifest.first_prev !== before.manifest.last_hash) {
    findings.push({
      code: 'MANIFEST_CHAIN',
      segment,
      seq: first,
      field: 'first_prev',
      expected: before.manifest.last_hash,
      actual: manifest.first_prev,
    });
  }
  const end = before.rootHolds ? before.records?.end : undefined;
  if (frontier !== undefined && end !== undefined && frontier !== end) {
    findings.push({
      code: 'INDEX_FRONTIER',
      segment,
      field: 'frontier',
      expected: `the compact range of ${first} records`,
      actual: 'another',
    });
  }
  const lastTime = before.records?.lastTime ?? '';
  if (records !== undefined && records.firstTime !== '' && records.firstTime < lastTime) {
    findings.push({
      code: 'TIME_BACKWARDS',
      segment,
      seq: first,
      field: 'link.time',
      expected: `${lastTime} or later`,
      actual: records.firstTime,
    });
  }
  return findings;
}

/** Judges whether the first segment is the beginning of its chain. */
export function judgeBeginning({ files, manifest }: SegmentResult): Finding[] {
  const { first } = files;
  if (first > 0) return [{ code: 'HEAD_TRUNCATED', segment: first, seq: 0, expected: recordsText(0, first - 1), actual: 'absent' }];
  const findings: Finding[] = [];
  for (const field of ['previous', 'first_prev'] as const) {
    if (manifest !== undefined && manifest[field] !== ZERO_HASH) {
      findings.push({ code: 'MANIFEST_CHAIN', segment: first, field, expected: ZERO_HASH, actual: manifest[field] });
    }
  }
  return findings;
}
