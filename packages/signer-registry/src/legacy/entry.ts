import { base64Decode } from '@countersign/proof-core/bytes/base64';
import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { importPublicKey } from '@countersign/proof-core/key/import';
import type { PublicJwk } from '@countersign/proof-core/key/public-key';
import { type JsonObject, type JsonValue, isJsonObject } from '@countersign/proof-core/json/value';
import { isTime } from '@countersign/proof-core/record/time';
import { unexpected } from '../errors.ts';
import { isKid } from '../registry/parse-signer.ts';
import { type LegacyAlgorithm, readLegacyAlgorithm } from './algorithm.ts';
import { readKeyText } from './key-text.ts';
import type { LegacySigner } from './types.ts';

const KID = ['signer_kid', 'signerId', 'signer_id', 'kid', 'keyId'];
const KEY = ['public_key_pem', 'publicKeyPem', 'publicKey', 'public_key', 'key'];
const ALGORITHM = ['algorithm', 'alg'];
const DEPLOYED = ['deployedAt', 'deployed_at'];

/** The one value that a member has under any of its spellings; two that differ are a conflict. */
function pick(object: JsonObject, names: readonly string[], field: string): JsonValue | undefined {
  const values = names.filter((name) => Object.hasOwn(object, name)).map((name) => object[name]!);
  const other = values.find((value) => value !== values[0]);
  if (other !== undefined) throw unexpected('ERR_LEGACY_CONFLICT', field, `one of ${names.join(', ')}`, 'two that differ');
  return values[0];
}

function text(value: JsonValue | undefined, field: string): string {
  if (typeof value === 'string') return value;
  throw unexpected('ERR_LEGACY_SIGNER', field, 'text', value === undefined ? 'nothing' : 'another type');
}

/** Registries write times as they please; one that cannot be read bounds nothing. */
function readDeployed(value: JsonValue | undefined): string | undefined {
  const milliseconds = typeof value === 'string' && /^[0-9]{4}-[0-9]{2}-[0-9]{2}/.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(milliseconds)) return undefined;
  const time = new Date(milliseconds).toISOString();
  return isTime(time) ? time : undefined;
}

function readAlgorithm(object: JsonObject, field: string): LegacyAlgorithm | undefined {
  const value = pick(object, ALGORITHM, `${field}.algorithm`);
  if (value === undefined || value === null) return undefined;
  const name = text(value, `${field}.algorithm`);
  const algorithm = readLegacyAlgorithm(name);
  if (algorithm === undefined) throw unexpected('ERR_LEGACY_SIGNER', `${field}.algorithm`, 'a known algorithm', name);
  return algorithm;
}

/** Refuses a kid that the present registry could not hold either. */
export function checkKid(kid: string, field: string): string {
  if (!isKid(kid)) throw unexpected('ERR_LEGACY_SIGNER', field, 'a kid', `${kid.length} characters`);
  return kid;
}

function secretBytes(secret: string): Uint8Array {
  return utf8Encode(secret, 'secret');
}

/**
 * Reads an object of a legacy registry: shapes (a) to (d), (g) and (h) differ only in how they spell the members.
 *
 * @param kid the name it stands under in a map; the object may repeat it but not contradict it
 * @throws RegistryError ERR_LEGACY_SIGNER, ERR_LEGACY_CONFLICT; ProofError for a weak, malformed or private key
 */
export function readLegacyObject(object: JsonObject, field: string, kid?: string): LegacySigner {
  const named = pick(object, KID, `${field}.kid`);
  if (kid !== undefined && named !== undefined && named !== kid) {
    throw unexpected('ERR_LEGACY_CONFLICT', `${field}.kid`, kid, typeof named === 'string' ? named : 'another type');
  }
  const name = checkKid(kid ?? text(named, `${field}.kid`), `${field}.kid`);
  const algorithm = readAlgorithm(object, field);
  const key = pick(object, KEY, `${field}.key`);
  const deployedAt = readDeployed(pick(object, DEPLOYED, `${field}.deployedAt`));
  const common = {
    kid: name,
    description: typeof object['description'] === 'string' ? object['description'] : '',
    ...(deployedAt === undefined ? {} : { deployedAt }),
  };
  const where = `${field}.key`;
  if (algorithm === 'HMAC-SHA256') {
    const secret = text(key, where);
    return { ...common, algorithm, secret: () => secretBytes(secret) };
  }
  const publicKey = readKeyText(text(key, where), algorithm);
  return { ...common, algorithm: publicKey.algorithm, key: publicKey };
}

/**
 * Reads what stands under a kid in a map: shapes (d) to (g), and PEM or base64 text.
 *
 * @throws as `readLegacyObject`
 */
export function readLegacyValue(kid: string, value: JsonValue, field: string): LegacySigner {
  if (isJsonObject(value)) return readLegacyObject(value, field, kid);
  const key = readKeyText(text(value, field));
  return { kid: checkKid(kid, field), algorithm: key.algorithm, key, description: '' };
}

/**
 * Reads one key of a JWK set (RFC 7517 §5).
 *
 * @returns undefined for a key that is not for signatures
 * @throws as `readLegacyObject`
 */
export function readJwkEntry(value: JsonValue, field: string): LegacySigner | undefined {
  if (!isJsonObject(value)) throw unexpected('ERR_LEGACY_SIGNER', field, 'a JSON Web Key', 'another type');
  if (value['use'] !== undefined && value['use'] !== 'sig') return undefined;
  const { kid, alg } = value;
  const key = importPublicKey(value as unknown as PublicJwk, value['kty'] === 'RSA' && alg === undefined ? { algorithm: 'RS256' } : {});
  return { kid: checkKid(text(kid, `${field}.kid`), `${field}.kid`), algorithm: key.algorithm, key, description: '' };
}

/** Tells whether map text looks like a key: shapes (e) and (f). */
export function isKeyText(value: string): boolean {
  if (value.trimStart().startsWith('-----BEGIN ')) return true;
  try {
    return base64Decode(value).length >= 32;
  } catch {
    return false;
  }
}
