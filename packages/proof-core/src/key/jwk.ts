import { base64urlDecode } from '../bytes/base64.ts';
import { ProofError } from '../errors.ts';
import { ALGORITHMS, isAlgorithm } from './algorithms.ts';
import type { PublicJwk } from './public-key.ts';
import { requiredMembers } from './thumbprint.ts';

/** What a private or symmetric key has and a public one has not (RFC 7518 §6, RFC 8037 §2, RFC 9964). */
const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];
/** The members that make up a public key of some type; a key has all of its own and none of another type's. */
const VALUES: Readonly<Record<string, readonly string[]>> = { OKP: ['x'], EC: ['x', 'y'], RSA: ['n', 'e'], AKP: ['pub'] };

function malformed(field: string, expected: string, actual: string): ProofError {
  return new ProofError('ERR_KEY_FORMAT', `${field}: expected ${expected}, got ${actual}`, { field, expected, actual });
}

/** Names a value without showing it: it may come from a private key put in the wrong place. */
const kind = (value: unknown): string => (value === undefined ? 'nothing' : `another ${typeof value}`);

function checkUse(jwk: Readonly<Record<string, unknown>>): void {
  const { alg, use, key_ops: operations } = jwk;
  if (use !== undefined && use !== 'sig') throw malformed('use', 'sig', kind(use));
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) {
    throw malformed('key_ops', 'a list with verify', kind(operations));
  }
  if (alg !== undefined && alg !== 'EdDSA' && !isAlgorithm(alg)) throw malformed('alg', 'a known signature algorithm', kind(alg));
}

/**
 * Reads the public members of a JSON Web Key (RFC 7517) and drops the others, as §4 of that RFC wants for members not understood.
 *
 * `use`, `key_ops` and `alg`, where present, must allow verification; base64url is strict; numbers of RSA keys have no leading zero.
 *
 * @param value a parsed JSON object
 * @returns the members that RFC 7638 hashes, frozen
 * @throws ProofError ERR_KEY_PRIVATE; ERR_KEY_FORMAT; ERR_BASE64
 * @example readJwk(JSON.parse(text)) // { kty: 'OKP', crv: 'Ed25519', x: '11qYAY…' }
 */
export function readJwk(value: Readonly<Record<string, unknown>>): PublicJwk {
  const secret = PRIVATE.find((member) => Object.hasOwn(value, member));
  if (secret !== undefined || value['kty'] === 'oct') {
    throw new ProofError('ERR_KEY_PRIVATE', 'jwk: expected a public key, got private key material', {
      field: secret ?? 'kty',
      expected: 'a public key',
      actual: 'private key material',
    });
  }
  const { kty } = value;
  if (typeof kty !== 'string' || !Object.hasOwn(VALUES, kty)) throw malformed('kty', 'OKP, EC, RSA or AKP', kind(kty));
  checkUse(value);
  for (const member of ['x', 'y', 'n', 'e', 'pub']) {
    const wanted = VALUES[kty]!.includes(member);
    if (wanted !== Object.hasOwn(value, member))
      throw malformed(member, wanted ? 'a base64url value' : `no such member in ${kty}`, kind(value[member]));
    if (wanted) checkValue(kty, member, value);
  }
  if (kty === 'RSA' && Object.hasOwn(value, 'crv')) throw malformed('crv', 'no such member in RSA', kind(value['crv']));
  return requiredMembers(value as unknown as PublicJwk);
}

function checkValue(kty: string, member: string, jwk: Readonly<Record<string, unknown>>): void {
  const text = jwk[member];
  if (typeof text !== 'string' || text.length > 4096) throw malformed(member, 'a base64url value', kind(text));
  const bytes = base64urlDecode(text, member);
  if (kty === 'RSA') {
    // RFC 7518 §6.3.1.1: the minimum number of octets, or one key would have several thumbprints.
    if (bytes.length === 0 || bytes[0] === 0) throw malformed(member, 'a number without leading zeros', `${bytes.length} bytes`);
    return;
  }
  const length = Object.values(ALGORITHMS).find(
    (rules) => rules.kty === kty && (kty === 'AKP' ? jwk['alg'] === 'ML-DSA-65' : rules.crv === jwk['crv']),
  )?.keyLength;
  if (length === undefined) throw malformed(kty === 'AKP' ? 'alg' : 'crv', 'Ed25519, P-256, P-384 or ML-DSA-65', 'another');
  if (bytes.length !== length) throw malformed(member, `${length} bytes`, `${bytes.length}`);
}
