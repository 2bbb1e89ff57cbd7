import { base64urlEncode } from '../bytes/base64.ts';
import { defaultEngine } from '../engine/default.ts';
import type { Engine } from '../engine/engine.ts';
import { refuse } from '../errors.ts';
import type { KeyAlgorithm, PublicJwk, PublicKey } from './public-key.ts';
import { isSignatureForm } from './signature-form.ts';
import { encodeSpki } from './spki.ts';
import { thumbprint } from './thumbprint.ts';

/** One parameter set of FIPS 204: pure verification with an empty context. */
export interface MlDsaModule {
  verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean;
}

/** The shape of `@noble/post-quantum/ml-dsa.js`; what is absent is not verified. */
export interface MlDsaModules {
  /** For witnesses' cosignatures (type 0x06). */
  readonly ml_dsa44?: MlDsaModule;
  /** For signed documents. */
  readonly ml_dsa65?: MlDsaModule;
}

const KEY_LENGTH_44 = 1312;

/**
 * An engine that also verifies ML-DSA (FIPS 204), with a module the caller brings; this package does not depend on one.
 *
 * @param engine what does everything else
 * @param modules `@noble/post-quantum/ml-dsa.js`, or anything of its shape
 * @example
 * import * as mlDsa from '@noble/post-quantum/ml-dsa.js';
 * const engine = withMlDsa(defaultEngine, mlDsa);
 */
export function withMlDsa(engine: Engine, modules: MlDsaModules): Engine {
  const verify = (key: PublicKey<KeyAlgorithm>, message: Uint8Array, signature: Uint8Array): boolean | Promise<boolean> => {
    const module = moduleFor(key.algorithm, modules);
    if (module === undefined) return engine.verify(key, message, signature);
    if (!isSignatureForm(key, signature)) return false;
    try {
      // Nothing but `true` is a yes, whatever the module returns.
      const answer: unknown = module.verify(signature, message, key.raw!);
      return answer === true;
    } catch {
      return false;
    }
  };
  return { ...engine, mlDsa: { ...engine.mlDsa, ...modules }, verify };
}

function moduleFor(algorithm: KeyAlgorithm, { ml_dsa44, ml_dsa65 }: MlDsaModules): MlDsaModule | undefined {
  if (algorithm === 'ML-DSA-44') return ml_dsa44;
  return algorithm === 'ML-DSA-65' ? ml_dsa65 : undefined;
}

/**
 * Takes in a witness's ML-DSA-44 key (FIPS 204 §4); every string of this length is one.
 *
 * @param raw 1,312 bytes; copied
 * @returns a frozen key, for `cosignatureKey`; `importPublicKey` gives the keys that registries and documents may name
 * @throws ProofError ERR_KEY_FORMAT another length
 * @example cosignatureKey('witness.example.com/w1', mlDsa44Key(raw))
 */
export function mlDsa44Key(raw: Uint8Array, engine: Engine = defaultEngine): PublicKey<'ML-DSA-44'> {
  if (raw.length !== KEY_LENGTH_44) refuse('ERR_KEY_FORMAT', 'raw', `${KEY_LENGTH_44} bytes`, `${raw.length} bytes`);
  const jwk: PublicJwk = Object.freeze({ kty: 'AKP', alg: 'ML-DSA-44', pub: base64urlEncode(raw) });
  return Object.freeze({
    algorithm: 'ML-DSA-44',
    jwk,
    thumbprint: thumbprint(jwk, engine),
    spki: encodeSpki(jwk),
    raw: raw.slice(),
  });
}
