import type { PublicJwk, SignatureAlgorithm } from '@countersign/proof-core/key/public-key';
import type { Registry } from '../registry/registry.ts';
import type { RegisteredSigner } from '../registry/types.ts';
import { type Selection, selectSigners } from './select.ts';

/** A published key: the members RFC 7517 registers, and when it may have signed (as OpenID Federation's historical keys have it). */
export interface PublishedJwk extends PublicJwk {
  readonly kid: string;
  readonly use: 'sig';
  readonly alg: SignatureAlgorithm;
  /** Seconds since 1970-01-01T00:00:00Z. */
  readonly nbf: number;
  readonly exp?: number;
  readonly revoked?: { readonly revoked_at: number; readonly reason: string };
}

/** A JWK set (RFC 7517 §5). */
export interface JwkSet {
  readonly keys: readonly PublishedJwk[];
}

/** What a JWK set contains. */
export interface JwksOptions extends Selection {
  /** Also revoked keys, marked so; a reader that does not know the mark would trust them, so they are left out by default. */
  readonly revoked?: boolean;
}

const seconds = (time: string): number => Math.floor(Date.parse(time) / 1000);

function publish(signer: RegisteredSigner): PublishedJwk {
  const { kid, key, validFrom, validUntil, revoked } = signer;
  return {
    ...key.jwk,
    kid,
    use: 'sig',
    alg: key.algorithm,
    nbf: seconds(validFrom),
    ...(validUntil === undefined ? {} : { exp: Math.ceil(Date.parse(validUntil) / 1000) }),
    ...(revoked === undefined ? {} : { revoked: { revoked_at: seconds(revoked.at), reason: revoked.reason } }),
  };
}

/**
 * Writes the public keys of a registry as a JWK set: the content of `/.well-known/jwks.json`.
 *
 * Pending and retired keys are in it: one must be known before it signs, the other for as long as what it signed. It is for
 * interoperation; who may sign what is said by the registry alone.
 *
 * @throws RangeError for an unknown kid
 * @example response.json(exportJwks(registry, { purpose: 'license' }))
 */
export function exportJwks(registry: Registry, options: JwksOptions = {}): JwkSet {
  const signers = selectSigners(registry, options).filter(({ status }) => options.revoked === true || status !== 'revoked');
  return { keys: signers.map(publish) };
}
