import { makeSigner, type NewSigner } from '../registry/make.ts';
import type { Registry } from '../registry/registry.ts';
import { formatTime } from '../registry/time.ts';
import { type Change, type OperationContext, makeChange } from './change.ts';

/** A signer to be added. */
export interface AddRequest extends Omit<NewSigner, 'validFrom'> {
  /** RFC 3339 UTC with milliseconds; now when absent. */
  readonly validFrom?: string;
  /** Also makes it a root: it has to sign this version, beside the roots that were there before. */
  readonly root?: boolean;
  /** A new threshold of roots. */
  readonly threshold?: number;
}

/**
 * Adds a signer (`audit-signers add`): pending unless the request says active, so that it can be rehearsed before it signs.
 *
 * @throws RegistryError ERR_REGISTRY_DUPLICATE_KID, ERR_REGISTRY_DUPLICATE_KEY and the other ERR_REGISTRY_*
 * @example addSigner(registry, { kid: 'log-2', publicKey, purposes: ['checkpoint'], chains: ['example.com/audit'], backend }, context)
 */
export function addSigner(registry: Registry, request: AddRequest, context: OperationContext): Change {
  const { root = false, threshold, ...rest } = request;
  const status = request.status ?? (root ? 'active' : 'pending');
  const signer = makeSigner({ ...rest, status, validFrom: request.validFrom ?? formatTime(context.now) });
  const next = {
    signers: [...registry.members.signers, signer],
    ...(root ? { roots: [...registry.roots, signer.kid] } : {}),
    ...(threshold === undefined ? {} : { threshold }),
  };
  const details = { purposes: signer.purposes, status: signer.status };
  return makeChange(registry, next, { type: 'signer.added', kid: signer.kid, details }, context);
}
