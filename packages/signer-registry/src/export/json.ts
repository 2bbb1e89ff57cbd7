import type { Registry } from '../registry/registry.ts';
import type { SignerMembers } from '../registry/types.ts';
import { type Selection, selectSigners } from './select.ts';

/** A registry for scripts: what the payload says, and the digest that pins it. */
export interface RegistrySummary {
  readonly version: number;
  readonly digest: string;
  readonly issued_at: string;
  readonly expires: string;
  readonly roots: readonly string[];
  readonly threshold: number;
  readonly signers: readonly SignerMembers[];
}

/**
 * Writes signers as the registry's own members, without its signatures: for scripts, not for verifiers.
 *
 * @throws RangeError for an unknown kid
 * @example JSON.stringify(exportJson(registry, { kid: 'log-1' }))
 */
export function exportJson(registry: Registry, selection: Selection = {}): RegistrySummary {
  const kids = new Set(selectSigners(registry, selection).map(({ kid }) => kid));
  const { version, digest, issuedAt, expires, roots, threshold, members } = registry;
  const signers = members.signers.filter(({ kid }) => kids.has(kid));
  return { version, digest, issued_at: issuedAt, expires, roots, threshold, signers };
}
