import type { Purpose } from '@countersign/proof-core/ports';
import type { Registry } from '../registry/registry.ts';
import type { RegisteredSigner } from '../registry/types.ts';

/** Which signers to export. */
export interface Selection {
  /** One signer; unknown is an error of the caller. */
  readonly kid?: string;
  /** Only signers with this purpose. */
  readonly purpose?: Purpose;
}

/**
 * Picks signers from a registry, in its order.
 *
 * @throws RangeError for a kid that the registry does not have
 */
export function selectSigners(registry: Registry, selection: Selection = {}): RegisteredSigner[] {
  const { kid, purpose } = selection;
  if (kid !== undefined && registry.signer(kid) === undefined) throw new RangeError(`the registry has no signer ${kid}`);
  return registry.signers.filter(
    (signer) => (kid === undefined || signer.kid === kid) && (purpose === undefined || signer.purposes.includes(purpose)),
  );
}
