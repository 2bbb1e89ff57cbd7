import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concatBytes } from '../../src/bytes/compare.ts';
import { utf8Decode, utf8Encode } from '../../src/bytes/utf8.ts';
import { engine as portable } from '../../src/engine/portable.ts';
import { type Evidence, formatEvidence, parseEvidence } from '../../src/evidence/evidence.ts';
import { inspectEvidence, makeEvidence, verifyEvidence } from '../../src/evidence/verify.ts';
import { engine as node } from '../../src/node/engine.ts';
import { formatCheckpoint } from '../../src/note/checkpoint.ts';
import { formatVkey, noteKey, parseVkey } from '../../src/note/key.ts';
import { signNote } from '../../src/note/sign.ts';
import { fixedSigner } from '../document/keys.ts';
import { leafHash, MTH } from '../merkle/oracle.ts';
import { codeOf, codeOfAsync } from '../merkle/refused.ts';
import { CHAIN, TestLog, eventText } from '../receipt/log.ts';

const signer = fixedSigner('log-1', 1);
const successor = fixedSigner('log-2', 2);
const KEYS = [noteKey(CHAIN, signer.publicKey)];

/** Two histories of one log that part at record 3. */
const ours = new TestLog(6);
const theirs = new TestLog(3);
for (let i = 3; i < 6; i++) theirs.add({}, eventText(i + 100));

const roots: Evidence = { kind: 'roots', notes: [await ours.note([signer]), await theirs.note([signer])] };
const leaves: Evidence = {
  kind: 'leaves',
  leaves: [
    { hash: leafHash(ours.records[4]!), proof: await ours.proof(4, [signer]) },
    { hash: leafHash(theirs.records[4]!), proof: await theirs.proof(4, [signer]) },
  ],
};
const misplaced = new TestLog(3);
misplaced.add({ seq: 8 });
const foreign = new TestLog(3);
foreign.add({ chain: 'other.example.com' });
const place: Evidence = { kind: 'place', included: { record: misplaced.records[3]!, proof: await misplaced.proof(3, [signer]) } };
const otherChain: Evidence = { kind: 'place', included: { record: foreign.records[3]!, proof: await foreign.proof(3, [signer]) } };

const all = [
  ['two roots of one size', roots],
  ['two leaves at one index', leaves],
  ['a record at another index', place],
  ['a record of another chain', otherChain],
] as const;

describe.each(all)('evidence of %s', (_, evidence) => {
  test('is made and verified with nothing but the vkey, by both engines', async () => {
    for (const engine of [node, portable]) {
      const bytes = await makeEvidence(evidence, KEYS, engine);
      const keys = [parseVkey(formatVkey(KEYS[0]!))];
      const finding = await verifyEvidence(bytes, keys, engine);
      expect(finding.kind).toBe(evidence.kind);
      expect(finding.origin).toBe(CHAIN);
      expect(finding.one).not.toBe(finding.other);
      expect(finding.thumbprints).toEqual([signer.publicKey.thumbprint]);
    }
  });

  test('comes apart and together again, and is one line of canonical JSON', async () => {
    const bytes = formatEvidence(evidence);
    expect(formatEvidence(parseEvidence(bytes))).toEqual(bytes);
    const text = utf8Decode(bytes);
    expect(text.indexOf('\n')).toBe(text.length - 1);
    expect(Object.keys(JSON.parse(text) as object)).toContain('format');
  });

  test('proves nothing under another key, or under the key of another log', async () => {
    const bytes = formatEvidence(evidence);
    for (const keys of [[], [noteKey(CHAIN, successor.publicKey)], [noteKey('other.example.com', signer.publicKey)]]) {
      expect(await codeOfAsync(() => verifyEvidence(bytes, keys))).toBe('ERR_NOTE_UNVERIFIED');
    }
  });

  test('with any byte changed proves nothing', async () => {
    const bytes = formatEvidence(evidence);
    for (let i = 0; i < bytes.length; i += 2) {
      expect((await inspectEvidence(bytes.with(i, bytes[i]! ^ 1), KEYS)).proven, `byte ${i}`).toBe(false);
    }
  });

  test('may be changed as soon as the call has returned its promise', async () => {
    const bytes = formatEvidence(evidence);
    const promise = verifyEvidence(bytes, KEYS);
    bytes.fill(0);
    expect((await promise).kind).toBe(evidence.kind);
  });
});

const code = (evidence: Evidence, keys = KEYS): Promise<string | undefined> => codeOfAsync(() => makeEvidence(evidence, keys));

describe('nothing is proven by', () => {
  test('the same checkpoint twice, or checkpoints of two sizes', async () => {
    const note = await ours.note([signer]);
    expect(await code({ kind: 'roots', notes: [note, note] })).toBe('ERR_EVIDENCE_NOTHING');
    expect(await code({ kind: 'roots', notes: [note, await new TestLog(5).note([signer])] })).toBe('ERR_EVIDENCE_NOTHING');
  });

  test('checkpoints of two logs, though one key signed both', async () => {
    const other = new TestLog(6, 'other.example.com');
    const keys = [...KEYS, noteKey('other.example.com', signer.publicKey)];
    expect(await code({ kind: 'roots', notes: [await ours.note([signer]), await other.note([signer])] }, keys)).toBe(
      'ERR_EVIDENCE_NOTHING',
    );
  });

  test('a checkpoint that carries another log’s name than its signature', async () => {
    const text = formatCheckpoint({ origin: 'other.example.com', size: 6, root: MTH(theirs.leaves) });
    const note = await signNote(text, [{ name: CHAIN, signer }]);
    expect(await code({ kind: 'roots', notes: [note, note] })).toBe('ERR_EVIDENCE_NOTHING');
  });

  test('the same leaf twice, leaves at two places, or a leaf that is not there', async () => {
    const [first, second] = leaves.leaves;
    expect(await code({ kind: 'leaves', leaves: [first, first] })).toBe('ERR_EVIDENCE_NOTHING');
    const third = { hash: leafHash(theirs.records[5]!), proof: await theirs.proof(5, [signer]) };
    expect(await code({ kind: 'leaves', leaves: [first, third] })).toBe('ERR_EVIDENCE_NOTHING');
    expect(await code({ kind: 'leaves', leaves: [first, { ...second, hash: new Uint8Array(32) }] })).toBe('ERR_INCLUSION');
  });

  test('a record in its place, or bytes that are no record', async () => {
    expect(await code({ kind: 'place', included: { record: ours.records[2]!, proof: await ours.proof(2, [signer]) } })).toBe(
      'ERR_EVIDENCE_NOTHING',
    );
    const odd = new TestLog(1);
    odd.records.push(utf8Encode('not a record'));
    expect(await code({ kind: 'place', included: { record: odd.records[1]!, proof: await odd.proof(1, [signer]) } })).toBe(
      'ERR_EVIDENCE_NOTHING',
    );
  });
});

test('a fork across a rotation names both keys; extension lines do not hide one', async () => {
  const text = formatCheckpoint({ origin: CHAIN, size: 6, root: MTH(theirs.leaves), extensions: ['more'] });
  const note = await signNote(text, [{ name: CHAIN, signer: successor }]);
  const keys = [...KEYS, noteKey(CHAIN, successor.publicKey)];
  const bytes = await makeEvidence({ kind: 'roots', notes: [await ours.note([signer]), note] }, keys);
  const { thumbprints } = await verifyEvidence(bytes, keys);
  expect(thumbprints).toEqual([signer.publicKey.thumbprint, successor.publicKey.thumbprint]);
});

const file = (value: object): Uint8Array => concatBytes(node.canonicalize(value), Uint8Array.of(10));

describe('an evidence file is refused when it', () => {
  const good = JSON.parse(utf8Decode(formatEvidence(roots))) as { notes: string[] };
  const bad = JSON.parse(utf8Decode(formatEvidence(leaves))) as { leaves: Record<string, unknown>[] };
  const record = JSON.parse(utf8Decode(formatEvidence(place))) as Record<string, string>;

  test.each<[string, Uint8Array, string]>([
    ['is empty', new Uint8Array(0), 'ERR_EVIDENCE_FORM'],
    ['has no line feed', formatEvidence(roots).slice(0, -1), 'ERR_EVIDENCE_FORM'],
    ['has two line feeds', concatBytes(formatEvidence(roots), Uint8Array.of(10)), 'ERR_NOT_CANONICAL'],
    ['is a list', file([]), 'ERR_EVIDENCE_FORM'],
    ['is of another format', file({ ...good, format: 'countersign/evidence@2' }), 'ERR_EVIDENCE_FORM'],
    ['is of another kind', file({ ...good, kind: 'guilt' }), 'ERR_EVIDENCE_FORM'],
    ['has an unknown member', file({ ...good, note: '' }), 'ERR_EVIDENCE_FORM'],
    ['has one note', file({ ...good, notes: good.notes.slice(1) }), 'ERR_EVIDENCE_FORM'],
    ['has three notes', file({ ...good, notes: [...good.notes, good.notes[0]] }), 'ERR_EVIDENCE_FORM'],
    ['has notes that are no text', file({ ...good, notes: [1, 2] }), 'ERR_EVIDENCE_FORM'],
    ['has leaves with another member', file({ ...bad, leaves: bad.leaves.map((leaf) => ({ ...leaf, x: 1 })) }), 'ERR_EVIDENCE_FORM'],
    ['has leaves that are null', file({ ...bad, leaves: [null, null] }), 'ERR_EVIDENCE_FORM'],
    ['has hashes in capitals', file({ ...bad, leaves: bad.leaves.map((leaf) => ({ ...leaf, hash: 'A'.repeat(64) })) }), 'ERR_HEX'],
    ['has a proof that is none', file({ ...record, proof: 'x' }), 'ERR_TLOG_PROOF'],
    [
      'has a proof with extra data',
      file({ ...record, proof: record['proof']!.replace('index', 'extra AA==\nindex') }),
      'ERR_EVIDENCE_FORM',
    ],
    ['has a record in loose base64', file({ ...record, record: `${record['record']}\n` }), 'ERR_BASE64'],
    ['has a record of more than 65,535 bytes', file({ ...record, record: 'AAAA'.repeat(21_846) }), 'ERR_EVIDENCE_FORM'],
    ['is longer than 1 MiB', new Uint8Array(1_048_577), 'ERR_EVIDENCE_FORM'],
  ])('%s', (_, bytes, code) => {
    expect(codeOf(() => parseEvidence(bytes))).toBe(code);
  });

  test('is anything else: no exception but a coded one', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        expect((await inspectEvidence(bytes, KEYS)).proven).toBe(false);
      }),
    );
  });

  test('would hold extra data or too much', () => {
    const { included } = place;
    expect(
      codeOf(() => formatEvidence({ kind: 'place', included: { ...included, proof: { ...included.proof, extra: Uint8Array.of(1) } } })),
    ).toBe('ERR_EVIDENCE_FORM');
    expect(
      codeOf(() => formatEvidence({ kind: 'roots', notes: [new Uint8Array(600_000).fill(65), new Uint8Array(600_000).fill(65)] })),
    ).toBe('ERR_EVIDENCE_FORM');
  });
});
