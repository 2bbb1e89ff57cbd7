import { type NoteKey, noteKey } from '@countersign/proof-core/note/key';
import type { KeyResolver, Signer } from '@countersign/proof-core/ports';
import { ChainError } from '../errors.ts';

/** The keys whose signature lines a chain's notes may carry: registered for its checkpoints, at whatever time. */
export function checkpointKeys(resolver: KeyResolver, chain: string): NoteKey[] {
  const keys: NoteKey[] = [];
  for (const entry of resolver.entries()) {
    const answer = resolver.resolve({ kid: entry.kid, purpose: 'checkpoint', chain });
    if (answer.trusted || !['unknown', 'wrong-purpose', 'wrong-chain'].includes(answer.reason)) keys.push(noteKey(chain, entry.key));
  }
  return keys;
}

/**
 * Requires that a signer's key is registered, trusted now, for a purpose on a chain: what cannot be verified is not signed.
 *
 * @param now RFC 3339 UTC with milliseconds
 * @throws ChainError ERR_SIGNER_WRONG
 */
export function requireRegistered(
  signer: Signer,
  resolver: KeyResolver,
  purpose: 'checkpoint' | 'segment',
  chain: string,
  now: string,
): void {
  const answer = resolver.resolve({ kid: signer.kid, purpose, chain, earliest: now, latest: now });
  const reason = !answer.trusted ? answer.reason : answer.entry.key.thumbprint === signer.publicKey.thumbprint ? undefined : 'another key';
  if (reason === undefined) return;
  throw new ChainError(
    'ERR_SIGNER_WRONG',
    `signer ${signer.kid}: expected a key that the registry trusts for ${purpose} of ${chain}, got ${reason}`,
    {
      field: 'signer',
      expected: `trusted for ${purpose}`,
      actual: reason,
    },
  );
}
