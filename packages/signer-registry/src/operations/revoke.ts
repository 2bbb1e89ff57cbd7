import { unexpected } from '../errors.ts';
import type { Registry } from '../registry/registry.ts';
import { checkTime, formatTime } from '../registry/time.ts';
import type { Revocation } from '../registry/types.ts';
import { type Change, type OperationContext, makeChange, orphanWarnings, requireSigner, withSigner } from './change.ts';

/** Why a signer is not to be trusted any more. */
export interface RevokeRequest {
  readonly kid: string;
  /** For people: 1 to 200 bytes. */
  readonly reason: string;
  /**
   * Since when somebody else may have had the key, RFC 3339 UTC with milliseconds. Without it, what the key signed before stays trusted; with
   * it, only what is shown to be older.
   */
  readonly compromisedSince?: string;
}

/**
 * Revokes a signer, or learns more of a revocation (`audit-signers revoke`): a compromise may be added or moved earlier, never taken back.
 * A root leaves the roots.
 *
 * @throws RegistryError ERR_OPERATION_KID, ERR_OPERATION_STATUS revoked already and nothing new; ERR_REGISTRY_*
 * @example revokeSigner(registry, { kid: 'log-1', reason: 'laptop stolen', compromisedSince: '2026-11-01T00:00:00.000Z' }, context)
 */
export function revokeSigner(registry: Registry, request: RevokeRequest, context: OperationContext): Change {
  const { kid, reason, compromisedSince } = request;
  const signer = requireSigner(registry, kid);
  if (compromisedSince !== undefined) checkTime(compromisedSince, 'compromised-since');
  const known = signer.revoked;
  if (known !== undefined && compromisedSince === undefined) {
    throw unexpected('ERR_OPERATION_STATUS', kid, 'a signer that is not revoked, or a compromise to add', `revoked at ${known.at}`);
  }
  const now = formatTime(context.now);
  // A window that has not begun cannot be revoked before it.
  const at = known?.at ?? (now < signer.validFrom ? signer.validFrom : now);
  const revoked: Revocation = { at, reason, ...(compromisedSince === undefined ? {} : { compromised_since: compromisedSince }) };
  const signers = withSigner(registry, kid, { status: 'revoked', revoked });
  const roots = registry.roots.filter((root) => root !== kid);
  const edit = {
    type: 'signer.revoked',
    kid,
    details: { ...revoked },
    warnings: known === undefined ? orphanWarnings(registry, kid) : [],
  } as const;
  return makeChange(registry, { roots, signers }, edit, context);
}
