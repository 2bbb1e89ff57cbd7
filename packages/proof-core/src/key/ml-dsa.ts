import type { Engine } from '../engine/engine.ts';
import type { PublicKey } from './public-key.ts';
import { isSignatureForm } from './signature-form.ts';

/** The shape of `ml_dsa65` of `@noble/post-quantum`: FIPS 204 pure verification with an empty context. */
export interface MlDsaModule {
  verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean;
}

/**
 * An engine that also verifies ML-DSA-65 (FIPS 204), with a module the caller brings; this package does not depend on one.
 *
 * @param engine what does everything else
 * @param module `ml_dsa65` of `@noble/post-quantum/ml-dsa.js`, or anything of its shape
 * @example
 * import { ml_dsa65 } from '@noble/post-quantum/ml-dsa.js';
 * const engine = withMlDsa(defaultEngine, ml_dsa65);
 */
export function withMlDsa(engine: Engine, module: MlDsaModule): Engine {
  const verify = (key: PublicKey, message: Uint8Array, signature: Uint8Array): boolean | Promise<boolean> => {
    if (key.algorithm !== 'ML-DSA-65') return engine.verify(key, message, signature);
    if (!isSignatureForm(key, signature)) return false;
    try {
      return module.verify(signature, message, key.raw!);
    } catch {
      return false;
    }
  };
  return { ...engine, verify };
}
