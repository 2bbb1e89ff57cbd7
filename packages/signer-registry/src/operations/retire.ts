import type { Registry } from '../registry/registry.ts';
import { formatTime } from '../registry/time.ts';
import { type Change, type OperationContext, makeChange, orphanWarnings, requireSigner, requireStatus, withSigner } from './change.ts';

/**
 * Ends a signer (`audit-signers retire`): from now on it signs nothing, and what it has signed stays verifiable for ever. A root leaves the
 * roots.
 *
 * @throws RegistryError ERR_OPERATION_KID, ERR_OPERATION_STATUS; ERR_REGISTRY_THRESHOLD too few roots would be left
 * @example retireSigner(registry, 'log-1', context)
 */
export function retireSigner(registry: Registry, kid: string, context: OperationContext): Change {
  const signer = requireSigner(registry, kid);
  requireStatus(signer, 'active', 'pending');
  const now = formatTime(context.now);
  const end = signer.validUntil === undefined || signer.validUntil > now ? now : signer.validUntil;
  // A window that has not begun ends where it would have.
  const validUntil = end < signer.validFrom ? signer.validFrom : end;
  const signers = withSigner(registry, kid, { status: 'retired', valid_until: validUntil });
  const roots = registry.roots.filter((root) => root !== kid);
  const edit = { type: 'signer.retired', kid, details: { valid_until: validUntil }, warnings: orphanWarnings(registry, kid) } as const;
  return makeChange(registry, { roots, signers }, edit, context);
}
