import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { base64Encode } from '../../src/bytes/base64.ts';
import { concatBytes } from '../../src/bytes/compare.ts';
import { hexEncode } from '../../src/bytes/hex.ts';
import { utf8Decode, utf8Encode } from '../../src/bytes/utf8.ts';
import { engine as portable } from '../../src/engine/portable.ts';
import { engine as node } from '../../src/node/engine.ts';
import { formatReceipt, parseReceipt } from '../../src/receipt/receipt.ts';
import { type ReceiptPolicy, inspectReceipt, verifyReceipt } from '../../src/receipt/verify.ts';
import { fixedSigner, freshSigner, resolverOf } from '../document/keys.ts';
import { leafHash, MTH } from '../merkle/oracle.ts';
import { codeOf, codeOfAsync } from '../merkle/refused.ts';
import { CHAIN, TestLog, eventText } from './log.ts';

const logKey = fixedSigner('log-1', 1);
const nextKey = fixedSigner('log-2', 2);
const resolver = resolverOf({ signer: logKey, purposes: ['checkpoint'] }, { signer: nextKey, purposes: ['checkpoint'] });
const log = new TestLog(7);
const RECEIPT = await log.receipt(5, [logKey]);
const TEXT = utf8Decode(RECEIPT);

/** What `verifyReceipt` refuses a receipt with. */
const code = (bytes: Uint8Array, change: Partial<ReceiptPolicy> = {}): Promise<string | undefined> =>
  codeOfAsync(() => verifyReceipt(bytes, { resolver, ...change }));
const build = (lines: readonly string[]): Uint8Array => utf8Encode(`${lines.join('\n')}\n`);

describe('a receipt', () => {
  test.each([node, portable])('of every record of logs of 1 to 9 records verifies ($name)', async (engine) => {
    for (let size = 1; size <= 9; size++) {
      const small = new TestLog(size);
      for (let index = 0; index < size; index += 3) {
        const verified = await verifyReceipt(await small.receipt(index, [logKey]), { resolver, origin: CHAIN }, engine);
        expect(verified.index).toBe(index);
        expect(verified.event.payload).toEqual({ n: index });
        expect(verified.leafHash).toBe(hexEncode(leafHash(small.records[index]!)));
        expect(hexEncode(verified.checkpoint.root)).toBe(hexEncode(MTH(small.leaves)));
        expect(verified.signers.map(({ kid }) => kid)).toEqual(['log-1']);
      }
    }
  });

  test('is the record, a line feed and a C2SP tlog-proof without extra', async () => {
    const hashes = (await log.proof(5, [logKey])).hashes.map((hash) => `${base64Encode(hash)}\n`).join('');
    const note = utf8Decode(await log.note([logKey]));
    expect(TEXT).toBe(`${utf8Decode(log.records[5]!)}\nc2sp.org/tlog-proof@v1\nindex 5\n${hashes}\n${note}`);
  });

  test('comes apart and together again', () => {
    expect(formatReceipt(parseReceipt(RECEIPT))).toEqual(RECEIPT);
  });

  test('signed by both keys of a rotation names both; by one that a P-256 KMS holds, too', async () => {
    const verified = await verifyReceipt(await log.receipt(2, [logKey, nextKey]), { resolver });
    expect(verified.signers.map(({ kid }) => kid)).toEqual(['log-1', 'log-2']);
    for (const algorithm of ['ES256', 'RS256'] as const) {
      const kms = freshSigner('kms', algorithm);
      const trusted = resolverOf({ signer: kms, purposes: ['checkpoint'] });
      expect((await verifyReceipt(await log.receipt(2, [kms]), { resolver: trusted })).signers[0]!.kid).toBe('kms');
    }
  });

  test('asks the registry for the chain, not before the record’s own time, and not after the given one', async () => {
    const asked = resolverOf({ signer: logKey, purposes: ['checkpoint'] });
    const latest = '2026-12-01T00:00:00.000Z';
    const { signers } = await verifyReceipt(RECEIPT, { resolver: asked, latest });
    expect(asked.queries).toEqual([{ kid: 'log-1', purpose: 'checkpoint', chain: CHAIN, earliest: '2026-11-21T03:12:00.123Z', latest }]);
    expect(signers[0]!.time).toBe('bounded');
    expect((await verifyReceipt(RECEIPT, { resolver })).signers[0]!.time).toBe('asserted');
  });

  test('may be changed as soon as the call has returned its promise', async () => {
    const bytes = RECEIPT.slice();
    const promise = verifyReceipt(bytes, { resolver });
    bytes.fill(0);
    expect((await promise).index).toBe(5);
  });
});

describe('whose signature counts', () => {
  test.each(['not-yet-valid', 'expired', 'revoked', 'compromised', 'wrong-purpose', 'wrong-chain'] as const)(
    'not that of a key that is %s',
    async (distrust) => {
      const distrusting = resolverOf({ signer: logKey, purposes: ['checkpoint'], distrust });
      await expect(verifyReceipt(RECEIPT, { resolver: distrusting })).rejects.toMatchObject({
        code: 'ERR_SIGNER_UNTRUSTED',
        actual: `log-1: ${distrust}`,
      });
      const { signatures } = await inspectReceipt(RECEIPT, { resolver: distrusting });
      expect(signatures).toEqual([{ name: CHAIN, kid: 'log-1', status: 'untrusted', reason: distrust }]);
    },
  );

  test('not that of a key for documents, nor of a key for another chain, nor of a stranger', async () => {
    expect(await code(RECEIPT, { resolver: resolverOf({ signer: logKey, purposes: ['license'] }) })).toBe('ERR_SIGNER_UNTRUSTED');
    expect(await code(RECEIPT, { resolver: resolverOf({ signer: logKey, purposes: ['checkpoint'], chains: ['other.example.com'] }) })).toBe(
      'ERR_SIGNER_UNTRUSTED',
    );
    expect(await code(RECEIPT, { resolver: resolverOf({ signer: nextKey, purposes: ['checkpoint'] }) })).toBe('ERR_NOTE_UNVERIFIED');
    expect(await code(RECEIPT, { resolver: resolverOf() })).toBe('ERR_NOTE_UNVERIFIED');
  });

  test('a bad signature under a registered key’s name refuses the note, whatever stands beside it, trusted or not', async () => {
    const note = utf8Decode(await log.note([logKey, nextKey]));
    const lines = note.split('\n');
    const last = lines.at(-2)!;
    const bad = note.replace(last, `${last.slice(0, -4)}${last.endsWith('AAA=') ? 'BBB=' : 'AAA='}`);
    const bytes = await log.receipt(5, [logKey], { note: utf8Encode(bad) });
    expect(await code(bytes, { resolver })).toBe('ERR_NOTE_SIGNATURE');
    const retired = resolverOf(
      { signer: logKey, purposes: ['checkpoint'] },
      { signer: nextKey, purposes: ['checkpoint'], distrust: 'expired' },
    );
    expect(await code(bytes, { resolver: retired })).toBe('ERR_NOTE_SIGNATURE');
    expect((await verifyReceipt(bytes, { resolver: resolverOf({ signer: logKey, purposes: ['checkpoint'] }) })).index).toBe(5);
  });

  test('one trusted key is enough beside an expired one and a witness', async () => {
    const mixed = resolverOf(
      { signer: logKey, purposes: ['checkpoint'], distrust: 'expired' },
      { signer: nextKey, purposes: ['checkpoint'] },
    );
    const { signers } = await verifyReceipt(await log.receipt(5, [logKey, nextKey]), { resolver: mixed });
    expect(signers.map(({ kid }) => kid)).toEqual(['log-2']);
  });

  test('keys that cannot sign notes are passed over', async () => {
    const others = (['ES384', 'PS256'] as const).map((algorithm) => ({
      signer: freshSigner(algorithm, algorithm),
      purposes: ['checkpoint'] as const,
    }));
    expect((await verifyReceipt(RECEIPT, { resolver: resolverOf(...others, { signer: logKey, purposes: ['checkpoint'] }) })).index).toBe(5);
  });
});

describe('a receipt is refused when', () => {
  test('it is from another chain than expected', async () => {
    expect(await code(RECEIPT, { origin: 'other.example.com' })).toBe('ERR_RECEIPT_ORIGIN');
  });

  test('the record stands at another index than its seq', async () => {
    const wrong = new TestLog(4);
    wrong.add({ seq: 7 });
    expect(await code(await wrong.receipt(4, [logKey]))).toBe('ERR_RECEIPT_PLACE');
  });

  test('the record is of another chain than the checkpoint', async () => {
    const wrong = new TestLog(4);
    wrong.add({ chain: 'other.example.com' });
    const trusting = resolverOf({ signer: logKey, purposes: ['checkpoint'] });
    expect(await codeOfAsync(async () => verifyReceipt(await wrong.receipt(4, [logKey]), { resolver: trusting }))).toBe(
      'ERR_RECEIPT_ORIGIN',
    );
  });

  test('the record is not the one that was proven', async () => {
    expect(await code(await log.receipt(5, [logKey], { record: new TestLog(7, CHAIN).records[4]! }))).toBe('ERR_RECEIPT_PLACE');
    const other = new TestLog(5);
    other.add({}, eventText(99));
    expect(await code(await log.receipt(5, [logKey], { record: other.records[5]! }))).toBe('ERR_INCLUSION');
  });

  test.each([
    ['the record has a space', (text: string) => text.replace('{"event":', '{"event": '), 'ERR_NOT_CANONICAL'],
    ['the record has an unknown member', (text: string) => text.replace('"actor":', '"a":1,"actor":'), 'ERR_RECORD'],
    ['the record has a third member', (text: string) => text.replace('{"event":', '{"a":1,"event":'), 'ERR_RECORD'],
    ['the link has an unknown member', (text: string) => text.replace('"chain":', '"a":1,"chain":'), 'ERR_RECORD'],
    ['there is no line feed', (text: string) => text.split('\n')[0]!, 'ERR_RECEIPT_FORM'],
    ['the record is empty', (text: string) => text.slice(text.indexOf('\n')), 'ERR_RECEIPT_FORM'],
    ['there is an empty line behind the record', (text: string) => text.replace('\n', '\n\n'), 'ERR_TLOG_PROOF'],
    ['there is a carriage return', (text: string) => text.replace('\n', '\r\n'), 'ERR_NOT_CANONICAL'],
    ['there is extra data', (text: string) => text.replace('index', `extra ${base64Encode(Uint8Array.of(1))}\nindex`), 'ERR_RECEIPT_FORM'],
    ['the index has a leading zero', (text: string) => text.replace('index 5', 'index 05'), 'ERR_DECIMAL'],
    ['the index is another', (text: string) => text.replace('index 5', 'index 4'), 'ERR_RECEIPT_PLACE'],
    ['the index is 2^53', (text: string) => text.replace('index 5', 'index 9007199254740992'), 'ERR_TREE_SIZE'],
    ['the index is beyond the tree', (text: string) => text.replace('index 5', 'index 7'), 'ERR_INDEX'],
    ['the size is another', (text: string) => text.replace('\n7\n', '\n8\n'), 'ERR_NOTE_SIGNATURE'],
    ['the size is smaller', (text: string) => text.replace('\n7\n', '\n6\n'), 'ERR_PROOF_LENGTH'],
    ['the checkpoint has an extension line', (text: string) => text.replace('\n\n\u2014', '\nmore\n\n\u2014'), 'ERR_CHECKPOINT'],
    ['a byte is left over', (text: string) => `${text}x`, 'ERR_NOTE_SYNTAX'],
  ])('%s', async (_, change, expected) => {
    expect(TEXT).not.toBe(change(TEXT));
    expect(await code(utf8Encode(change(TEXT)))).toBe(expected);
  });

  test('a line of the proof is dropped, doubled or swapped with the next', async () => {
    const lines = TEXT.split('\n').slice(0, -1);
    for (let i = 0; i < lines.length; i++) {
      expect(await code(build(lines.toSpliced(i, 1))), `line ${i} dropped`).toBeDefined();
      const doubled = await code(build(lines.toSpliced(i, 0, lines[i]!)));
      // Of two equal signature lines the second is not looked at (C2SP signed-note).
      if (i < lines.length - 1) expect(doubled, `line ${i} doubled`).toBeDefined();
      if (i > 0) expect(await code(build(lines.with(i, lines[i - 1]!).with(i - 1, lines[i]!))), `line ${i} swapped`).toBeDefined();
    }
  });

  test('any byte is changed', async () => {
    for (let i = 0; i < RECEIPT.length; i++) {
      // Another name on the signature line makes it a stranger's line; that, too, leaves nothing verified.
      expect(await code(RECEIPT.with(i, RECEIPT[i]! ^ 1)), `byte ${i}`).toBeDefined();
    }
  });

  test('it is cut anywhere', async () => {
    for (let length = 0; length < RECEIPT.length; length += 3) expect(await code(RECEIPT.slice(0, length)), `${length}`).toBeDefined();
  });

  test('the record is longer than 65,535 bytes, or has a line feed', () => {
    const note = parseReceipt(RECEIPT);
    expect(codeOf(() => formatReceipt({ ...note, record: new Uint8Array(65_536).fill(65) }))).toBe('ERR_RECEIPT_FORM');
    expect(codeOf(() => formatReceipt({ ...note, record: utf8Encode('a\nb') }))).toBe('ERR_RECEIPT_FORM');
    expect(codeOf(() => formatReceipt({ ...note, record: new Uint8Array(0) }))).toBe('ERR_RECEIPT_FORM');
    expect(codeOf(() => parseReceipt(concatBytes(new Uint8Array(65_536).fill(65), RECEIPT)))).toBe('ERR_RECEIPT_FORM');
  });
});

describe('inspectReceipt', () => {
  test('has one answer to each question, in order, and says what it could read', async () => {
    const report = await inspectReceipt(RECEIPT, { resolver });
    expect(report.verified).toBe(true);
    expect(report.checks.map(({ name, status }) => `${name} ${status}`)).toEqual(
      ['form', 'record', 'origin', 'place', 'checkpoint', 'inclusion', 'signature', 'signer'].map((name) => `${name} passed`),
    );
    expect(report.link?.seq).toBe(5);
  });

  test('goes on after a failure where there is more to ask', async () => {
    const other = new TestLog(5);
    other.add({}, eventText(99));
    const report = await inspectReceipt(await log.receipt(5, [nextKey], { record: other.records[5]! }), {
      resolver: resolverOf({ signer: logKey }),
      origin: 'x',
    });
    expect(report.checks.map(({ name, status }) => [name, status])).toEqual([
      ['form', 'passed'],
      ['record', 'passed'],
      ['origin', 'failed'],
      ['place', 'passed'],
      ['checkpoint', 'passed'],
      ['inclusion', 'failed'],
      ['signature', 'failed'],
      ['signer', 'skipped'],
    ]);
    expect(report.signers).toEqual([]);
    expect(report.signatures).toEqual([{ name: CHAIN, status: 'unknown' }]);
  });

  test('never throws for bytes, and agrees with verifyReceipt', async () => {
    const cut = fc.tuple(fc.nat(RECEIPT.length), fc.nat(RECEIPT.length), fc.uint8Array({ maxLength: 8 }));
    const inputs = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      cut.map(([from, to, middle]) => concatBytes(RECEIPT.subarray(0, from), middle, RECEIPT.subarray(to))),
    );
    await fc.assert(
      fc.asyncProperty(inputs, async (bytes) => {
        const report = await inspectReceipt(bytes, { resolver });
        expect(report.checks).toHaveLength(8);
        const first = report.checks.find(({ status }) => status === 'failed');
        expect(await codeOfAsync(() => verifyReceipt(bytes, { resolver }))).toBe(first?.error?.code);
        expect(report.verified).toBe(first === undefined);
      }),
    );
  });
});
