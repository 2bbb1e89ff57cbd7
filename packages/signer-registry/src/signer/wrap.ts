import type { SignRequest, Signer } from '@countersign/proof-core/ports';

/**
 * Makes a signer of the same key that signs in another way; closing it closes the one inside.
 *
 * @example wrapSigner(signer, (request) => signer.sign(request))
 */
export function wrapSigner(signer: Signer, sign: (request: SignRequest) => Promise<Uint8Array>): Signer {
  const { kid, publicKey } = signer;
  return Object.freeze({ kid, publicKey, sign, ...(signer.close === undefined ? {} : { close: () => signer.close!() }) });
}
