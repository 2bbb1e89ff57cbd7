import { utf8Decode, utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import { ProofError } from '@countersign/proof-core/errors';
import { parseRecord } from '@countersign/proof-core/record/parse';
import { ZERO_HASH, readLink } from '@countersign/proof-core/record/link';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkMembers } from '../../src/verify/record/members.ts';
import { formCheck } from '../../src/verify/record/form.ts';
import type { Finding } from '../../src/verify/finding.ts';
import { eventOf, recordOf } from './support/archive.ts';

function faultOf(record: Uint8Array, seq = 3): string | undefined {
  const bytes = Uint8Array.from([0, ...record]);
  const view = new DataView(bytes.buffer);
  const link = readLink(bytes, 1, bytes.length)!;
  return checkMembers(bytes, view, 1, link.at, seq)?.field;
}

/** What the whole form check of level `default` says of one record. */
function findingsOf(record: Uint8Array, seq = 3): Finding[] {
  const bytes = Uint8Array.from([0, ...record]);
  const findings: Finding[] = [];
  const link = readLink(bytes, 1, bytes.length)!;
  formCheck((finding) => findings.push(finding), defaultEngine)(bytes, 1, bytes.length).judge(1, bytes.length, link.at, seq);
  return findings;
}

/** What the parser of proof-core says: an independent reading of the same rules. */
function parses(record: Uint8Array): boolean {
  try {
    parseRecord(record);
    return true;
  } catch (error) {
    if (error instanceof ProofError) return false;
    throw error;
  }
}

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.constantFrom(
    '',
    'a'.repeat(200),
    'a'.repeat(201),
    'é'.repeat(100),
    'é'.repeat(101),
    '\n'.repeat(200),
    '"\\\u0001',
    '\u007f',
    'x","type":"y',
  ),
);
const value = fc.oneof(text, fc.constantFrom(null, 1, true, [], {}, { a: 1 }));
const commitments = fc.constantFrom({}, { x: { digest: 'a'.repeat(64) } }, { x: { digest: 'A'.repeat(64) } }, { 'a"b': { digest: ZERO_HASH }, c: { digest: ZERO_HASH } }, { x: { digest: ZERO_HASH, y: 1 } }, { '': { digest: ZERO_HASH } }); // prettier-ignore
const changes = fc.record(
  {
    actor: value,
    id: fc.oneof(
      value,
      fc.constantFrom(
        '0193b3a4-0000-7000-8000-00000000000g',
        '0193B3A4-0000-7000-8000-000000000001',
        '0193b3a4-0000-7000-8000-000000000001',
      ),
    ),
    occurred_at: fc.oneof(value, fc.constantFrom('2026-11-21T03:12:00.000Z', '2026-02-30T03:12:00.000Z', '2026-11-21T03:12:00Z')),
    payload: fc.oneof(
      value,
      fc.object({ maxDepth: 3 }).map((object) => JSON.parse(JSON.stringify(object)) as object),
    ),
    private: fc.oneof(value, commitments),
    subject: value,
    trace: value,
    type: fc.oneof(value, fc.constantFrom('a.b', 'A.b', 'a', 'a..b', 'order.created-2', `a.${'b'.repeat(198)}`, `a.${'b'.repeat(199)}`)),
    zone: value,
    aa: value,
    payloae: value,
  },
  { requiredKeys: [] },
);

describe('the members of a record', () => {
  it('are judged as the parser of records judges them, for any event', () => {
    fc.assert(
      fc.property(changes, fc.constantFrom('actor', 'id', 'payload', 'type', undefined), (change, dropped) => {
        const event = eventOf(3, change);
        if (dropped !== undefined) delete event[dropped];
        let record: Uint8Array;
        try {
          record = recordOf(3, ZERO_HASH, { event });
        } catch (error) {
          // A lone surrogate or __proto__ has no canonical form.
          if (error instanceof ProofError) return;
          throw error;
        }
        expect(faultOf(record) === undefined, utf8Decode(record)).toBe(parses(record));
      }),
      { numRuns: 2000 },
    );
  });

  it('stand alone with the link in the record', () => {
    const record = utf8Decode(recordOf(3, ZERO_HASH));
    for (const extra of [',"extra":1', ',"evenu":{}', ',"f":{"event":{}}']) {
      expect(faultOf(utf8Encode(record.replace(',"link"', `${extra},"link"`)))).toBe('record');
    }
    expect(faultOf(utf8Encode(record.replace('{"event":{', '{"aa":1,"event":{')))).toBe('event');
  });

  it('are checked after the form, which has the first word', () => {
    const record = utf8Decode(recordOf(3, ZERO_HASH));
    expect(findingsOf(utf8Encode(record))).toEqual([]);
    const wrong = ['{ "event"', '{"event": {', '{"event":{"actor":"a","actor":"b",', '{"event":{"\u0001":1,'];
    for (const start of wrong) {
      const twin = utf8Encode(record.replace(/^\{"event":\{|^\{"event"/, start));
      expect(findingsOf(twin)).toMatchObject([{ code: 'RECORD_NOT_CANONICAL', seq: 3 }]);
    }
    const bytes = utf8Encode(record);
    bytes[bytes.indexOf(0xc3)] = 0xff;
    expect(findingsOf(bytes)).toMatchObject([{ code: 'RECORD_NOT_CANONICAL', expected: 'valid UTF-8' }]);
    expect(findingsOf(recordOf(3, ZERO_HASH, { event: eventOf(3, { payload: { text: 'x'.repeat(65_535) } }) }))).toMatchObject([
      { code: 'RECORD_FORM' },
    ]);
  });
});
