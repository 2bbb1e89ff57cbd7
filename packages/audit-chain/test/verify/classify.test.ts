import { hexEncode } from '@countersign/proof-core/bytes/hex';
import { utf8Decode, utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { hashLeaf } from '@countersign/proof-core/merkle/hash';
import { ZERO_HASH } from '@countersign/proof-core/record/link';
import { describe, expect, it } from 'vitest';
import { CHAIN, chainOf, eventOf, recordOf, timeOf } from './support/archive.ts';
import { short } from './support/source.ts';
import { inspectLines } from './support/stream.ts';

const records = chainOf(30);
const hashOf = (record: Uint8Array): string => hexEncode(hashLeaf(record));

/** What the stream's own records say, without the finding that nothing signed covers them. */
async function found(lines: readonly Uint8Array[]): Promise<string[]> {
  return short(await inspectLines(lines)).filter((code) => !code.startsWith('NO_CHECKPOINT'));
}

function edit(seq: number, from: string, to: string): Uint8Array {
  const text = utf8Decode(records[seq]!);
  expect(text).toContain(from);
  return utf8Encode(text.replace(from, to));
}

describe('one fault in a chain of records is named and placed', () => {
  it('finds nothing in an intact chain', async () => {
    expect(await found(records)).toEqual([]);
  });

  it('an altered event is RECORD_MODIFIED at its record alone, known by its successor', async () => {
    expect(await found(records.with(12, edit(12, '"amount":84', '"amount":85')))).toEqual(['RECORD_MODIFIED/12.hash']);
  });

  it('an altered first event is found too', async () => {
    expect(await found(records.with(0, edit(0, 'system', 'sYstem')))).toEqual(['RECORD_MODIFIED/0.hash']);
  });

  it('an altered link.prev breaks two links and is named once, with its field', async () => {
    const other = '1'.repeat(64);
    expect(await found(records.with(12, edit(12, hashOf(records[11]!), other)))).toEqual(['RECORD_MODIFIED/12.link.prev']);
  });

  it('an altered link.seq is named with its field', async () => {
    expect(await found(records.with(12, edit(12, '"seq":12', '"seq":13')))).toEqual(['RECORD_MODIFIED/12.link.seq']);
    expect(await found(records.with(12, edit(12, '"seq":12', '"seq":3')))).toEqual(['RECORD_MODIFIED/12.link.seq']);
  });

  it('an altered link.time is a modified record', async () => {
    expect(await found(records.with(12, edit(12, timeOf(12), timeOf(13))))).toEqual(['RECORD_MODIFIED/12.hash']);
  });

  it('two neighbours altered are both named', async () => {
    const lines = records.with(12, edit(12, '"amount":84', '"amount":85')).with(13, edit(13, '"amount":91', '"amount":92'));
    expect(await found(lines)).toEqual(['RECORD_MODIFIED/12.hash', 'RECORD_MODIFIED/13.hash']);
  });

  it('several altered records far apart are all named', async () => {
    const lines = records.with(3, edit(3, '"amount":21', '"amount":22')).with(20, edit(20, '"amount":140', '"amount":141'));
    expect(await found(lines)).toEqual(['RECORD_MODIFIED/3.hash', 'RECORD_MODIFIED/20.hash']);
  });

  it('a deleted record is RECORD_DELETED at its number', async () => {
    expect(await found(records.toSpliced(12, 1))).toEqual(['RECORD_DELETED/12']);
  });

  it('deleted stretches are one finding each', async () => {
    const report = await inspectLines(records.toSpliced(20, 4).toSpliced(5, 3));
    expect(report.findings.filter(({ code }) => code === 'RECORD_DELETED')).toEqual([
      { code: 'RECORD_DELETED', seq: 5, expected: 'records 5 to 7', actual: 'absent' },
      { code: 'RECORD_DELETED', seq: 20, expected: 'records 20 to 23', actual: 'absent' },
    ]);
  });

  it('missing first records are a truncated head', async () => {
    expect(await found(records.slice(5))).toEqual(['HEAD_TRUNCATED/0']);
  });

  it('two swapped neighbours are RECORD_REORDERED, nothing else', async () => {
    expect(await found(records.with(12, records[13]!).with(13, records[12]!))).toEqual(['RECORD_REORDERED/13']);
  });

  it('a record moved to the front or to the back is RECORD_REORDERED', async () => {
    const moved = records[20]!;
    expect(await found(records.toSpliced(20, 1).toSpliced(6, 0, moved))).toEqual(['RECORD_REORDERED/20']);
    const early = records[6]!;
    expect(await found(records.toSpliced(6, 1).toSpliced(20, 0, early))).toEqual(['RECORD_REORDERED/6']);
  });

  it('a repeated record is RECORD_DUPLICATED, at once or later', async () => {
    expect(await found(records.toSpliced(13, 0, records[12]!))).toEqual(['RECORD_DUPLICATED/12']);
    expect(await found(records.toSpliced(25, 0, records[3]!))).toEqual(['RECORD_DUPLICATED/3']);
    expect(await found([...records, records.at(-1)!])).toEqual(['RECORD_DUPLICATED/29']);
  });

  it('a forged record with a fitting link is RECORD_INSERTED: the successor decides which of two is genuine', async () => {
    const forged = recordOf(12, hashOf(records[11]!), { event: eventOf(12, { actor: 'user:evil' }) });
    expect(await found(records.toSpliced(12, 0, forged))).toEqual(['RECORD_INSERTED/12']);
    expect(await found(records.toSpliced(13, 0, forged))).toEqual(['RECORD_INSERTED/12']);
  });

  it('a forged record with a wrong link is RECORD_INSERTED', async () => {
    const forged = recordOf(12, ZERO_HASH, { event: eventOf(12, { actor: 'user:evil' }) });
    expect(await found(records.toSpliced(12, 0, forged))).toEqual(['RECORD_INSERTED/12']);
    expect(await found(records.toSpliced(20, 0, forged))).toEqual(['RECORD_INSERTED/12']);
  });

  it('a record put in the place of another is RECORD_MODIFIED', async () => {
    const forged = recordOf(12, hashOf(records[11]!), { event: eventOf(12, { actor: 'user:evil' }) });
    expect(await found(records.with(12, forged))).toEqual(['RECORD_MODIFIED/12.hash']);
  });

  it('a line that is no record is RECORD_INSERTED between records, RECORD_MODIFIED in the place of one', async () => {
    const junk = utf8Encode('{"hello":"world"}');
    expect(await found(records.toSpliced(12, 0, junk))).toEqual(['RECORD_INSERTED/12.link']);
    expect(await found(records.with(12, junk))).toEqual(['RECORD_MODIFIED/12.link']);
    expect(await found(records.toSpliced(12, 0, new Uint8Array(0)))).toEqual(['RECORD_INSERTED/12.link']);
  });

  it('a record of another chain is RECORD_CHAIN', async () => {
    const other = chainOf(30, { chain: 'other.example.com' });
    expect(await found(records.with(12, other[12]!))).toEqual(['RECORD_CHAIN/12.link.chain']);
    expect(await found(records.toSpliced(12, 0, other[4]!))).toEqual(['RECORD_CHAIN/12.link.chain']);
  });

  it('time that runs backwards is TIME_BACKWARDS; equal times are not', async () => {
    expect(await found(chainOf(10, { time: () => timeOf(5) }))).toEqual([]);
    expect(await found(chainOf(10, { time: (seq) => timeOf(seq === 6 ? 2 : seq) }))).toEqual(['TIME_BACKWARDS/6.link.time']);
  });

  it('a chain that does not start from nothing is a modified first record', async () => {
    const first = recordOf(0, '2'.repeat(64));
    const second = recordOf(1, hashOf(first));
    expect(await found([first, second])).toEqual(['RECORD_MODIFIED/0.link.prev']);
  });

  it('goes on after each: ten faults at once are ten findings', async () => {
    const lines = [...records];
    lines[3] = edit(3, '"amount":21', '"amount":22');
    lines.splice(26, 1);
    lines.splice(20, 0, lines[2]!);
    lines.splice(15, 0, utf8Encode('junk'));
    [lines[9], lines[10]] = [lines[10]!, lines[9]!];
    expect(await found(lines)).toEqual([
      'RECORD_MODIFIED/3.hash',
      'RECORD_REORDERED/10',
      'RECORD_INSERTED/15.link',
      'RECORD_DUPLICATED/2',
      'RECORD_DELETED/26',
    ]);
  });
});

describe('form', () => {
  it('names a record that is not canonical, and one with another member, in an otherwise linked chain', async () => {
    const spaced = utf8Encode(utf8Decode(recordOf(0, ZERO_HASH)).replace('"payload":{', '"payload":{ '));
    const next = recordOf(1, hashOf(spaced), { event: eventOf(1, { extra: 1 }) });
    expect(await found([spaced, next])).toEqual(['RECORD_NOT_CANONICAL/0.record', 'RECORD_FORM/1.event.id']);
  });

  it('level integrity does not look, and says so', async () => {
    const spaced = utf8Encode(utf8Decode(recordOf(0, ZERO_HASH)).replace('"payload":{', '"payload":{ '));
    const report = await inspectLines([spaced], { level: 'integrity' });
    expect(short(report)).toEqual(['NO_CHECKPOINT/0']);
    expect(report.axes.form).toBe('not checked');
  });

  it('refuses reserved types where the library does not write them', async () => {
    const types = (type: string, seq: number) => chainOf(3, { event: (at) => eventOf(at, at === seq ? { type } : {}) });
    expect(await found(types('order.created', 0))).toEqual(['RESERVED_TYPE/0.event.type']);
    expect(await found(types('chain.created', 1))).toEqual(['RESERVED_TYPE/1.event.type']);
    expect(await found(types('chain.opened', 1))).toEqual(['RESERVED_TYPE/1.event.type']);
    expect(await found(types('signer.rotated', 1))).toEqual(['RESERVED_TYPE/1.event.payload.amount']);
  });
});

it('the chain of the records is the one that the report names', async () => {
  expect((await inspectLines(records)).chain).toBe(CHAIN);
});
