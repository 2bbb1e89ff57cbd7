import { leafHash } from '../../packages/proof-core/test/merkle/oracle.ts';
import { hex } from './naive.ts';
import { bad, bytesMember, good, type Vector, type VectorFile } from './vector.ts';

export const CHAIN = 'example.com/audit';
const ZERO = '0'.repeat(64);
const PREV = 'ab'.repeat(32);

export interface RecordParts {
  readonly event: string;
  readonly chain: string;
  readonly format: string;
  readonly prev: string;
  readonly seq: string;
  readonly time: string;
}
export const EVENT =
  '{"actor":"user:7f3a","id":"01930000-0000-7000-8000-000000000001","payload":{"amount":1999},"subject":"order:123","type":"order.created"}';
export const CREATED =
  '{"actor":"system","id":"01930000-0000-7000-8000-000000000000","payload":{"format":"countersign/chain@1"},"type":"chain.created"}';
const PARTS: RecordParts = {
  event: EVENT,
  chain: CHAIN,
  format: 'countersign/record@1',
  prev: PREV,
  seq: '17',
  time: '2026-11-21T03:12:00.123Z',
};

/** A record, put together as text. */
export function recordText(change: Partial<RecordParts> = {}): string {
  const { event, chain, format, prev, seq, time } = { ...PARTS, ...change };
  return `{"event":${event},"link":{"chain":"${chain}","format":"${format}","prev":"${prev}","seq":${seq},"time":"${time}"}}`;
}

function sound(name: string, comment: string, change: Partial<RecordParts> = {}): Vector {
  const bytes = Buffer.from(recordText(change));
  const { chain, prev, seq, time } = { ...PARTS, ...change };
  return good(name, comment, bytesMember(bytes), { hash: hex(leafHash(bytes)), chain, prev, seq: Number(seq), time });
}
const broken = (name: string, comment: string, text: string, error = 'ERR_RECORD'): Vector =>
  bad(name, comment, bytesMember(Buffer.from(text)), error);
const event = (change: (text: string) => string): string => recordText({ event: change(EVENT) });
const brokenLink = (name: string, comment: string, change: Partial<RecordParts>, error?: string): Vector =>
  broken(name, comment, recordText(change), error);
const digest = `{"digest":"${PREV}"}`;

/** Records. */
export const records: VectorFile = {
  name: 'record',
  about:
    'Read a record (`text` or `hex`, without line feed). The result has its hash, SHA-256(0x00 ‖ record), and the members of its link. Whether prev, seq and time fit the records around it is another question.',
  specification: 'docs/spec/record.md (countersign/record@1)',
  vectors: [
    sound('a record', 'every required member and a subject'),
    sound('the first record', 'chain.created at seq 0, 64 zeros before it', { event: CREATED, prev: ZERO, seq: '0' }),
    sound('all members', 'the optional ones too', {
      event: `{"actor":"user:7f3a","id":"01930000-0000-7000-8000-000000000001","occurred_at":"2026-11-20T23:59:59.999Z","payload":{"note":"Grüße"},"private":{"email":${digest}},"subject":"order:123","trace":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01","type":"order.created"}`,
    }),
    sound('a quoted link inside the payload', 'the link is read from the end', {
      event: EVENT.replace('1999', String.raw`",\"link\":{\"chain\":\"x\"}}"`),
    }),
    sound('largest seq', '2^53 − 1', { seq: '9007199254740991' }),
    sound('chain with port and path', 'the rule of chain ids', { chain: 'log.example.com:8443/a-b/c_d~e.f' }),
    brokenLink('seq with a leading zero', 'not JSON', { seq: '017' }, 'ERR_NOT_CANONICAL'),
    brokenLink('seq of 2^53', 'no number here', { seq: '9007199254740992' }, 'ERR_NOT_CANONICAL'),
    brokenLink('negative seq', 'counts from 0', { seq: '-1' }),
    brokenLink('fraction as seq', 'whole numbers', { seq: '1.5' }),
    brokenLink('prev in upper case', 'one spelling', { prev: PREV.toUpperCase() }),
    brokenLink('prev of 63 digits', '32 bytes', { prev: PREV.slice(1) }),
    brokenLink('another prev at seq 0', 'nothing is before the first record', { event: CREATED, seq: '0' }),
    brokenLink('another format', 'this is version 1', { format: 'countersign/record@2' }),
    brokenLink('chain in upper case', 'the rule of chain ids', { chain: 'Example.com/audit' }),
    brokenLink('chain with a dot segment', 'the rule of chain ids', { chain: 'example.com/../audit' }),
    brokenLink('empty chain', 'the rule of chain ids', { chain: '' }),
    brokenLink('chain of 201 bytes', 'at most 200', { chain: `example.com/${'a'.repeat(189)}` }),
    brokenLink('time without milliseconds', '24 characters', { time: '2026-11-21T03:12:00Z' }),
    brokenLink('time with an offset', 'UTC, written Z', { time: '2026-11-21T03:12:00.123+00:00' }),
    brokenLink('30 February', 'a day that is', { time: '2026-02-30T03:12:00.123Z' }),
    brokenLink('second 60', 'no leap seconds', { time: '2026-12-31T23:59:60.000Z' }),
    brokenLink('hour 24', '00 to 23', { time: '2026-11-21T24:00:00.000Z' }),
    broken('another member in the link', 'members are closed', recordText().replace(',"time"', ',"t":1,"time"')),
    broken('no link', 'exactly event and link', `{"event":${EVENT}}`),
    broken('a third member', 'exactly event and link', recordText().replace(/\}$/, ',"more":1}')),
    broken('link before event', 'canonical order', `{"link":{},"event":${EVENT}}`, 'ERR_NOT_CANONICAL'),
    broken('white space', 'canonical form', recordText().replace(',"link"', ', "link"'), 'ERR_NOT_CANONICAL'),
    broken('line feed at the end', 'it ends the line, not the record', `${recordText()}\n`, 'ERR_NOT_CANONICAL'),
    broken(
      'unknown member in the event',
      'members are closed',
      event((text) => text.replace('"type"', '"tags":[],"type"')),
    ),
    broken(
      'no actor',
      'required',
      event((text) => text.replace('"actor":"user:7f3a",', '')),
    ),
    broken(
      'empty actor',
      '1 to 200 bytes',
      event((text) => text.replace('user:7f3a', '')),
    ),
    broken(
      'actor of 201 bytes',
      'bytes, not characters',
      event((text) => text.replace('user:7f3a', `${'é'.repeat(100)}x`)),
    ),
    broken(
      'actor as number',
      'a string',
      event((text) => text.replace('"user:7f3a"', '7')),
    ),
    broken(
      'id in upper case',
      'lower-case UUID',
      event((text) => text.replace('7000-8000', '7000-8ABC')),
    ),
    broken(
      'id in braces',
      '36 characters',
      event((text) => text.replace('"01930000', '"{01930000')),
    ),
    broken(
      'payload as array',
      'an object',
      event((text) => text.replace('{"amount":1999}', '[1999]')),
    ),
    broken(
      'payload with a large integer',
      'canonical form has none',
      event((text) => text.replace('1999', '9007199254740993')),
      'ERR_NOT_CANONICAL',
    ),
    broken(
      'duplicate key in the payload',
      'canonical form has none',
      event((text) => text.replace('1999}', '1999,"amount":1}')),
      'ERR_NOT_CANONICAL',
    ),
    broken(
      'type without a dot',
      'a dotted lower-case verb',
      event((text) => text.replace('order.created', 'created')),
    ),
    broken(
      'type in upper case',
      'a dotted lower-case verb',
      event((text) => text.replace('order.created', 'Order.Created')),
    ),
    broken(
      'private without values',
      'left out instead',
      event((text) => text.replace('"subject"', '"private":{},"subject"')),
    ),
    broken(
      'private with a value',
      'a digest and nothing else',
      event((text) => text.replace('"subject"', `"private":{"email":{"digest":"${PREV}","value":"a@b"}},"subject"`)),
    ),
    broken(
      'occurred_at without Z',
      'RFC 3339 UTC',
      event((text) => text.replace('"payload"', '"occurred_at":"2026-11-20T23:59:59.999","payload"')),
    ),
    broken(
      '65,536 bytes',
      'at most 65,535',
      recordText({
        event: EVENT.replace('"amount":1999', `"x":"${'x'.repeat(65_536 - recordText().length + '"amount":1999'.length - 6)}"`),
      }),
    ),
  ],
};
