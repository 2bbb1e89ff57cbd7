import { describe, expect, test } from 'vitest';
import { concatBytes } from '../../src/bytes/compare.ts';
import { hexEncode } from '../../src/bytes/hex.ts';
import { CompactRange } from '../../src/merkle/compact-range.ts';
import { hashLeaf } from '../../src/merkle/hash.ts';
import { TreeView } from '../../src/merkle/tree.ts';
import { formatCheckpoint } from '../../src/note/checkpoint.ts';
import { cosignNote, verifyCosignatures } from '../../src/note/cosignature.ts';
import { subtreeMessage } from '../../src/note/cosigned-message.ts';
import { cosignatureKey, formatVkey, noteKey, parseVkey } from '../../src/note/key.ts';
import { formatNote, parseNote } from '../../src/note/note.ts';
import { parsePolicy } from '../../src/note/policy.ts';
import { formatPrivateKey, parsePrivateKey } from '../../src/note/private-key.ts';
import { signNote } from '../../src/note/sign.ts';
import { verifyCheckpoint } from '../../src/note/verify-checkpoint.ts';
import { verifyPolicy } from '../../src/note/verify-policy.ts';
import { verifyNote } from '../../src/note/verify.ts';
import { formatAddCheckpoint, parseAddCheckpoint } from '../../src/note/witness.ts';
import { SpecPage } from '../key/pages.ts';
import { statementBytes } from './ml-dsa.ts';
import { bytes, ed25519, text } from './signers.ts';

// The pages of docs/spec on notes say nothing that is not so.
const ORIGIN = 'log.example.com/audit';
const WITNESS = 'witness.example.com/w1';
const TIME = Date.parse('2026-11-21T03:12:00Z') / 1000;
const log = ed25519(1);
const witness = ed25519(2);
const view = new TreeView(CompactRange.empty(), concatBytes(...['a', 'b', 'c', 'd', 'e'].map((record) => hashLeaf(bytes(record)))));
const content = formatCheckpoint({ origin: ORIGIN, size: 5, root: view.root() });

describe('signed-note.md', () => {
  const page = new SpecPage('signed-note');

  test('the note verifies under its vkey and is what the key signs', async () => {
    const file = page.block('note=file');
    const { text: signed } = await verifyNote(bytes(file), [parseVkey(page.line('note=vkey'))]);
    expect(text(await signNote(bytes(signed), [{ name: ORIGIN, signer: log }]))).toBe(file);
  });

  test('the vkey and the private key are those of the seed', () => {
    const seed = new Uint8Array(32).fill(1);
    expect(formatVkey(noteKey(ORIGIN, log.publicKey))).toBe(page.line('note=vkey'));
    expect(formatPrivateKey(ORIGIN, seed)).toBe(page.line('note=private'));
    expect(parsePrivateKey(page.line('note=private')).seed).toEqual(seed);
  });
});

test('checkpoint.md: the checkpoint is that of the tree of five, and verifies', async () => {
  const file = new SpecPage('checkpoint').block('checkpoint=file');
  expect(text(await signNote(content, [{ name: ORIGIN, signer: log }]))).toBe(file);
  const { checkpoint } = await verifyCheckpoint(bytes(file), [noteKey(ORIGIN, log.publicKey)]);
  expect(checkpoint).toEqual({ origin: ORIGIN, size: 5, root: view.root() });
});

describe('cosignature.md', () => {
  const page = new SpecPage('cosignature');

  test('the cosigned checkpoint is what log and witness sign', async () => {
    const line = await cosignNote(content, { name: WITNESS, signer: witness }, TIME);
    const note = await signNote(content, [{ name: ORIGIN, signer: log }]);
    expect(text(formatNote(content, [...parseNote(note).signatures, line]))).toBe(page.block('cosignature=file'));
    expect(hexEncode(line.signature)).toBe(page.line('cosignature=signature'));
    expect(text(witness.requests.at(-1)!.bytes)).toBe(page.block('cosignature=message'));
  });

  test('it verifies under the vkey, with its time', async () => {
    const key = parseVkey(page.line('cosignature=vkey'));
    expect(formatVkey(cosignatureKey(WITNESS, witness.publicKey))).toBe(page.line('cosignature=vkey'));
    expect(await verifyCosignatures(parseNote(bytes(page.block('cosignature=file'))), [key])).toEqual([{ key, time: TIME }]);
  });

  test('what ML-DSA-44 signs of it, in the oracle’s words and the library’s', () => {
    const message = statementBytes({ name: WITNESS, time: BigInt(TIME), origin: ORIGIN, end: 5n, root: view.root() });
    expect(hexEncode(message)).toBe(page.line('cosignature=ml-dsa-message'));
    expect(hexEncode(subtreeMessage(content, WITNESS, TIME))).toBe(page.line('cosignature=ml-dsa-message'));
  });

  test('the request reads and writes back', () => {
    const request = parseAddCheckpoint(bytes(page.block('cosignature=request')));
    expect([request.old, request.proof]).toEqual([3, view.consistencyProof(3)]);
    expect(text(formatAddCheckpoint(request))).toBe(page.block('cosignature=request'));
  });
});

describe('policy.md', () => {
  const policy = parsePolicy(bytes(new SpecPage('policy').block('policy=file')));

  test('the policy accepts the cosigned checkpoint of cosignature.md, and not the bare one', async () => {
    const cosigned = bytes(new SpecPage('cosignature').block('cosignature=file'));
    expect((await verifyPolicy(cosigned, policy)).cosignatures).toHaveLength(1);
    const bare = bytes(new SpecPage('checkpoint').block('checkpoint=file'));
    await expect(verifyPolicy(bare, policy)).rejects.toMatchObject({ code: 'ERR_POLICY_QUORUM' });
  });

  test('or both others, but not one of them', async () => {
    const signed = parseNote(await signNote(content, [{ name: ORIGIN, signer: log }])).signatures;
    const theirs = await cosignNote(content, { name: 'witness.example.org/w2', signer: ed25519(3) }, TIME);
    const others = await cosignNote(content, { name: 'witness.example.net/w3', signer: ed25519(4) }, TIME);
    expect((await verifyPolicy(formatNote(content, [...signed, theirs, others]), policy)).cosignatures).toHaveLength(2);
    await expect(verifyPolicy(formatNote(content, [...signed, theirs]), policy)).rejects.toMatchObject({ code: 'ERR_POLICY_QUORUM' });
  });
});
