import { base64Decode } from '@countersign/proof-core/bytes/base64';
import { type JsonObject, type JsonValue, isJsonObject } from '@countersign/proof-core/json/value';
import type { Mark, Purpose } from '@countersign/proof-core/ports';
import { isChainId } from '@countersign/proof-core/record/chain-id';
import { RegistryError, unexpected } from '../../errors.ts';
import { isKid } from '../../registry/parse-signer.ts';
import { isPurpose } from '../../registry/purpose.ts';

/** What `POST /v1/sign` carries. */
export interface SignMessage {
  readonly kid: string;
  readonly purpose: Purpose;
  readonly bytes: Uint8Array;
}

/** What `POST /v1/marks` carries. */
export interface MarkMessage {
  readonly next: Mark;
  readonly proof: readonly Uint8Array[];
}

/** No tree has a proof of more hashes: sizes are below 2^53. */
const MAX_PROOF = 64;

function closed(value: JsonValue, members: string): JsonObject {
  if (isJsonObject(value) && Object.keys(value).sort().join() === members) return value;
  throw unexpected('ERR_PROXY_REQUEST', 'body', `an object with exactly ${members}`, 'something else');
}

function text(value: JsonValue | undefined, field: string, rule: (text: string) => boolean): string {
  if (typeof value === 'string' && rule(value)) return value;
  throw unexpected('ERR_PROXY_REQUEST', field, `a ${field}`, 'something else');
}

function decode(value: JsonValue | undefined, field: string): Uint8Array {
  try {
    if (typeof value === 'string') return base64Decode(value, field);
  } catch (cause) {
    throw new RegistryError('ERR_PROXY_REQUEST', `${field}: expected base64`, { field, expected: 'base64', cause });
  }
  throw unexpected('ERR_PROXY_REQUEST', field, 'base64', 'no text');
}

function hash(value: JsonValue | undefined, field: string): Uint8Array {
  const bytes = decode(value, field);
  if (bytes.length !== 32) throw unexpected('ERR_PROXY_REQUEST', field, '32 bytes', bytes.length);
  return bytes;
}

/**
 * Reads a request for a signature (`docs/spec/signing-proxy.md` §2).
 *
 * @throws RegistryError ERR_PROXY_REQUEST
 */
export function readSignMessage(value: JsonValue): SignMessage {
  const object = closed(value, 'bytes,kid,purpose');
  return {
    kid: text(object['kid'], 'kid', isKid),
    purpose: text(object['purpose'], 'purpose', isPurpose) as Purpose,
    bytes: decode(object['bytes'], 'bytes'),
  };
}

/**
 * Reads a reservation (`docs/spec/signing-proxy.md` §4).
 *
 * @throws RegistryError ERR_PROXY_REQUEST
 */
export function readMarkMessage(value: JsonValue): MarkMessage {
  const object = closed(value, 'origin,proof,root,size');
  const { size, proof } = object;
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 1) {
    throw unexpected('ERR_PROXY_REQUEST', 'size', 'a whole number from 1', 'something else');
  }
  if (!Array.isArray(proof) || proof.length > MAX_PROOF) {
    throw unexpected('ERR_PROXY_REQUEST', 'proof', `at most ${MAX_PROOF} hashes`, 'something else');
  }
  return {
    next: { origin: text(object['origin'], 'origin', isChainId), size, root: hash(object['root'], 'root') },
    proof: proof.map((item: JsonValue, i: number) => hash(item, `proof[${i}]`)),
  };
}
