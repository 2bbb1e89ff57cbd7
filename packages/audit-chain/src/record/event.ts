import { utf8Decode } from '@countersign/proof-core/bytes/utf8';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { ProofError } from '@countersign/proof-core/errors';
import type { AuditEvent } from '@countersign/proof-core/ports';
import { ChainError } from '../errors.ts';
import { type PrivateValue, commit } from './private.ts';
import { isTime } from '@countersign/proof-core/record/time';
import { EVENT_TYPE, isReservedType } from './types.ts';
import { isUuid, uuidV7 } from './uuid.ts';

/** An event as a caller gives it; `private` values are kept beside the record and can be erased alone. */
export interface EventInput extends AuditEvent {
  readonly private?: { readonly [name: string]: unknown };
}

/** An event made canonical, once, outside any lock. */
export interface PreparedEvent {
  readonly id: string;
  /** RFC 8785 bytes of the member `event` of the record. */
  readonly bytes: Uint8Array;
  /** SHA-256 over the canonical event without `trace` and `private`, hex: what makes two events under one id the same. */
  readonly digest: string;
  readonly privateValues: readonly PrivateValue[];
}

/** What an event takes in memory and in a batch: its bytes and those of its private values. */
export function sizeOf({ bytes, privateValues }: PreparedEvent): number {
  return privateValues.reduce((size, { name, value }) => size + name.length + value.length + PRIVATE_OVERHEAD, bytes.length);
}
const PRIVATE_OVERHEAD = 150;

/** Largest event in bytes, so that the record always fits in 65,535. */
export const MAX_EVENT_BYTES = 65_000;

/** Largest sum of an event's private values in bytes of canonical JSON. */
export const MAX_PRIVATE_BYTES = 262_144;

const MEMBERS = new Set(['actor', 'id', 'occurred_at', 'payload', 'private', 'subject', 'trace', 'type']);
const encoder = /* @__PURE__ */ new TextEncoder();

function refuse(field: string, expected: string, actual: string): never {
  throw new ChainError('ERR_EVENT_MEMBER', `${field}: expected ${expected}, got ${actual}`, { field, expected, actual });
}

function kind(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : value === undefined ? 'nothing' : typeof value;
}

function text(value: unknown, field: string): string {
  if (typeof value !== 'string') refuse(field, 'a string of 1–200 bytes', kind(value));
  // A character takes three bytes at most: of short texts they need not be counted.
  const bytes = value.length > 200 || (value.length <= 66 && value !== '') ? value.length : encoder.encode(value).length;
  if (bytes < 1 || bytes > 200) refuse(field, 'a string of 1–200 bytes', `${bytes} bytes`);
  return value;
}

function requireUuid(value: unknown): string {
  if (typeof value === 'string' && isUuid(value)) return value;
  return refuse('id', 'a lower-case UUID of 36 characters', typeof value === 'string' ? 'another text' : kind(value));
}

function object(value: unknown, field: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(field, 'an object', kind(value));
  return value as Record<string, unknown>;
}

function checkType(value: unknown, allowReserved: boolean): string {
  const type = text(value, 'type');
  if (!EVENT_TYPE.test(type)) refuse('type', 'a dotted lower-case verb such as order.created', 'another form');
  if (!allowReserved && isReservedType(type)) {
    throw new ChainError('ERR_EVENT_RESERVED', `type: ${type} is reserved for the library`, {
      field: 'type',
      expected: 'another type',
      actual: type,
    });
  }
  return type;
}

function commitAll(values: Record<string, unknown>, chain: string, id: string, engine: Engine) {
  const kept: PrivateValue[] = [];
  // Without a prototype the name __proto__ is a name like others, which canonical JSON then refuses.
  const commitments = Object.create(null) as Record<string, { digest: string }>;
  let size = 0;
  for (const name of Object.keys(values)) {
    text(name, 'private');
    // The database cannot hold it, and would refuse the whole batch.
    if (name.includes('\0')) refuse('private', 'names without U+0000', 'U+0000');
    const value = engine.canonicalize(values[name]);
    size += value.length;
    if (size > MAX_PRIVATE_BYTES) {
      throw new ChainError('ERR_PRIVATE_SIZE', `private: expected at most ${MAX_PRIVATE_BYTES} bytes of values, got more`, {
        field: 'private',
        expected: MAX_PRIVATE_BYTES,
        actual: size,
      });
    }
    const salt = crypto.getRandomValues(new Uint8Array(32));
    commitments[name] = { digest: commit({ chain, id, name, value: values[name] }, salt, engine) };
    kept.push({ name, value: utf8Decode(value), salt });
  }
  return { kept, commitments };
}

/**
 * Checks an event against architecture §3.1 and makes it canonical.
 *
 * @param input what the caller says happened; an absent `id` becomes a UUID v7, an absent payload `{}`
 * @param options `chain` the chain id; `now` milliseconds since 1970, for the id; `allowReserved` for the library's own events
 * @throws ChainError ERR_EVENT_MEMBER, ERR_EVENT_RESERVED, ERR_EVENT_SIZE, ERR_PRIVATE_SIZE
 * @throws ProofError ERR_JSON_… when the payload or a private value has no canonical form
 * @example prepareEvent({ type: 'order.created', actor: 'user:7f3a' }, { chain, now: Date.now() })
 */
export function prepareEvent(
  input: EventInput,
  options: { readonly chain: string; readonly now: number; readonly allowReserved?: boolean },
  engine: Engine = defaultEngine,
): PreparedEvent {
  object(input, 'event');
  for (const name of Object.keys(input)) if (!MEMBERS.has(name)) refuse(name, 'a known member of an event', 'an unknown member');
  const id = input.id === undefined ? uuidV7(options.now) : requireUuid(input.id);
  if (input.occurred_at !== undefined && (typeof input.occurred_at !== 'string' || !isTime(input.occurred_at))) {
    refuse('occurred_at', 'RFC 3339 UTC with milliseconds, e.g. 2026-11-21T03:12:00.123Z', 'another form');
  }
  const event: Record<string, unknown> = { actor: text(input.actor, 'actor'), id };
  if (input.occurred_at !== undefined) event['occurred_at'] = input.occurred_at;
  event['payload'] = object(input.payload === undefined ? {} : input.payload, 'payload');
  if (input.subject !== undefined) event['subject'] = text(input.subject, 'subject');
  event['type'] = checkType(input.type, options.allowReserved ?? false);
  const plain = canonical(event, engine);
  const digest = engine.sha256Hex(plain);
  const hidden = input.private === undefined ? undefined : commitAll(object(input.private, 'private'), options.chain, id, engine);
  if (hidden !== undefined && hidden.kept.length > 0) event['private'] = hidden.commitments;
  if (input.trace !== undefined) event['trace'] = text(input.trace, 'trace');
  const bytes = 'private' in event || 'trace' in event ? canonical(event, engine) : plain;
  if (bytes.length > MAX_EVENT_BYTES) {
    throw new ChainError('ERR_EVENT_SIZE', `event: expected at most ${MAX_EVENT_BYTES} bytes, got ${bytes.length}`, {
      field: 'event',
      expected: MAX_EVENT_BYTES,
      actual: bytes.length,
    });
  }
  return { id, bytes, digest, privateValues: hidden?.kept ?? [] };
}

// The record is {"event":{…}}: one level of depth is the record's own.
function canonical(event: Record<string, unknown>, engine: Engine): Uint8Array {
  try {
    return engine.canonicalize({ event }).subarray(EVENT_PREFIX, -1);
  } catch (error) {
    if (!(error instanceof ProofError) || error.field === undefined) throw error;
    throw new ProofError(error.code, error.message, { field: error.field, cause: error });
  }
}
const EVENT_PREFIX = '{"event":'.length;
