import { expect, test } from 'vitest';
import { noteKey } from '../../src/note/key.ts';
import { parseNote } from '../../src/note/note.ts';
import { signNote } from '../../src/note/sign.ts';
import { MAX_SIGNED_BYTES } from '../../src/ports.ts';
import { verifyNote } from '../../src/note/verify.ts';
import type { Signer } from '../../src/ports.ts';
import { codeOfAsync } from '../merkle/refused.ts';
import { bytes, ed25519, p256, rsa } from './signers.ts';

const NAME = 'log.example/audit';
const TEXT = bytes('hello\n');
const log = ed25519(1);

/** The signer, but with another answer. */
const answering = (signer: Signer, answer: (raw: Uint8Array) => Uint8Array | Promise<Uint8Array>): Signer => ({
  kid: signer.kid,
  publicKey: signer.publicKey,
  sign: async (request) => answer(await signer.sign(request)),
});

test('during a rotation every signer’s line is there, in order, and each key verifies alone', async () => {
  const signers = [log, p256(), rsa(), ed25519(2)];
  const note = await signNote(
    TEXT,
    signers.map((signer) => ({ name: NAME, signer })),
  );
  const ids = signers.map(({ publicKey }) => noteKey(NAME, publicKey).keyId);
  expect(parseNote(note).signatures.map(({ keyId }) => keyId)).toEqual(ids);
  for (const { publicKey } of signers) expect((await verifyNote(note, [noteKey(NAME, publicKey)])).signers).toHaveLength(1);
});

test('a signer is asked once, with the purpose, the exact bytes and the caller’s signal', async () => {
  const signer = ed25519(3);
  const { signal } = new AbortController();
  await signNote(TEXT, [{ name: NAME, signer }], { signal });
  expect(signer.requests).toEqual([{ purpose: 'checkpoint', bytes: TEXT, signal }]);
});

test.each([
  ['a wrong signature', (raw: Uint8Array) => raw.map((byte, i) => (i === 5 ? byte ^ 1 : byte))],
  ['no bytes', () => new Uint8Array(0)],
  ['one byte more', (raw: Uint8Array) => new Uint8Array([...raw, 0])],
  ['another key’s signature', () => ed25519(9).sign({ purpose: 'checkpoint', bytes: TEXT })],
  ['a signature over something else', () => log.sign({ purpose: 'checkpoint', bytes: bytes('hallo\n') })],
] as const)('a signer that returns %s is refused', async (_, answer) => {
  expect(await codeOfAsync(() => signNote(TEXT, [{ name: NAME, signer: answering(log, answer) }]))).toBe('ERR_SIGNER_OUTPUT');
});

test('a P-256 signer that returns DER is refused: signers return what JOSE writes', async () => {
  const signer = p256();
  const { derSignature } = await import('../../src/key/der.ts');
  expect(await codeOfAsync(() => signNote(TEXT, [{ name: NAME, signer: answering(signer, derSignature) }]))).toBe('ERR_SIGNER_OUTPUT');
});

test('a signer’s own failure reaches the caller as it is', async () => {
  const failing: Signer = { ...log, sign: () => Promise.reject(new Error('no network')) };
  await expect(signNote(TEXT, [{ name: NAME, signer: failing }])).rejects.toThrow('no network');
});

test('a signer that writes into what it is given changes neither the note nor the next signer’s bytes', async () => {
  const scribbling: Signer = {
    ...log,
    sign: async (request) => {
      const raw = await log.sign(request);
      request.bytes.fill(0);
      return raw;
    },
  };
  const second = ed25519(2);
  const note = await signNote(TEXT, [
    { name: NAME, signer: scribbling },
    { name: NAME, signer: second },
  ]);
  expect(parseNote(note).text).toBe('hello\n');
  expect(second.requests[0]!.bytes).toEqual(TEXT);
});

test('what the caller does to the text while it is signed makes no difference', async () => {
  const mine = TEXT.slice();
  const pending = signNote(mine, [{ name: NAME, signer: log }]);
  mine.fill(0);
  expect(parseNote(await pending).text).toBe('hello\n');
});

test('what is no note, or longer than a KMS signs, reaches no signer', async () => {
  const signer = ed25519(4);
  const sign = (content: Uint8Array, name = NAME): Promise<unknown> => signNote(content, [{ name, signer }]);
  expect(await codeOfAsync(() => sign(bytes('hello')))).toBe('ERR_NOTE_SYNTAX');
  expect(await codeOfAsync(() => sign(bytes('a\tb\n')))).toBe('ERR_NOTE_SYNTAX');
  expect(await codeOfAsync(() => sign(Uint8Array.of(0xff, 0x0a)))).toBe('ERR_UTF8');
  expect(await codeOfAsync(() => sign(new Uint8Array(MAX_SIGNED_BYTES + 1).fill(10)))).toBe('ERR_SIGN_INPUT_SIZE');
  expect(await codeOfAsync(() => sign(TEXT, 'two words'))).toBe('ERR_NOTE_NAME');
  expect(await codeOfAsync(() => signNote(TEXT, []))).toBe('ERR_NOTE_SIZE');
  expect(signer.requests).toEqual([]);
  expect(await codeOfAsync(() => sign(new Uint8Array(MAX_SIGNED_BYTES).fill(10)))).toBeUndefined();
});
