import type { Registry } from '../registry/registry.ts';
import { formatTime } from '../registry/time.ts';
import { type Change, type OperationContext, makeChange, requireSigner, requireStatus, withSigner } from './change.ts';

/**
 * Lets a pending signer sign (`audit-signers activate`). While an older one is active too, both sign.
 *
 * @throws RegistryError ERR_OPERATION_KID, ERR_OPERATION_STATUS; ERR_REGISTRY_*
 * @example activateSigner(registry, 'log-2', context)
 */
export function activateSigner(registry: Registry, kid: string, context: OperationContext): Change {
  const signer = requireSigner(registry, kid);
  requireStatus(signer, 'pending');
  const planned = signer.validFrom > formatTime(context.now);
  const warnings = planned ? [`it signs nothing before ${signer.validFrom}: a window never begins earlier`] : [];
  const signers = withSigner(registry, kid, { status: 'active' });
  return makeChange(registry, { signers }, { type: 'signer.activated', kid, details: { purposes: signer.purposes }, warnings }, context);
}
