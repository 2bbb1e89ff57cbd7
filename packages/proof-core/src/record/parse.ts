import { utf8Encode } from '../bytes/utf8.ts';
import { ProofError } from '../errors.ts';
import { parseCanonical } from '../json/parse.ts';
import { type JsonObject, type JsonValue, isJsonObject } from '../json/value.ts';
import { type Link, ZERO_HASH, readLink } from './link.ts';
import { isTime } from './time.ts';

/** The most bytes a record may have: a C2SP entry bundle gives its length in 16 bits. */
export const RECORD_MAX_BYTES = 65_535;

/** What a caller said happened, as a record holds it (`countersign/record@1`, member `event`). */
export interface RecordEvent {
  readonly actor: string;
  /** Lower-case UUID, 36 characters. */
  readonly id: string;
  readonly occurred_at?: string;
  readonly payload: JsonObject;
  /** Commitments to values that lie beside the record; `digest` is 64 lower-case hex characters. */
  readonly private?: { readonly [name: string]: { readonly digest: string } };
  readonly subject?: string;
  readonly trace?: string;
  readonly type: string;
}

/** A record read. */
export interface ParsedRecord {
  readonly event: RecordEvent;
  readonly link: Link;
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const TYPE = /^[a-z][a-z0-9_-]*(?:\.[a-z0-9_-]+)+$/;
const HASH = /^[0-9a-f]{64}$/;

const isText = (value: JsonValue): boolean =>
  typeof value === 'string' && value !== '' && value.length <= 200 && utf8Encode(value).length <= 200;
const isCommitments = (value: JsonValue): boolean =>
  isJsonObject(value) &&
  Object.entries(value).every(([name, commitment]) => isText(name) && isCommitment(commitment)) &&
  Object.keys(value).length > 0;
const isCommitment = (value: JsonValue): boolean =>
  isJsonObject(value) && Object.keys(value).join() === 'digest' && typeof value['digest'] === 'string' && HASH.test(value['digest']);

/** Every member an event may have, with its rule (architecture §3.1). */
const MEMBERS: ReadonlyMap<string, { readonly needed: boolean; readonly rule: string; readonly holds: (value: JsonValue) => boolean }> =
  /* @__PURE__ */ new Map([
    ['actor', { needed: true, rule: 'a string of 1 to 200 bytes', holds: isText }],
    ['id', { needed: true, rule: 'a lower-case UUID', holds: (value) => typeof value === 'string' && UUID.test(value) }],
    [
      'occurred_at',
      { needed: false, rule: 'RFC 3339 UTC with milliseconds', holds: (value) => typeof value === 'string' && isTime(value) },
    ],
    ['payload', { needed: true, rule: 'an object', holds: isJsonObject }],
    ['private', { needed: false, rule: 'names, each with one digest', holds: isCommitments }],
    ['subject', { needed: false, rule: 'a string of 1 to 200 bytes', holds: isText }],
    ['trace', { needed: false, rule: 'a string of 1 to 200 bytes', holds: isText }],
    ['type', { needed: true, rule: 'a dotted lower-case verb', holds: (value) => isText(value) && TYPE.test(value as string) }],
  ]);

function refuse(field: string, expected: string, actual: string | number): never {
  throw new ProofError('ERR_RECORD', `${field}: expected ${expected}, got ${actual}`, { field, expected, actual });
}

/**
 * Reads a record and checks every rule that one record alone can break (`countersign/record@1`): canonical form, closed members, their values.
 *
 * Whether `seq`, `prev` and `time` fit the records around it is for who has those.
 *
 * @param bytes the record, without a line feed, at most 65,535 bytes
 * @throws ProofError ERR_NOT_CANONICAL; ERR_RECORD any other defect, with the member in `field`
 * @see architecture §3.1; docs/spec/record.md
 * @example parseRecord(bytes).event.type // 'order.created'
 */
export function parseRecord(bytes: Uint8Array): ParsedRecord {
  if (bytes.length > RECORD_MAX_BYTES) refuse('record', `at most ${RECORD_MAX_BYTES} bytes`, bytes.length);
  const record = parseCanonical(bytes, 'record');
  // In canonical form these two names in this order can only be the members of an object that has no others.
  if (!isJsonObject(record) || Object.keys(record).join() !== 'event,link')
    refuse('record', 'exactly the members event and link', 'others');
  const link = readLink(bytes, 0, bytes.length);
  if (link === undefined) refuse('link', 'the members of a link, each in its form', 'something else');
  if (link.seq === 0 && link.prev !== ZERO_HASH) refuse('link.prev', '64 zeros at seq 0', 'another hash');
  const { chain, prev, seq, time } = link;
  return { event: readEvent(record['event']), link: { chain, prev, seq, time } };
}

function readEvent(event: JsonValue | undefined): RecordEvent {
  if (!isJsonObject(event)) refuse('event', 'an object', 'another value');
  for (const name of Object.keys(event)) if (!MEMBERS.has(name)) refuse('event', 'only known members', 'an unknown one');
  for (const [name, { needed, rule, holds }] of MEMBERS) {
    const value = event[name];
    if (value === undefined ? needed : !holds(value)) refuse(`event.${name}`, rule, value === undefined ? 'nothing' : 'another value');
  }
  return event as unknown as RecordEvent;
}
