import type { PublicKey } from '@countersign/proof-core/key/public-key';
import { makeSigner } from '../registry/make.ts';
import type { Registry } from '../registry/registry.ts';
import { formatTime } from '../registry/time.ts';
import { type Change, type OperationContext, makeChange, requireSigner, requireStatus } from './change.ts';

/** The key that is to take over. */
export interface RotateRequest {
  /** The signer to be replaced. */
  readonly from: string;
  readonly to: {
    readonly kid: string;
    readonly publicKey: PublicKey;
    readonly backend: string;
    /** That of the old key when absent. */
    readonly operator?: string;
    readonly description?: string;
    /** RFC 3339 UTC with milliseconds; now when absent. */
    readonly validFrom?: string;
  };
}

/**
 * Begins a rotation (`audit-signers rotate`): adds the new key as pending, for the purposes and chains of the old one, which signs on.
 *
 * Then come the rehearsal, `activateSigner` (from there on both sign), the rotation statement (`signRotation`), and `retireSigner`.
 *
 * @throws RegistryError ERR_OPERATION_KID, ERR_OPERATION_STATUS the old key is not active; ERR_REGISTRY_*
 * @example rotateSigner(registry, { from: 'log-1', to: { kid: 'log-2', publicKey, backend } }, context)
 */
export function rotateSigner(registry: Registry, request: RotateRequest, context: OperationContext): Change {
  const old = requireSigner(registry, request.from);
  requireStatus(old, 'active');
  const { to } = request;
  const signer = makeSigner({
    kid: to.kid,
    publicKey: to.publicKey,
    purposes: old.purposes,
    chains: old.chains,
    validFrom: to.validFrom ?? formatTime(context.now),
    status: old.purposes.includes('registry-root') ? 'active' : 'pending',
    backend: to.backend,
    operator: to.operator ?? old.operator,
    description: to.description ?? '',
  });
  // A root cannot be rehearsed: it takes its place at once, and its signature on this version is the rehearsal.
  const roots = registry.roots.map((kid) => (kid === old.kid ? signer.kid : kid));
  const details = { purposes: signer.purposes, replaces: old.kid, status: signer.status };
  return makeChange(
    registry,
    { roots, signers: [...registry.members.signers, signer] },
    { type: 'signer.added', kid: signer.kid, details },
    context,
  );
}
