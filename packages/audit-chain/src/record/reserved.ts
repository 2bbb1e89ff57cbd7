import { type JsonValue, isJsonObject } from '@countersign/proof-core/json/value';
import { isChainId } from '@countersign/proof-core/record/chain-id';
import { isTime } from '@countersign/proof-core/record/time';
import { ChainError } from '../errors.ts';
import type { ReservedType } from './types.ts';

type Rule = readonly [expected: string, holds: (value: JsonValue) => boolean];

/** The members of a payload; `?` after a name: may be absent. No other member is allowed. */
interface Schema {
  readonly [name: string]: Rule | Schema;
}

const text = (bytes: number): Rule => [
  `a string of 1–${bytes} bytes`,
  (value) => typeof value === 'string' && value.length > 0 && new TextEncoder().encode(value).length <= bytes,
];
const count = (least: number): Rule => [
  `an integer of ${least} or more`,
  (value) => typeof value === 'number' && Number.isSafeInteger(value) && value >= least,
];
const SEQ = /* @__PURE__ */ count(0);
const HEX: Rule = ['64 lower-case hexadecimal digits', (value) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)];
const TIME: Rule = ['RFC 3339 UTC with milliseconds', (value) => typeof value === 'string' && isTime(value)];
const CHAIN: Rule = ['a chain id', (value) => typeof value === 'string' && isChainId(value)];
const literal = (wanted: string): Rule => [wanted, (value) => value === wanted];

/** The frozen payloads of the reserved events of this package (docs/spec/reserved-events.md); `signer.*` are the registry's. */
const SCHEMAS: { readonly [type in Exclude<ReservedType, `signer.${string}`>]: Schema } = {
  'chain.created': {
    format: /* @__PURE__ */ literal('countersign/chain@1'),
    'predecessor?': { chain: CHAIN, reason: /* @__PURE__ */ text(1000), root: HEX, size: /* @__PURE__ */ count(1) },
  },
  'chain.pruned': { first: SEQ, last: SEQ, manifest: HEX, older_than: TIME },
  'chain.restored': { reason: /* @__PURE__ */ text(1000), root: HEX, size: /* @__PURE__ */ count(1) },
  'checkpoint.heartbeat': {},
  'checkpoint.thinned': { below: /* @__PURE__ */ count(1), removed: /* @__PURE__ */ count(1) },
  'record.redacted': { name: /* @__PURE__ */ text(200), reason: /* @__PURE__ */ text(1000), seq: SEQ },
};

/** What `chain.created` says of the chain that a new one succeeds. */
export interface Predecessor {
  readonly chain: string;
  /** Why it cannot go on: 1–1000 bytes. */
  readonly reason: string;
  /** Root of the last checkpoint that is known to have been signed, hex. */
  readonly root: string;
  /** Its size. */
  readonly size: number;
}

/** The reserved types that the database leaves by itself, for what its own functions did. */
export const LEFT_BY_DATABASE: readonly string[] = ['chain.pruned', 'checkpoint.thinned', 'record.redacted'];

/**
 * Requires that the payload of a reserved event is of its frozen schema (docs/spec/reserved-events.md).
 *
 * @param type a reserved type of this package, not `signer.*`
 * @throws ChainError ERR_EVENT_RESERVED with the member that differs
 * @example checkReservedPayload('record.redacted', { name: 'email', reason: 'request 12', seq: 17 })
 */
export function checkReservedPayload(type: string, payload: JsonValue): void {
  const schema = Object.hasOwn(SCHEMAS, type) ? SCHEMAS[type as keyof typeof SCHEMAS] : undefined;
  if (schema === undefined) throw refusal('type', 'a reserved type of this package', type);
  checkObject(payload, schema, 'payload');
}

function checkObject(value: JsonValue, schema: Schema, field: string): void {
  if (!isJsonObject(value)) throw refusal(field, 'an object', typeof value);
  const known = new Map(Object.entries(schema).map(([name, rule]) => [name.replace('?', ''), rule]));
  for (const name of Object.keys(value)) if (!known.has(name)) throw refusal(`${field}.${name}`, 'no such member', 'a member');
  for (const [name, rule] of known) {
    const at = `${field}.${name}`;
    const member = Object.hasOwn(value, name) ? value[name] : undefined;
    if (member === undefined) {
      if (Object.hasOwn(schema, name)) throw refusal(at, 'this member', 'none');
    } else if (!isRule(rule)) checkObject(member, rule, at);
    else if (!rule[1](member)) throw refusal(at, rule[0], 'another value');
  }
}

function isRule(rule: Rule | Schema): rule is Rule {
  return Array.isArray(rule);
}

function refusal(field: string, expected: string, actual: string): ChainError {
  return new ChainError('ERR_EVENT_RESERVED', `${field}: expected ${expected}, got ${actual}`, { field, expected, actual });
}
