import type { KeyEntry, KeyQuery, KeyResolution } from '@countersign/proof-core/ports';
import { matchesChain } from './chain-pattern.ts';
import type { RegisteredSigner } from './types.ts';

/** Times are compared as text, which is right only for one spelling. */
function checkBound(time: string | undefined, name: string): void {
  if (time !== undefined && (time.length !== 24 || !time.endsWith('Z'))) {
    throw new RangeError(`${name}: expected RFC 3339 UTC with milliseconds, 24 characters`);
  }
}

function matches(entry: KeyEntry, chain: string): boolean {
  for (const pattern of entry.chains) if (matchesChain(pattern, chain)) return true;
  return false;
}

/**
 * Judges one signature by the entry of its kid (`docs/spec/signers.md` §7). The first reason that applies is given:
 *
 * - `unknown`: no entry;
 * - `wrong-purpose`, `wrong-chain`: whatever the time;
 * - `compromised`: `compromised_since` is set and nothing shows that the signature is older (`latest` absent or not before it);
 * - `revoked`: certainly made after the revocation (`earliest` > `revoked.at`);
 * - `expired`: certainly made after the window (`earliest` > `valid_until`); this is what retirement means too;
 * - `not-yet-valid`: certainly made before the window (`latest` < `valid_from`).
 *
 * A missing bound proves nothing, so it never makes a key expired, revoked or not yet valid; the answer then says `asserted`.
 * `status` alone decides nothing: signers obey it, verifiers judge by time.
 *
 * @param query `earliest` and `latest`: RFC 3339 UTC with milliseconds, 24 characters
 * @throws RangeError for a bound in another spelling
 * @example resolveEntry(entry, { kid: 'log-1', purpose: 'checkpoint', chain: 'example.com/audit' })
 */
export function resolveEntry(entry: RegisteredSigner | undefined, query: KeyQuery): KeyResolution {
  const { earliest, latest } = query;
  checkBound(earliest, 'earliest');
  checkBound(latest, 'latest');
  if (entry === undefined) return { trusted: false, reason: 'unknown' };
  if (!entry.purposes.includes(query.purpose)) return { trusted: false, entry, reason: 'wrong-purpose' };
  if (query.chain !== undefined && !matches(entry, query.chain)) return { trusted: false, entry, reason: 'wrong-chain' };
  const { compromisedSince, revoked, validUntil } = entry;
  if (compromisedSince !== undefined && !(latest !== undefined && latest < compromisedSince)) {
    return { trusted: false, entry, reason: 'compromised' };
  }
  if (earliest !== undefined) {
    if (revoked !== undefined && earliest > revoked.at) return { trusted: false, entry, reason: 'revoked' };
    if (validUntil !== undefined && earliest > validUntil) return { trusted: false, entry, reason: 'expired' };
  }
  if (latest !== undefined && latest < entry.validFrom) return { trusted: false, entry, reason: 'not-yet-valid' };
  return { trusted: true, entry, time: earliest !== undefined && latest !== undefined ? 'bounded' : 'asserted' };
}
