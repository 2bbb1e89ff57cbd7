import { signDocument } from '@countersign/proof-core/document/sign';
import { DOCUMENT_TYPES } from '@countersign/proof-core/document/types';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import type { Signer } from '@countersign/proof-core/ports';
import { formatRegistryPayload } from './make.ts';
import { parseRegistryPayload } from './parse-payload.ts';
import type { RegistryMembers } from './types.ts';

/**
 * Signs a registry payload with one or more roots (general JSON form, media type `application/vnd.countersign.signers+jws`). The payload is
 * judged first: nothing that `parseRegistry` would refuse is signed. Roots that sign elsewhere are added with `addSignature`.
 *
 * @param signers roots of this version or of the one before
 * @returns the registry document, UTF-8
 * @throws RegistryError ERR_REGISTRY_* for a payload that breaks a rule; what a signer rejects with
 * @example await writeFile('signers.json', await signRegistry(createRegistry(…), [root]));
 */
export async function signRegistry(
  members: RegistryMembers,
  signers: readonly Signer[],
  engine: Engine = defaultEngine,
): Promise<Uint8Array> {
  const payload = formatRegistryPayload(members);
  parseRegistryPayload(payload, engine);
  return signDocument({ type: DOCUMENT_TYPES.signers, purpose: 'registry-root', payload, signers, form: 'general' }, engine);
}
