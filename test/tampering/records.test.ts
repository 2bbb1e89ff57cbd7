import { hexEncode } from '@countersign/proof-core/bytes/hex';
import { utf8Decode, utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { hashLeaf } from '@countersign/proof-core/merkle/hash';
import { describe, it } from 'vitest';
import { archiveOf, chainOf, eventOf, recordOf } from '../../packages/audit-chain/test/verify/support/archive.ts';
import { type Expectation, entry, expectCaught, newSigner, registryOf } from './support/world.ts';

const log = newSigner('log-1');
const resolver = await registryOf(entry(log));
const records = chainOf(50);
const SIZES = [20, 17, 13];

type Lines = readonly Uint8Array[];

function edited(record: Uint8Array, from: string | RegExp, to: string): Uint8Array {
  return utf8Encode(utf8Decode(record).replace(from, to));
}

const forged = recordOf(25, hexEncode(hashLeaf(records[24]!)), { event: eventOf(25, { actor: 'user:evil' }) });
const other = chainOf(30, { chain: 'other.example.com' });
const at25 = { segment: 20, seq: 25 };
const found = (code: Expectation['code'], what: string, place: Partial<Expectation> = at25): Expectation => ({
  exit: 10,
  code,
  class: what,
  axis: 'integrity',
  ...place,
});

/** What is done to the lines of the middle segment, records 20 to 36; record 25 stands at 5. */
const ATTACKS: readonly (readonly [name: string, attack: (lines: Lines) => Lines, expected: Expectation])[] = [
  ['event.actor altered', (l) => l.with(5, edited(l[5]!, /"actor":"[^"]*"/, '"actor":"user:evil"')), found('RECORD_MODIFIED', 'modified')],
  ['event.id altered', (l) => l.with(5, edited(l[5]!, '0193b3a4', '0193b3a5')), found('RECORD_MODIFIED', 'modified')],
  ['event.payload altered', (l) => l.with(5, edited(l[5]!, '"amount":175', '"amount":1')), found('RECORD_MODIFIED', 'modified')],
  ['event.subject altered', (l) => l.with(5, edited(l[5]!, 'order:25', 'order:26')), found('RECORD_MODIFIED', 'modified')],
  ['event.type altered', (l) => l.with(5, edited(l[5]!, 'order.created', 'order.deleted')), found('RECORD_MODIFIED', 'modified')],
  ['event.subject dropped', (l) => l.with(5, edited(l[5]!, /"subject":"[^"]*",/, '')), found('RECORD_MODIFIED', 'modified')],
  ['a member added to the event', (l) => l.with(5, edited(l[5]!, '"type":', '"trace":"t","type":')), found('RECORD_MODIFIED', 'modified')],
  ['a member added to the record', (l) => l.with(5, edited(l[5]!, ',"link":', ',"extra":1,"link":')), found('RECORD_MODIFIED', 'modified')],
  ['a member added to the link', (l) => l.with(5, edited(l[5]!, '"}}', '","zone":"x"}}')), found('RECORD_MODIFIED', 'modified')],
  ['link.chain altered', (l) => l.with(5, edited(l[5]!, 'log.example.com', 'lag.example.com')), found('RECORD_CHAIN', 'inserted')],
  ['link.format altered', (l) => l.with(5, edited(l[5]!, 'record@1', 'record@2')), found('RECORD_MODIFIED', 'modified')],
  [
    'link.prev altered',
    (l) => l.with(5, edited(l[5]!, /"prev":"[^"]*"/, `"prev":"${'a'.repeat(64)}"`)),
    found('RECORD_MODIFIED', 'modified', { ...at25, field: 'link.prev' }),
  ],
  [
    'link.seq altered',
    (l) => l.with(5, edited(l[5]!, '"seq":25', '"seq":26')),
    found('RECORD_MODIFIED', 'modified', { ...at25, field: 'link.seq' }),
  ],
  [
    'link.seq far away',
    (l) => l.with(5, edited(l[5]!, '"seq":25', '"seq":9007199254740991')),
    found('RECORD_MODIFIED', 'modified', { ...at25, field: 'link.seq' }),
  ],
  [
    'link.seq beyond all numbers',
    (l) => l.with(5, edited(l[5]!, '"seq":25', '"seq":99999999999999999999')),
    found('RECORD_MODIFIED', 'modified'),
  ],
  ['link.time altered', (l) => l.with(5, edited(l[5]!, /"time":"2026/, '"time":"2025')), found('RECORD_MODIFIED', 'modified')],
  [
    'the first record of the segment altered',
    (l) => l.with(0, edited(l[0]!, 'order:20', 'order:99')),
    found('RECORD_MODIFIED', 'modified', { segment: 20, seq: 20 }),
  ],
  [
    'the last record of the segment altered',
    (l) => l.with(16, edited(l[16]!, 'order:36', 'order:99')),
    found('RECORD_MODIFIED', 'modified', { segment: 20, seq: 36 }),
  ],
  [
    'the link of the last record altered',
    (l) => l.with(16, edited(l[16]!, /"prev":"[^"]*"/, `"prev":"${'b'.repeat(64)}"`)),
    found('RECORD_MODIFIED', 'modified', { segment: 20, seq: 36, field: 'link.prev' }),
  ],
  ['a non-canonical twin', (l) => l.with(5, edited(l[5]!, '"payload":{', '"payload": {')), found('RECORD_MODIFIED', 'modified')],
  ['a duplicate key', (l) => l.with(5, edited(l[5]!, '"amount":175', '"amount":1,"amount":175')), found('RECORD_MODIFIED', 'modified')],
  ['a hostile number', (l) => l.with(5, edited(l[5]!, '"amount":175', '"amount":9007199254740993')), found('RECORD_MODIFIED', 'modified')],
  [
    'a hostile depth',
    (l) => l.with(5, edited(l[5]!, '"amount":175', `"amount":${'['.repeat(30_000)}${']'.repeat(30_000)}`)),
    found('RECORD_MODIFIED', 'modified'),
  ],
  [
    'invalid UTF-8',
    (l) =>
      l.with(
        5,
        Uint8Array.from(l[5]!, (byte) => (byte === 0xc3 ? 0xff : byte)),
      ),
    found('RECORD_MODIFIED', 'modified'),
  ],
  ['deleted', (l) => l.toSpliced(5, 1), found('RECORD_DELETED', 'deleted')],
  ['two deleted', (l) => l.toSpliced(5, 2), found('RECORD_DELETED', 'deleted')],
  ['the first of the segment deleted', (l) => l.slice(1), found('RECORD_DELETED', 'deleted', { segment: 20, seq: 20 })],
  ['the last of the segment deleted', (l) => l.slice(0, -1), found('RECORD_DELETED', 'deleted', { segment: 20, seq: 36 })],
  ['forged and inserted', (l) => l.toSpliced(5, 0, forged), found('RECORD_INSERTED', 'inserted')],
  ['forged and appended', (l) => [...l, forged], found('RECORD_INSERTED', 'inserted')],
  ['forged and put in place', (l) => l.with(5, forged), found('RECORD_MODIFIED', 'modified')],
  ['swapped with its neighbour', (l) => l.with(5, l[6]!).with(6, l[5]!), found('RECORD_REORDERED', 'reordered', { segment: 20, seq: 26 })],
  ['moved to the end', (l) => [...l.toSpliced(5, 1), l[5]!], found('RECORD_REORDERED', 'reordered')],
  ['duplicated', (l) => l.toSpliced(5, 0, l[5]!), found('RECORD_DUPLICATED', 'duplicated')],
  [
    'replayed from the segment before',
    (l) => l.toSpliced(5, 0, records[3]!),
    found('RECORD_INSERTED', 'inserted', { segment: 20, seq: 3 }),
  ],
  ['replayed from another chain', (l) => l.with(5, other[25]!), found('RECORD_CHAIN', 'inserted')],
  ['emptied', (l) => l.with(5, new Uint8Array(0)), found('RECORD_MODIFIED', 'modified')],
  ['truncated', (l) => l.with(5, l[5]!.slice(0, 100)), found('RECORD_MODIFIED', 'modified')],
  ['with a carriage return', (l) => l.with(5, Uint8Array.from([...l[5]!, 13])), found('RECORD_MODIFIED', 'modified')],
];

describe('a record of a sealed segment', () => {
  for (const [name, attack, expected] of ATTACKS) {
    it(`${name}: ${expected.code}`, async () => {
      const stored = (lines: Lines, segment: number): Lines => (segment === 1 ? attack(lines) : lines);
      const files = await archiveOf(records, SIZES, { signers: [log], stored });
      await expectCaught(files, { resolver }, expected);
    });
  }
});

describe('the ends of an archive', () => {
  const cut = (from: number, to: number) => (lines: Lines, segment: number) => (segment === 2 ? lines.slice(from, to) : lines);

  it('the tail cut inside the last segment: TAIL_TRUNCATED', async () => {
    const files = await archiveOf(records, SIZES, { signers: [log], stored: cut(0, 9) });
    await expectCaught(files, { resolver }, found('TAIL_TRUNCATED', 'truncated tail', { segment: 37, seq: 46 }));
  });

  it('the head cut inside the first segment: HEAD_TRUNCATED', async () => {
    const files = await archiveOf(records, SIZES, { signers: [log], stored: (lines, segment) => (segment === 0 ? lines.slice(4) : lines) });
    await expectCaught(files, { resolver }, found('HEAD_TRUNCATED', 'truncated head', { segment: 0, seq: 0 }));
  });
});

describe('what the writer itself did wrong, correctly signed', () => {
  const cases: readonly (readonly [name: string, change: Record<string, unknown>, expected: Expectation])[] = [
    ['a member too many', { zone: 'x' }, { ...found('RECORD_FORM', 'record not canonical'), axis: 'form' }],
    ['an actor that is too long', { actor: 'a'.repeat(201) }, { ...found('RECORD_FORM', 'record not canonical'), axis: 'form' }],
    ['an id that is no UUID', { id: 'x' }, { ...found('RECORD_FORM', 'record not canonical'), axis: 'form' }],
    ['a reserved type that does not exist', { type: 'chain.opened' }, { ...found('RESERVED_TYPE', 'reserved type misused'), axis: 'form' }],
    ['a second chain.created', { type: 'chain.created' }, { ...found('RESERVED_TYPE', 'reserved type misused'), axis: 'form' }],
  ];
  for (const [name, change, expected] of cases) {
    it(`${name}: ${expected.code}`, async () => {
      const wrong = chainOf(50, { event: (seq) => eventOf(seq, seq === 25 ? change : {}) });
      await expectCaught(await archiveOf(wrong, SIZES, { signers: [log] }), { resolver }, expected);
    });
  }

  it('time that runs backwards, inside a segment and between two', async () => {
    const back = (at: number) =>
      chainOf(50, {
        time: (seq) =>
          seq === at ? '2026-11-21T03:12:01.000Z' : `2026-11-21T03:12:${String(Math.min(seq + 2, 59)).padStart(2, '0')}.000Z`,
      });
    for (const at of [25, 20]) {
      const files = await archiveOf(back(at), SIZES, { signers: [log] });
      await expectCaught(files, { resolver }, found('TIME_BACKWARDS', 'time runs backwards', { segment: 20, seq: at }));
    }
  });
});
