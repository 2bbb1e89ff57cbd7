import type { Run } from '../context.ts';
import type { Finding } from '../finding.ts';
import type { Introduction } from '../reserved/own-records.ts';

/**
 * Tells whether the pinned registry is provably older than the log: a record under a trusted checkpoint introduces a key that the registry does
 * not have, by a later version. An unknown signer is then no verdict about the log (architecture §5: exit 12 instead of 11).
 *
 * @param covered size of the newest checkpoint of a trusted key that the records agree with; 0 without one
 * @returns the finding that says so; undefined when nothing proves it
 * @example staleRegistry(run, own.introductions, checkpoint.size)?.code // 'REGISTRY_STALE'
 */
export function staleRegistry(run: Run, introductions: readonly Introduction[], covered: number): Finding | undefined {
  const { resolver, registry } = run.options;
  if (resolver === undefined) return undefined;
  const known = new Set(resolver.entries().map(({ kid }) => kid));
  const later = introductions.find(
    ({ kid, seq, version }) => seq < covered && !known.has(kid) && (registry === undefined || version > registry.version),
  );
  if (later === undefined) return undefined;
  return {
    code: 'REGISTRY_STALE',
    seq: later.seq,
    field: 'signers',
    expected: `version ${later.version}, which has ${later.kid}`,
    actual: registry === undefined ? 'a version without it' : `version ${registry.version}`,
  };
}
