import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { parseCanonical } from '@countersign/proof-core/json/parse';
import type { JsonObject } from '@countersign/proof-core/json/value';
import { unexpected } from '../errors.ts';
import { voiceOf } from './endorse.ts';
import { readArray, readCount, readDigest, readObject, readText } from './members.ts';
import { parseSigner } from './parse-signer.ts';
import { Registry } from './registry.ts';
import { checkTime } from './time.ts';
import { NO_PREVIOUS, REGISTRY_FORMAT, type RegisteredSigner, type RegistryMembers } from './types.ts';

/** How many bytes a payload may have. */
export const MAX_REGISTRY_BYTES: number = 16 * 1024 * 1024;
/** How many signers a registry may have; each key costs a millisecond to judge. */
export const MAX_SIGNERS = 10_000;
/** How many roots a registry may name; each costs a signature to check. */
export const MAX_ROOTS = 64;

const REQUIRED = ['expires', 'format', 'issued_at', 'previous', 'roots', 'signers', 'threshold', 'version'];

function readVersion(object: JsonObject): void {
  const version = readCount(object['version'], 'version', 'ERR_REGISTRY_VERSION');
  const previous = readDigest(object['previous'], 'previous', 'ERR_REGISTRY_VERSION');
  if ((version === 1) !== (previous === NO_PREVIOUS)) {
    throw unexpected(
      'ERR_REGISTRY_VERSION',
      'previous',
      version === 1 ? '64 zeros in version 1' : 'the digest of the version before',
      previous,
    );
  }
}

function readPeriod(object: JsonObject): void {
  const issued = checkTime(readText(object['issued_at'], 'issued_at', 'ERR_REGISTRY_TIME'), 'issued_at');
  const expires = checkTime(readText(object['expires'], 'expires', 'ERR_REGISTRY_TIME'), 'expires');
  if (expires <= issued) throw unexpected('ERR_REGISTRY_WINDOW', 'expires', `after issued_at ${issued}`, expires);
}

function readSigners(object: JsonObject, known: Registry | undefined): Map<string, RegisteredSigner> {
  const byKid = new Map<string, RegisteredSigner>();
  const byKey = new Map<string, string>();
  const items = readArray(object['signers'], 'signers');
  if (items.length > MAX_SIGNERS) throw unexpected('ERR_REGISTRY_SIZE', 'signers', `at most ${MAX_SIGNERS}`, items.length);
  items.forEach((item, i) => {
    const signer = parseSigner(item, `signers[${i}]`, known);
    const { kid, key } = signer;
    if (byKid.has(kid)) throw unexpected('ERR_REGISTRY_DUPLICATE_KID', `signers[${i}].kid`, 'each kid once', kid);
    const other = byKey.get(key.thumbprint);
    if (other !== undefined) {
      throw unexpected('ERR_REGISTRY_DUPLICATE_KEY', `signers[${i}].public_key`, 'each key under one kid', `the key of ${other}`);
    }
    byKid.set(kid, signer);
    byKey.set(key.thumbprint, kid);
  });
  return byKid;
}

function readRoots(object: JsonObject, signers: ReadonlyMap<string, RegisteredSigner>): void {
  const kids = readArray(object['roots'], 'roots');
  if (kids.length > MAX_ROOTS) throw unexpected('ERR_REGISTRY_SIZE', 'roots', `at most ${MAX_ROOTS}`, kids.length);
  const seen = new Set<string>();
  const voices = new Set<string>();
  kids.forEach((item, i) => {
    const field = `roots[${i}]`;
    const kid = readText(item, field, 'ERR_REGISTRY_ROOTS');
    const signer = signers.get(kid);
    if (seen.has(kid)) throw unexpected('ERR_REGISTRY_ROOTS', field, 'each root once', kid);
    if (signer === undefined) throw unexpected('ERR_REGISTRY_ROOTS', field, 'the kid of a signer', kid);
    if (!signer.purposes.includes('registry-root')) {
      throw unexpected('ERR_REGISTRY_ROOTS', field, 'a signer with the purpose registry-root', kid);
    }
    if (signer.status !== 'active') throw unexpected('ERR_REGISTRY_ROOTS', field, 'an active signer', `${kid}, ${signer.status}`);
    seen.add(kid);
    voices.add(voiceOf(kid, signer.operator));
  });
  const threshold = readCount(object['threshold'], 'threshold', 'ERR_REGISTRY_THRESHOLD');
  if (threshold > voices.size) {
    throw unexpected('ERR_REGISTRY_THRESHOLD', 'threshold', `at most ${voices.size}, the distinct roots and operators`, threshold);
  }
}

/**
 * Reads the payload of a registry by every rule that can be judged of one version (`docs/spec/signers.md` §2–§6). It says nothing of
 * signatures: `parseRegistry` does.
 *
 * @param payload canonical JSON, at most 16 MiB
 * @param known a version whose keys need not be judged again where this one repeats them
 * @throws RegistryError ERR_REGISTRY_* naming the member; ProofError for bytes that are not canonical and for weak, malformed or private keys
 * @example parseRegistryPayload(payload).version
 */
export function parseRegistryPayload(payload: Uint8Array, known?: Registry, engine: Engine = defaultEngine): Registry {
  if (payload.length > MAX_REGISTRY_BYTES) {
    throw unexpected('ERR_REGISTRY_SIZE', 'payload', `at most ${MAX_REGISTRY_BYTES} bytes`, payload.length);
  }
  const object = readObject(parseCanonical(payload, 'registry'), 'registry', REQUIRED);
  if (object['format'] !== REGISTRY_FORMAT) {
    throw unexpected('ERR_REGISTRY_FORMAT', 'format', REGISTRY_FORMAT, readText(object['format'], 'format', 'ERR_REGISTRY_FORMAT'));
  }
  readVersion(object);
  readPeriod(object);
  const signers = readSigners(object, known);
  readRoots(object, signers);
  const members = freeze(object) as unknown as RegistryMembers;
  return new Registry({ members, digest: engine.sha256Hex(payload), signers: Object.freeze([...signers.values()]) });
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const member of Object.values(value)) freeze(member);
    Object.freeze(value);
  }
  return value;
}
