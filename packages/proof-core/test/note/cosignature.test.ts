import { verify } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { base64Encode } from '../../src/bytes/base64.ts';
import { concatBytes } from '../../src/bytes/compare.ts';
import { engine as portable } from '../../src/engine/portable.ts';
import { engine as node } from '../../src/node/engine.ts';
import { addCosignatures, cosignNote, verifyCosignatures } from '../../src/note/cosignature.ts';
import { cosignatureKey, noteKey } from '../../src/note/key.ts';
import { type NoteSignature, formatNote, formatSignature, parseNote } from '../../src/note/note.ts';
import { signNote } from '../../src/note/sign.ts';
import { verifyNote } from '../../src/note/verify.ts';
import type { Signer } from '../../src/ports.ts';
import { codeOfAsync } from '../merkle/refused.ts';
import { bytes, ed25519, p256 } from './signers.ts';

const NAME = 'example.com/behind-the-sofa';
const TEXT = bytes(`${NAME}\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n`);
const TIME = 1_679_315_147;
const log = ed25519(1);
const witness = ed25519(7);
const key = cosignatureKey('witness.example.com/w1', witness.publicKey);
const signed = await signNote(TEXT, [{ name: NAME, signer: log }]);
const note = parseNote(signed);
const line = await cosignNote(TEXT, { name: key.name, signer: witness }, TIME);
const withLines = (...lines: readonly NoteSignature[]): ReturnType<typeof parseNote> =>
  parseNote(formatNote(TEXT, [...note.signatures, ...lines]));

test('a cosignature is 8 bytes of time and an Ed25519 signature over the header, the time and the whole text', () => {
  expect(line).toMatchObject({ name: 'witness.example.com/w1', keyId: key.keyId });
  expect(line.signature).toHaveLength(72);
  expect(new DataView(line.signature.buffer).getBigUint64(0)).toBe(1_679_315_147n);
  const message = concatBytes(bytes(`cosignature/v1\ntime ${TIME}\n`), TEXT);
  const publicKey = { key: Buffer.from(witness.publicKey.spki), format: 'der', type: 'spki' } as const;
  expect(verify(null, message, publicKey, line.signature.slice(8))).toBe(true);
});

describe.each([node, portable])('with the $name engine', (engine) => {
  test('a known witness’s cosignature gives its time, others are ignored', async () => {
    const stranger = await cosignNote(TEXT, { name: 'stranger.example', signer: ed25519(8) }, TIME);
    expect(await verifyCosignatures(withLines(stranger, line), [key], engine)).toEqual([{ key, time: TIME }]);
    expect(await verifyCosignatures(withLines(stranger), [key], engine)).toEqual([]);
    expect(await verifyCosignatures(note, [key], engine)).toEqual([]);
  });

  test('every byte of it counts: time and signature', async () => {
    for (let at = 0; at < 72; at++) {
      const changed = { ...line, signature: line.signature.map((byte, i) => (i === at ? byte ^ 1 : byte)) };
      expect(await codeOfAsync(() => verifyCosignatures(withLines(changed), [key], engine))).toBe(
        at < 2 && changed.signature[0]! * 256 + changed.signature[1]! > 0x1f ? 'ERR_COSIGNATURE' : 'ERR_NOTE_SIGNATURE',
      );
    }
  });
});

test('extension lines are covered', async () => {
  const extended = concatBytes(TEXT, bytes('extension\n'));
  const cosigned = await cosignNote(extended, { name: key.name, signer: witness }, TIME);
  expect(await verifyCosignatures(parseNote(formatNote(extended, [cosigned])), [key])).toHaveLength(1);
  expect(await codeOfAsync(() => verifyCosignatures(withLines(cosigned), [key]))).toBe('ERR_NOTE_SIGNATURE');
});

test('a cosignature of another checkpoint is refused', async () => {
  const other = bytes(`${NAME}\n20852164\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n`);
  const elsewhere = await cosignNote(other, { name: key.name, signer: witness }, TIME);
  expect(await codeOfAsync(() => verifyCosignatures(withLines(elsewhere), [key]))).toBe('ERR_NOTE_SIGNATURE');
});

test('a signature over the bare text is no cosignature, and a cosignature no log signature', async () => {
  const plain = parseNote(await signNote(TEXT, [{ name: key.name, signer: witness }])).signatures[0]!;
  const dressed = { ...line, signature: concatBytes(new Uint8Array(8), plain.signature) };
  expect(await codeOfAsync(() => verifyCosignatures(withLines(dressed), [key]))).toBe('ERR_NOTE_SIGNATURE');
  const asLog = noteKey(key.name, witness.publicKey);
  expect(asLog.keyId).not.toBe(key.keyId);
  const forged = formatNote(TEXT, [{ ...line, keyId: asLog.keyId }]);
  expect(await codeOfAsync(() => verifyNote(forged, [asLog]))).toBe('ERR_NOTE_SIGNATURE');
  await expect(verifyCosignatures(note, [asLog])).rejects.toThrow(TypeError);
});

test('another length is refused, and a time of 2^53 seconds or more', async () => {
  for (const signature of [line.signature.slice(0, 71), new Uint8Array([...line.signature, 0]), line.signature.slice(8)]) {
    expect(await codeOfAsync(() => verifyCosignatures(withLines({ ...line, signature }), [key]))).toBe('ERR_COSIGNATURE');
  }
  for (const time of [2n ** 53n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n]) {
    const stamp = new Uint8Array(8);
    new DataView(stamp.buffer).setBigUint64(0, time);
    const raw = await witness.sign({ purpose: 'checkpoint', bytes: concatBytes(bytes(`cosignature/v1\ntime ${time}\n`), TEXT) });
    const late = { ...line, signature: concatBytes(stamp, raw) };
    expect(await codeOfAsync(() => verifyCosignatures(withLines(late), [key]))).toBe('ERR_COSIGNATURE');
  }
});

test('of two cosignatures by one witness the first counts', async () => {
  const later = await cosignNote(TEXT, { name: key.name, signer: witness }, TIME + 1);
  expect(await verifyCosignatures(withLines(line, later), [key])).toEqual([{ key, time: TIME }]);
});

describe('making one', () => {
  test('asks the signer for exactly the cosigned message', async () => {
    const signer = ed25519(9);
    await cosignNote(TEXT, { name: 'w', signer }, 1);
    expect(signer.requests.map((request) => new TextDecoder().decode(request.bytes))).toEqual([
      `cosignature/v1\ntime 1\n${new TextDecoder().decode(TEXT)}`,
    ]);
  });

  test('only checkpoints, only by Ed25519, only at a whole positive second', async () => {
    expect(await codeOfAsync(() => cosignNote(bytes('hello\n'), { name: 'w', signer: witness }, TIME))).toBe('ERR_CHECKPOINT');
    expect(await codeOfAsync(() => cosignNote(TEXT, { name: 'w', signer: p256() }, TIME))).toBe('ERR_NOTE_KEY_TYPE');
    expect(await codeOfAsync(() => cosignNote(TEXT, { name: 'a b', signer: witness }, TIME))).toBe('ERR_NOTE_NAME');
    for (const time of [0, -1, 1.5, Number.NaN, 2 ** 53]) {
      await expect(cosignNote(TEXT, { name: 'w', signer: witness }, time)).rejects.toThrow(RangeError);
    }
  });

  test('a signer that returns another signature is refused', async () => {
    const wrong: Signer = { ...witness, sign: async () => new Uint8Array(64) };
    expect(await codeOfAsync(() => cosignNote(TEXT, { name: 'w', signer: wrong }, TIME))).toBe('ERR_SIGNER_OUTPUT');
  });
});

const answer = (...lines: readonly NoteSignature[]): Uint8Array => concatBytes(...lines.map((one) => formatSignature(one)));

describe('a witness’s answer', () => {
  test('adds the known witness’s line to the note, and drops others', async () => {
    const stranger = await cosignNote(TEXT, { name: 'stranger.example', signer: ed25519(8) }, TIME);
    const cosigned = await addCosignatures(signed, answer(stranger, line), [key]);
    expect(parseNote(cosigned).signatures).toEqual([...note.signatures, line]);
    expect(await verifyCosignatures(parseNote(cosigned), [key])).toHaveLength(1);
  });

  test('without a known line, with a bad one, or with anything else is refused', async () => {
    const stranger = await cosignNote(TEXT, { name: 'stranger.example', signer: ed25519(8) }, TIME);
    const bad = { ...line, signature: new Uint8Array(72).fill(1, 5) };
    const late = { ...line, signature: new Uint8Array(72).fill(1) };
    expect(await codeOfAsync(() => addCosignatures(signed, answer(stranger), [key]))).toBe('ERR_NOTE_UNVERIFIED');
    expect(await codeOfAsync(() => addCosignatures(signed, answer(bad), [key]))).toBe('ERR_NOTE_SIGNATURE');
    expect(await codeOfAsync(() => addCosignatures(signed, answer(late), [key]))).toBe('ERR_COSIGNATURE');
    expect(await codeOfAsync(() => addCosignatures(signed, new Uint8Array(0), [key]))).toBe('ERR_NOTE_SYNTAX');
    expect(await codeOfAsync(() => addCosignatures(signed, bytes('no\n'), [key]))).toBe('ERR_NOTE_SIGNATURE_LINE');
    expect(await codeOfAsync(() => addCosignatures(signed, concatBytes(bytes('\n'), answer(line)), [key]))).toBe('ERR_NOTE_SIGNATURE_LINE');
    expect(base64Encode(line.signature)).toHaveLength(96);
  });
});
