import { ALGORITHMS, isAlgorithm } from '@countersign/proof-core/key/algorithms';
import { importPublicKey } from '@countersign/proof-core/key/import';
import type { PublicJwk, PublicKey, SignatureAlgorithm } from '@countersign/proof-core/key/public-key';
import type { Purpose } from '@countersign/proof-core/ports';
import type { JsonObject, JsonValue } from '@countersign/proof-core/json/value';
import { unexpected } from '../errors.ts';
import { checkBackend } from './backend.ts';
import { isChainPattern } from './chain-pattern.ts';
import { readArray, readDigest, readObject, readProse, readText } from './members.ts';
import { isDevelopmentKey, isPurpose } from './purpose.ts';
import { checkTime } from './time.ts';
import { type Emergency, type RegisteredSigner, type Revocation, STATUSES, type SignerStatus } from './types.ts';

const KID = /^[A-Za-z0-9._~:@/+=-]{1,200}$/;

const REQUIRED = [
  'algorithm',
  'backend',
  'chains',
  'description',
  'kid',
  'operator',
  'public_key',
  'purposes',
  'status',
  'thumbprint',
  'valid_from',
];
const OPTIONAL = ['emergency', 'revoked', 'valid_until'];

/**
 * Tells whether a text can be a kid: 1 to 200 characters of `A-Z a-z 0-9 . _ ~ : @ / + = -`.
 *
 * @example isKid('kernel-audit-ed25519-v1') // true
 */
export function isKid(text: string): boolean {
  return KID.test(text);
}

/** Reads a key, or takes the one that `known` has already judged under this kid: point arithmetic costs a millisecond a key. */
function readKey(object: JsonObject, known: RegisteredSigner | undefined, field: string): PublicKey {
  const jwk = readObject(object['public_key'], field, ['kty'], Object.keys(object['public_key'] ?? {}));
  const names = Object.keys(jwk);
  const judged = known?.key;
  if (judged !== undefined && judged.algorithm === object['algorithm'] && names.length === Object.keys(judged.jwk).length) {
    if (names.every((name) => jwk[name] === judged.jwk[name as keyof PublicJwk])) return judged;
  }
  const key = importPublicKey(jwk as unknown as PublicJwk, { algorithm: object['algorithm'] as SignatureAlgorithm });
  // One key, one spelling: `use`, `kid` and the like would be claims beside the registry's own.
  const extra = names.find((name) => !Object.hasOwn(key.jwk, name));
  if (extra !== undefined) throw unexpected('ERR_REGISTRY_KEY', field, `only ${Object.keys(key.jwk).join(', ')}`, extra);
  return key;
}

function readPurposes(value: JsonValue | undefined, field: string): Purpose[] {
  const purposes = readArray(value, field).map((item, i): Purpose => {
    const text = readText(item, `${field}[${i}]`, 'ERR_REGISTRY_PURPOSE');
    if (!isPurpose(text)) throw unexpected('ERR_REGISTRY_PURPOSE', `${field}[${i}]`, 'a known purpose', text);
    return text;
  });
  if (purposes.length === 0) throw unexpected('ERR_REGISTRY_PURPOSE', field, 'a purpose', 'none');
  if (new Set(purposes).size < purposes.length) throw unexpected('ERR_REGISTRY_PURPOSE', field, 'each purpose once', 'one twice');
  return purposes;
}

function readChains(value: JsonValue | undefined, purposes: readonly Purpose[], field: string): string[] {
  const chains = readArray(value, field).map((item, i): string => {
    const text = readText(item, `${field}[${i}]`, 'ERR_REGISTRY_CHAIN');
    if (!isChainPattern(text)) throw unexpected('ERR_REGISTRY_CHAIN', `${field}[${i}]`, 'a chain id, a prefix ending in /*, or *', text);
    return text;
  });
  if (new Set(chains).size < chains.length) throw unexpected('ERR_REGISTRY_CHAIN', field, 'each pattern once', 'one twice');
  if (chains.length === 0 && purposes.some((purpose) => purpose === 'checkpoint' || purpose === 'segment')) {
    throw unexpected('ERR_REGISTRY_CHAIN', field, 'a pattern for a checkpoint or segment signer', 'none');
  }
  return chains;
}

function readRevocation(value: JsonValue | undefined, validFrom: string, field: string): Revocation {
  const object = readObject(value, field, ['at', 'reason'], ['compromised_since']);
  const at = checkTime(readText(object['at'], `${field}.at`, 'ERR_REGISTRY_TIME'), `${field}.at`);
  const reason = readProse(object['reason'], `${field}.reason`, 1, 200);
  if (at < validFrom) throw unexpected('ERR_REGISTRY_WINDOW', `${field}.at`, `not before valid_from ${validFrom}`, at);
  if (object['compromised_since'] === undefined) return { at, reason };
  const name = `${field}.compromised_since`;
  const since = checkTime(readText(object['compromised_since'], name, 'ERR_REGISTRY_TIME'), name);
  if (since > at) throw unexpected('ERR_REGISTRY_WINDOW', name, `not after revoked.at ${at}`, since);
  return { at, reason, compromised_since: since };
}

function readEmergency(value: JsonValue | undefined, field: string): Emergency {
  const object = readObject(value, field, ['approvals', 'justification']);
  const approvals = readArray(object['approvals'], `${field}.approvals`).map((item, i) =>
    readDigest(item, `${field}.approvals[${i}]`, 'ERR_REGISTRY_MEMBER'),
  );
  if (new Set(approvals).size < approvals.length) {
    throw unexpected('ERR_REGISTRY_MEMBER', `${field}.approvals`, 'each approval once', 'one twice');
  }
  return { approvals, justification: readProse(object['justification'], `${field}.justification`, 1, 2000) };
}

function readStatus(object: JsonObject, field: string): SignerStatus {
  const status = readText(object['status'], `${field}.status`, 'ERR_REGISTRY_STATUS');
  const known = STATUSES.find((name) => name === status);
  if (known === undefined) throw unexpected('ERR_REGISTRY_STATUS', `${field}.status`, STATUSES.join(', '), status);
  const has = (name: string): boolean => Object.hasOwn(object, name);
  if (has('revoked') !== (known === 'revoked')) {
    throw unexpected(
      'ERR_REGISTRY_STATUS',
      `${field}.status`,
      has('revoked') ? 'revoked, as its member revoked says' : 'a member revoked',
      known,
    );
  }
  if (known === 'retired' && !has('valid_until')) {
    throw unexpected('ERR_REGISTRY_STATUS', `${field}.status`, 'a retired signer to have valid_until', 'none');
  }
  return known;
}

/**
 * Reads one signer of a registry payload by every rule that can be judged of it alone (`docs/spec/signers.md` §3).
 *
 * @param field what to call it in an error, e.g. `signers[3]`
 * @param known a registry whose keys need not be judged again
 * @throws RegistryError ERR_REGISTRY_* naming the member; ProofError for a weak, malformed or private key
 */
export function parseSigner(
  value: JsonValue,
  field: string,
  known?: { signer(kid: string): RegisteredSigner | undefined },
): RegisteredSigner {
  const object = readObject(value, field, REQUIRED, OPTIONAL);
  const kid = readText(object['kid'], `${field}.kid`, 'ERR_REGISTRY_KID');
  if (!isKid(kid)) throw unexpected('ERR_REGISTRY_KID', `${field}.kid`, '1 to 200 characters of A-Z a-z 0-9 . _ ~ : @ / + = -', kid);
  const algorithm = readText(object['algorithm'], `${field}.algorithm`, 'ERR_REGISTRY_ALGORITHM');
  if (!isAlgorithm(algorithm)) {
    throw unexpected('ERR_REGISTRY_ALGORITHM', `${field}.algorithm`, Object.keys(ALGORITHMS).join(', '), algorithm);
  }
  const key = readKey(object, known?.signer(kid), `${field}.public_key`);
  const thumbprint = readText(object['thumbprint'], `${field}.thumbprint`, 'ERR_REGISTRY_THUMBPRINT');
  if (thumbprint !== key.thumbprint) throw unexpected('ERR_REGISTRY_THUMBPRINT', `${field}.thumbprint`, key.thumbprint, thumbprint);

  const backend = checkBackend(readText(object['backend'], `${field}.backend`, 'ERR_REGISTRY_BACKEND'), `${field}.backend`);
  const operator = readProse(object['operator'], `${field}.operator`, 0, 200);
  const description = readProse(object['description'], `${field}.description`, 0, 2000);
  const purposes = readPurposes(object['purposes'], `${field}.purposes`);
  if (purposes.length > 1 && !isDevelopmentKey({ backend, operator })) {
    throw unexpected('ERR_REGISTRY_PURPOSE', `${field}.purposes`, 'one purpose (only a dev key may have several)', purposes.length);
  }
  const chains = readChains(object['chains'], purposes, `${field}.chains`);

  const status = readStatus(object, field);
  const validFrom = checkTime(readText(object['valid_from'], `${field}.valid_from`, 'ERR_REGISTRY_TIME'), `${field}.valid_from`);
  const until = object['valid_until'];
  const validUntil =
    until === undefined ? undefined : checkTime(readText(until, `${field}.valid_until`, 'ERR_REGISTRY_TIME'), `${field}.valid_until`);
  if (validUntil !== undefined && validUntil < validFrom) {
    throw unexpected('ERR_REGISTRY_WINDOW', `${field}.valid_until`, `not before valid_from ${validFrom}`, validUntil);
  }
  const revoked = object['revoked'] === undefined ? undefined : readRevocation(object['revoked'], validFrom, `${field}.revoked`);
  const emergency = object['emergency'] === undefined ? undefined : readEmergency(object['emergency'], `${field}.emergency`);
  if (emergency !== undefined && validUntil === undefined) {
    throw unexpected('ERR_REGISTRY_WINDOW', `${field}.valid_until`, 'an end for an emergency signer', 'none');
  }
  return Object.freeze({
    kid,
    algorithm,
    key,
    purposes: Object.freeze(purposes),
    chains: Object.freeze(chains),
    status,
    validFrom,
    ...(validUntil === undefined ? {} : { validUntil }),
    ...(revoked === undefined ? {} : { revoked }),
    ...(revoked?.compromised_since === undefined ? {} : { compromisedSince: revoked.compromised_since }),
    backend,
    operator,
    description,
    ...(emergency === undefined ? {} : { emergency }),
  });
}
