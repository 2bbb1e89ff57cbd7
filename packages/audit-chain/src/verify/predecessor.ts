import type { VerifyOptions } from './context.ts';
import type { Finding } from './finding.ts';
import type { Report } from './report.ts';
import type { OwnStatements } from './reserved/own-records.ts';

/**
 * Judges whether a chain succeeds the one that the caller pins: its record 0 must name that chain, at the size and root of the newest checkpoint that
 * was signed for it.
 *
 * What was signed beyond that size is left out of the succession; where the pinned checkpoint is older, only the records in between could tell.
 *
 * @see docs/spec/reserved-events.md §3
 */
export function judgePredecessor({ predecessor: pin }: VerifyOptions, created: OwnStatements['created']): Finding[] {
  if (pin === undefined) return [];
  const differs = (field: string, expected: string | number, actual: string | number): Finding[] => [
    { code: 'PREDECESSOR_DIFFERS', seq: 0, field, expected, actual },
  ];
  if (created === undefined) return [{ code: 'CONSISTENCY_UNKNOWN', field: 'predecessor', expected: 'record 0', actual: 'not read' }];
  const { predecessor: named } = created;
  if (named === undefined) return differs('predecessor', pin.chain, 'none');
  if (named.chain !== pin.chain) return differs('predecessor.chain', pin.chain, named.chain);
  if (named.size < pin.size) return differs('predecessor.size', pin.size, named.size);
  if (named.size > pin.size) return [{ code: 'CONSISTENCY_UNKNOWN', field: 'predecessor.size', expected: named.size, actual: pin.size }];
  return named.root === pin.root ? [] : differs('predecessor.root', pin.root, named.root);
}

/** The member of a report for what record 0 names. */
export function namedBy(created: OwnStatements['created']): Pick<Report, 'predecessor'> {
  return created?.predecessor === undefined ? {} : { predecessor: created.predecessor };
}
