import { equalBytes } from '@countersign/proof-core/bytes/compare';
import { parseJson } from '@countersign/proof-core/json/parse';
import { type JsonObject, type JsonValue, isJsonObject } from '@countersign/proof-core/json/value';
import { unexpected } from '../errors.ts';
import { MAX_REGISTRY_BYTES, MAX_SIGNERS } from '../registry/parse-payload.ts';
import { isKeyText, readJwkEntry, readLegacyObject, readLegacyValue } from './entry.ts';
import type { LegacyShape, LegacySigner } from './types.ts';

/** A legacy registry: who has signed, as somebody once wrote it down. Nobody has signed the list itself. */
export interface LegacyRegistry {
  readonly shapes: readonly LegacyShape[];
  /** Each kid once. */
  readonly signers: readonly LegacySigner[];
}

/** Members of an object that are notes about it, not signers under their name. */
const NOTES = ['version', 'updated_at', 'updatedAt', 'generated_at', 'generatedAt', 'description', 'comment', 'note', '$schema'];

function same(a: LegacySigner, b: LegacySigner): boolean {
  if (a.algorithm !== b.algorithm) return false;
  if (a.key !== undefined && b.key !== undefined) return a.key.thumbprint === b.key.thumbprint;
  return a.secret !== undefined && b.secret !== undefined && equalBytes(a.secret(), b.secret());
}

class Collector {
  readonly shapes = new Set<LegacyShape>();
  readonly signers = new Map<string, LegacySigner>();

  add(shape: LegacyShape, signer: LegacySigner | undefined): void {
    this.shapes.add(shape);
    if (signer === undefined) return;
    const before = this.signers.get(signer.kid);
    if (before !== undefined && !same(before, signer)) {
      throw unexpected('ERR_LEGACY_CONFLICT', `signer ${signer.kid}`, 'one key for each kid', 'two');
    }
    if (before === undefined) this.signers.set(signer.kid, signer);
    if (this.signers.size > MAX_SIGNERS) throw unexpected('ERR_REGISTRY_SIZE', 'signers', `at most ${MAX_SIGNERS}`, 'more');
  }
}

function list(value: JsonValue, field: string, shape: LegacyShape, into: Collector): void {
  if (!Array.isArray(value)) throw unexpected('ERR_LEGACY_SIGNER', field, 'an array', 'another type');
  into.shapes.add(shape);
  value.forEach((item: JsonValue, i: number) => {
    const at = `${field}[${i}]`;
    if (shape === 'jwks') return into.add(shape, readJwkEntry(item, at));
    if (!isJsonObject(item)) throw unexpected('ERR_LEGACY_SIGNER', at, 'an object', 'another type');
    return into.add(shape, readLegacyObject(item, at));
  });
}

function map(object: JsonObject, into: Collector): void {
  for (const [name, value] of Object.entries(object)) {
    if (name === 'signers' || name === 'keys') continue;
    // A note is passed over; a kid that happens to have such a name holds a key.
    if (NOTES.includes(name) && !isJsonObject(value) && !(typeof value === 'string' && isKeyText(value))) continue;
    into.add('map', readLegacyValue(name, value, `signers.${name}`));
  }
}

/**
 * Reads signers in any of the shapes they were written in before (`docs/spec/signers.md` §12): `{signers: […]}`, a bare array or SQL rows, a
 * map from kid to PEM, base64 or object, several of these in one object, a JWK set, and `{}`.
 *
 * The algorithm comes from the key; a declared one must agree. HMAC entries are kept, because old rows name them, and are never public keys.
 *
 * @param bytes JSON, at most 16 MiB
 * @throws RegistryError ERR_LEGACY_SIGNER, ERR_LEGACY_CONFLICT, ERR_REGISTRY_SIZE; ProofError for JSON that is not strict (a kid twice in a
 *   map is), and for weak, malformed or private keys
 * @example parseLegacySigners(await readFile('signers.json')).signers[0]?.kid
 */
export function parseLegacySigners(bytes: Uint8Array): LegacyRegistry {
  if (bytes.length > MAX_REGISTRY_BYTES)
    throw unexpected('ERR_REGISTRY_SIZE', 'signers', `at most ${MAX_REGISTRY_BYTES} bytes`, bytes.length);
  const value = parseJson(bytes, 'signers');
  const into = new Collector();
  if (Array.isArray(value)) list(value, 'signers', 'rows', into);
  else if (isJsonObject(value)) {
    if (value['signers'] !== undefined) list(value['signers'], 'signers', 'signers', into);
    if (value['keys'] !== undefined) list(value['keys'], 'keys', 'jwks', into);
    map(value, into);
  } else throw unexpected('ERR_LEGACY_SIGNER', 'signers', 'an object or an array', 'another type');
  return { shapes: into.shapes.size === 0 ? ['empty'] : [...into.shapes], signers: [...into.signers.values()] };
}
