import { ProofError } from '../errors.ts';
import type { KeyAlgorithm, PublicJwk, PublicKey, SignatureAlgorithm } from './public-key.ts';

/** What is fixed about one signature algorithm; lengths in bytes. */
export interface AlgorithmRules {
  readonly kty: PublicJwk['kty'];
  /** JSON Web Key curve name, where the key type has curves. */
  readonly crv?: 'Ed25519' | 'P-256' | 'P-384';
  /** Length of a raw key or of one coordinate; absent for RSA, whose modulus decides. */
  readonly keyLength?: number;
  /** Length of a JOSE signature; absent for RSA, where it is the length of the modulus. */
  readonly signatureLength?: number;
  /** The hash that the algorithm applies to the message, where it takes one from outside. */
  readonly hash?: 'SHA-256' | 'SHA-384';
}

/**
 * Every signature algorithm this package knows, by its fully specified JOSE name (RFC 7518 §3.1, RFC 9864, RFC 9964 for ML-DSA).
 *
 * A polymorphic name such as `EdDSA` is not here on purpose: the key decides the algorithm, never a header.
 */
export const ALGORITHMS: Readonly<Record<SignatureAlgorithm, AlgorithmRules>> = {
  Ed25519: { kty: 'OKP', crv: 'Ed25519', keyLength: 32, signatureLength: 64 },
  ES256: { kty: 'EC', crv: 'P-256', keyLength: 32, signatureLength: 64, hash: 'SHA-256' },
  ES384: { kty: 'EC', crv: 'P-384', keyLength: 48, signatureLength: 96, hash: 'SHA-384' },
  RS256: { kty: 'RSA', hash: 'SHA-256' },
  PS256: { kty: 'RSA', hash: 'SHA-256' },
  'ML-DSA-65': { kty: 'AKP', keyLength: 1952, signatureLength: 3309 },
};

/**
 * Tells whether text names a signature algorithm of this package.
 *
 * @param name whatever stands there
 * @example isAlgorithm('EdDSA') // false: RFC 9864 deprecates it for `Ed25519`
 */
export function isAlgorithm(name: unknown): name is SignatureAlgorithm {
  return typeof name === 'string' && Object.hasOwn(ALGORITHMS, name);
}

/**
 * Tells whether platforms verify with a key themselves; for the others see `withMlDsa`.
 *
 * @internal
 */
export function isPlatformKey(key: PublicKey<KeyAlgorithm>): key is PublicKey {
  return key.jwk.kty !== 'AKP';
}

/**
 * The error for an algorithm that the engine or the platform at hand cannot verify.
 *
 * @param algorithm the name of the algorithm
 * @param cause what the platform said
 * @returns ProofError ERR_ALGORITHM_UNSUPPORTED, to be thrown
 * @example throw unsupported('ML-DSA-65')
 */
export function unsupported(algorithm: KeyAlgorithm, cause?: unknown): ProofError {
  return new ProofError('ERR_ALGORITHM_UNSUPPORTED', `${algorithm}: cannot be verified here`, {
    field: 'algorithm',
    expected: 'an algorithm that can be verified here',
    actual: algorithm,
    cause,
  });
}
