import { type JsonValue, isJsonObject } from '@countersign/proof-core/json/value';
import { isTime } from '@countersign/proof-core/record/time';
import { ChainError } from '../errors.ts';
import type { ReservedType } from './types.ts';

/** An event of the signer registry. */
export type SignerEventType = Extract<ReservedType, `signer.${string}`>;

type Rule = readonly [expected: string, holds: (value: JsonValue) => boolean];

const text =
  (most: number) =>
  (value: JsonValue): boolean =>
    typeof value === 'string' && value.length > 0 && new TextEncoder().encode(value).length <= most;
const matching =
  (pattern: RegExp) =>
  (value: JsonValue): boolean =>
    typeof value === 'string' && pattern.test(value);
const list =
  (holds: (value: JsonValue) => boolean, least: number) =>
  (value: JsonValue): boolean =>
    Array.isArray(value) && value.length >= least && value.length <= 64 && value.every(holds);
const members =
  (rules: Readonly<Record<string, (value: JsonValue) => boolean>>) =>
  (value: JsonValue): boolean =>
    isJsonObject(value) &&
    Object.keys(value).sort().join() === Object.keys(rules).join() &&
    Object.keys(rules).every((name) => rules[name]!(value[name]!));

const isHex = /* @__PURE__ */ matching(/^[0-9a-f]{64}$/);
const isSignature = /* @__PURE__ */ matching(/^(?:[A-Za-z0-9+/]{4}){10,2048}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/);

const KID: Rule = ['a kid', /* @__PURE__ */ matching(/^[A-Za-z0-9._~:@/+=-]{1,200}$/)];
const THUMBPRINT: Rule = ['an RFC 7638 thumbprint', /* @__PURE__ */ matching(/^[A-Za-z0-9_-]{43}$/)];
const TIME: Rule = ['RFC 3339 UTC with milliseconds', (value) => typeof value === 'string' && isTime(value)];
const PURPOSES: Rule = ['one purpose or more', /* @__PURE__ */ list(/* @__PURE__ */ matching(/^[a-z-]{1,40}$/), 1)];
const REGISTRY: Rule = [
  'digest and version of a registry',
  /* @__PURE__ */ members({ digest: isHex, version: (value) => Number.isSafeInteger(value) && (value as number) >= 1 }),
];
const COMMON = { kid: KID, registry: REGISTRY, thumbprint: THUMBPRINT } as const;

/** The frozen payloads (docs/spec/signers.md §11); `?` after a name: may be absent. No other member is allowed. */
const SCHEMAS: { readonly [type in SignerEventType]: Readonly<Record<string, Rule>> } = {
  'signer.activated': { ...COMMON, purposes: PURPOSES },
  'signer.added': {
    ...COMMON,
    purposes: PURPOSES,
    status: ['a status', /* @__PURE__ */ matching(/^(pending|active|retired|revoked)$/)],
    'replaces?': KID,
  },
  'signer.emergency': {
    ...COMMON,
    approvals: ['SHA-256 digests', /* @__PURE__ */ list(isHex, 1)],
    expires: TIME,
    justification: ['a string of 1–2000 bytes', /* @__PURE__ */ text(2000)],
    purposes: PURPOSES,
  },
  'signer.retired': { ...COMMON, valid_until: TIME },
  'signer.revoked': { ...COMMON, at: TIME, reason: ['a string of 1–200 bytes', /* @__PURE__ */ text(200)], 'compromised_since?': TIME },
  'signer.rotated': {
    from: KID,
    to: KID,
    registry: REGISTRY,
    signatures: ['base64 signatures of from and to', /* @__PURE__ */ members({ from: isSignature, to: isSignature })],
  },
};

function refusal(field: string, expected: string, actual: string): ChainError {
  return new ChainError('ERR_EVENT_RESERVED', `${field}: expected ${expected}, got ${actual}`, { field, expected, actual });
}

/**
 * Requires that an event is one of the signer registry's and its payload of the frozen schema (docs/spec/signers.md §11). What it says of keys
 * and signatures is not judged here: this package does not know the registry.
 *
 * @throws ChainError ERR_EVENT_RESERVED with the member that differs
 * @example checkSignerEvent('signer.retired', { kid, registry: { digest, version }, thumbprint, valid_until })
 */
export function checkSignerEvent(type: string, payload: unknown): void {
  const schema = Object.hasOwn(SCHEMAS, type) ? SCHEMAS[type as SignerEventType] : undefined;
  if (schema === undefined) throw refusal('type', 'an event of the signer registry', type);
  if (!isJsonObject(payload as JsonValue)) throw refusal('payload', 'an object', typeof payload);
  const object = payload as Readonly<Record<string, JsonValue>>;
  const known = new Set(Object.keys(schema).map((name) => name.replace('?', '')));
  for (const name of Object.keys(object)) if (!known.has(name)) throw refusal(`payload.${name}`, 'no such member', 'a member');
  for (const [name, [expected, holds]] of Object.entries(schema)) {
    const field = name.replace('?', '');
    const value = Object.hasOwn(object, field) ? object[field] : undefined;
    if (value === undefined && field === name) throw refusal(`payload.${field}`, 'this member', 'none');
    if (value !== undefined && !holds(value)) throw refusal(`payload.${field}`, expected, 'another value');
  }
}
