import { describe, expect, test } from 'vitest';
import { base64Encode } from '../../src/bytes/base64.ts';
import { formatCheckpoint } from '../../src/note/checkpoint.ts';
import { signNote } from '../../src/note/sign.ts';
import { formatAddCheckpoint, parseAddCheckpoint } from '../../src/note/witness.ts';
import { codeOf, expectRefusal } from '../merkle/refused.ts';
import { makeLeaves } from '../merkle/leaves.ts';
import { bytes, ed25519, text } from './signers.ts';

const ORIGIN = 'example.com/log';
const [hash, other] = makeLeaves(2) as [Uint8Array, Uint8Array];
const note = await signNote(formatCheckpoint({ origin: ORIGIN, size: 20, root: hash }), [{ name: ORIGIN, signer: ed25519(1) }]);
const body = (head: string): Uint8Array => bytes(`${head}\n${text(note)}`);

test('a request is the old size, the proof, an empty line and the checkpoint', () => {
  const request = { old: 12, proof: [hash, other], note };
  expect(text(formatAddCheckpoint(request))).toBe(`old 12\n${base64Encode(hash)}\n${base64Encode(other)}\n\n${text(note)}`);
  expect(parseAddCheckpoint(formatAddCheckpoint(request))).toEqual(request);
  for (const old of [0, 20]) expect(parseAddCheckpoint(formatAddCheckpoint({ old, proof: [], note }))).toEqual({ old, proof: [], note });
});

describe('another form is refused', () => {
  const line = `${base64Encode(hash)}\n`;
  test.each([
    ['no old size', line, 'ERR_WITNESS_REQUEST'],
    ['no head', '', 'ERR_WITNESS_REQUEST'],
    ['a leading zero', 'old 012\n', 'ERR_DECIMAL'],
    ['no number', 'old \n', 'ERR_DECIMAL'],
    ['two spaces', 'old  12\n', 'ERR_DECIMAL'],
    ['2^53', 'old 9007199254740992\n', 'ERR_TREE_SIZE'],
    ['an old size above the checkpoint’s', 'old 21\n', 'ERR_WITNESS_REQUEST'],
    ['a proof from size 0', `old 0\n${line}`, 'ERR_WITNESS_REQUEST'],
    ['a proof between equal sizes', `old 20\n${line}`, 'ERR_WITNESS_REQUEST'],
    ['64 hashes', `old 12\n${line.repeat(64)}`, 'ERR_WITNESS_REQUEST'],
    ['a million hashes', `old 12\n${line.repeat(100_000)}`, 'ERR_WITNESS_REQUEST'],
    ['a hash of 31 bytes', `old 12\n${base64Encode(hash.subarray(1))}\n`, 'ERR_HASH_LENGTH'],
    ['lax base64', `old 12\n${base64Encode(hash).slice(0, -1)}\n`, 'ERR_BASE64'],
    ['CRLF', 'old 12\r\n\r\n', 'ERR_DECIMAL'],
  ] as const)('%s', (_, head, code) => {
    expect(codeOf(() => parseAddCheckpoint(body(head)))).toBe(code);
  });

  test('63 hashes are the most', () => {
    expect(parseAddCheckpoint(body(`old 12\n${line.repeat(63)}`)).proof).toHaveLength(63);
  });

  test('a note that is no checkpoint', () => {
    expectRefusal(() => parseAddCheckpoint(bytes('old 0\n\nhello\n')), 'ERR_NOTE_SYNTAX');
    expectRefusal(() => parseAddCheckpoint(bytes('old 0\n')), 'ERR_WITNESS_REQUEST');
    expectRefusal(() => formatAddCheckpoint({ old: 0, proof: [], note: bytes('a\n\n\u2014 n AAAAAAA=\n') }), 'ERR_CHECKPOINT');
    expectRefusal(() => formatAddCheckpoint({ old: 12, proof: [hash.subarray(1)], note }), 'ERR_HASH_LENGTH');
    expectRefusal(() => formatAddCheckpoint({ old: 0.5, proof: [], note }), 'ERR_TREE_SIZE');
  });
});
