/** A fully specified signature algorithm (RFC 9864 for `Ed25519`); the key decides it, never a header. */
export type SignatureAlgorithm = 'Ed25519' | 'ES256' | 'ES384' | 'RS256' | 'PS256' | 'ML-DSA-65';

/** What a key may be of: also ML-DSA-44, which registries and documents do not name; only witnesses' cosignatures are made with it. */
export type KeyAlgorithm = SignatureAlgorithm | 'ML-DSA-44';

/** The public members of a JSON Web Key (RFC 7517, RFC 8037, RFC 7518 §6). */
export interface PublicJwk {
  readonly kty: 'OKP' | 'EC' | 'RSA' | 'AKP';
  readonly crv?: string;
  readonly x?: string;
  readonly y?: string;
  readonly n?: string;
  readonly e?: string;
  readonly alg?: string;
  readonly pub?: string;
}

/** A public key that has passed the strength rules, with the one algorithm it is used with. Made by `importPublicKey`. */
export interface PublicKey<A extends KeyAlgorithm = SignatureAlgorithm> {
  readonly algorithm: A;
  /** Only the members that RFC 7638 hashes. */
  readonly jwk: PublicJwk;
  /** RFC 7638 SHA-256 thumbprint, 43 base64url characters. */
  readonly thumbprint: string;
  /** SubjectPublicKeyInfo, DER (RFC 5280 §4.1). */
  readonly spki: Uint8Array;
  /** The bare key where the algorithm has one form for it: 32 bytes for Ed25519, 1952 for ML-DSA-65, 1312 for ML-DSA-44. */
  readonly raw?: Uint8Array;
}
