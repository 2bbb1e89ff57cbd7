import { base64urlEncode } from '../bytes/base64.ts';
import { utf8Encode } from '../bytes/utf8.ts';
import { defaultEngine } from '../engine/default.ts';
import type { Engine } from '../engine/engine.ts';
import type { PublicJwk } from './public-key.ts';

const MEMBERS: Readonly<Record<PublicJwk['kty'], readonly (keyof PublicJwk)[]>> = {
  OKP: ['crv', 'kty', 'x'],
  EC: ['crv', 'kty', 'x', 'y'],
  RSA: ['e', 'kty', 'n'],
  AKP: ['alg', 'kty', 'pub'],
};

/**
 * Picks the members that RFC 7638 §3.2 hashes, in lexicographic order; RFC 8037 §2 adds OKP, RFC 9964 adds AKP.
 *
 * @param jwk a public key, perhaps with other members
 * @returns a new frozen object; members that are absent stay absent
 * @example requiredMembers({ x: '11qYAY…', kid: 'a', crv: 'Ed25519', kty: 'OKP' }) // { crv, kty, x }
 */
export function requiredMembers(jwk: PublicJwk): PublicJwk {
  const picked: Record<string, string> = {};
  for (const member of MEMBERS[jwk.kty]) {
    const value = jwk[member];
    if (value !== undefined) picked[member] = value;
  }
  return Object.freeze(picked) as unknown as PublicJwk;
}

/**
 * The SHA-256 thumbprint of a key (RFC 7638): one name for one key, whatever file it came in.
 *
 * @param jwk a complete public key; other members than the hashed ones make no difference
 * @returns 43 base64url characters
 * @throws ProofError ERR_UTF8 a member that is not well-formed Unicode
 * @example thumbprint({ kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' }) // 'kPrK_qmx…'
 */
export function thumbprint(jwk: PublicJwk, engine: Engine = defaultEngine): string {
  // The values are base64url and registered names: JSON.stringify escapes nothing in them, so this is RFC 7638 §3.3 byte for byte.
  return base64urlEncode(engine.sha256(utf8Encode(JSON.stringify(requiredMembers(jwk)))));
}
