import { describe, expect, test } from 'vitest';
import { hexDecode } from '../../src/bytes/hex.ts';
import { engine as portable } from '../../src/engine/portable.ts';
import { engine as node } from '../../src/node/engine.ts';
import { derSignature } from '../../src/key/der.ts';
import { cosignatureKey, formatVkey, noteKey, parseVkey } from '../../src/note/key.ts';
import { formatNote, parseNote } from '../../src/note/note.ts';
import { signNote } from '../../src/note/sign.ts';
import { inspectNote, verifyNote } from '../../src/note/verify.ts';
import { codeOfAsync } from '../merkle/refused.ts';
import { EXAMPLE, PETER } from './published.ts';
import { bytes, ed25519, p256, rsa, text } from './signers.ts';

const NAME = 'log.example/audit';
const TEXT = 'log.example/audit\n12\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n';
const log = ed25519(1);
const other = ed25519(2);
const key = noteKey(NAME, log.publicKey);
const otherKey = noteKey('other.example', other.publicKey);
const signed = await signNote(bytes(TEXT), [{ name: NAME, signer: log }]);
const both = await signNote(bytes(TEXT), [
  { name: NAME, signer: log },
  { name: 'other.example', signer: other },
]);

describe.each([node, portable])('with the $name engine', (engine) => {
  test('the published example verifies, and not with another text', async () => {
    const verified = await verifyNote(bytes(EXAMPLE.note), [parseVkey(EXAMPLE.vkey)], engine);
    expect(verified.text).toBe('This is an example message.\n');
    expect(verified.signers.map(formatVkey)).toEqual([EXAMPLE.vkey]);
    const changed = bytes(EXAMPLE.note.replace('example message', 'example massage'));
    expect(await codeOfAsync(() => verifyNote(changed, [parseVkey(EXAMPLE.vkey)], engine))).toBe('ERR_NOTE_SIGNATURE');
  });

  test('keys of every log type verify what they signed', async () => {
    for (const signer of [ed25519(1), p256(), rsa()]) {
      const note = await signNote(bytes(TEXT), [{ name: NAME, signer }], {}, engine);
      const verified = await verifyNote(note, [noteKey(NAME, signer.publicKey)], engine);
      expect(verified.text).toBe(TEXT);
      const flipped = note.slice();
      flipped[3]! ^= 1;
      expect(await codeOfAsync(() => verifyNote(flipped, [noteKey(NAME, signer.publicKey)], engine))).toBe('ERR_NOTE_SIGNATURE');
    }
  });
});

test('lines by unknown keys are ignored, and reported', async () => {
  const verified = await verifyNote(both, [otherKey]);
  expect(verified.signers).toEqual([otherKey]);
  expect(verified.signatures.map(({ name }) => name)).toEqual([NAME, 'other.example']);
  const { signatures } = await inspectNote(both, [otherKey]);
  expect(signatures.map(({ status }) => status)).toEqual(['unknown', 'verified']);
});

test('a note without a known key is refused', async () => {
  expect(await codeOfAsync(() => verifyNote(both, []))).toBe('ERR_NOTE_UNVERIFIED');
  const namesake = noteKey(NAME, other.publicKey);
  expect(await codeOfAsync(() => verifyNote(signed, [namesake]))).toBe('ERR_NOTE_UNVERIFIED');
});

test('one bad signature by a known key spoils the note, also beside a good one', async () => {
  const { textBytes, signatures } = parseNote(both);
  for (const bad of [0, 1]) {
    const spoilt = signatures.map((line, i) => (i === bad ? { ...line, signature: line.signature.map((byte) => byte ^ 1) } : line));
    const note = formatNote(textBytes, spoilt);
    expect(await codeOfAsync(() => verifyNote(note, [key, otherKey]))).toBe('ERR_NOTE_SIGNATURE');
    const { signatures: found, verified } = await inspectNote(note, [key, otherKey]);
    expect([verified, found[bad]!.status, found[1 - bad]!.status]).toEqual([false, 'invalid', 'verified']);
    expect((await verifyNote(note, [bad === 0 ? otherKey : key])).signers).toHaveLength(1);
  }
});

test('of two lines by one key only the first counts: as in Go', async () => {
  const { textBytes, signatures } = parseNote(signed);
  const bad = { ...signatures[0]!, signature: new Uint8Array(64) };
  const goodFirst = formatNote(textBytes, [signatures[0]!, bad]);
  expect((await verifyNote(goodFirst, [key])).signers).toEqual([key]);
  expect((await inspectNote(goodFirst, [key])).signatures.map(({ status }) => status)).toEqual(['verified', 'duplicate']);
  expect(await codeOfAsync(() => verifyNote(formatNote(textBytes, [bad, signatures[0]!]), [key]))).toBe('ERR_NOTE_SIGNATURE');
  expect((await verifyNote(formatNote(textBytes, Array(100).fill(signatures[0])), [key])).signers).toEqual([key]);
});

test('two keys with one name and id are ambiguous only where a line is by them', async () => {
  const twin = { ...otherKey, name: key.name, keyId: key.keyId };
  expect(await codeOfAsync(() => verifyNote(signed, [key, twin]))).toBe('ERR_NOTE_KEY_AMBIGUOUS');
  expect(await codeOfAsync(() => verifyNote(signed, [twin, key]))).toBe('ERR_NOTE_KEY_AMBIGUOUS');
  const elsewhere = await signNote(bytes(TEXT), [{ name: 'other.example', signer: other }]);
  expect((await verifyNote(elsewhere, [key, twin, otherKey])).signers).toEqual([otherKey]);
  expect((await verifyNote(signed, [key, key, { ...key }])).signers).toHaveLength(1);
});

test('a cosignature key is no log key', async () => {
  await expect(verifyNote(signed, [key, cosignatureKey('w', other.publicKey)])).rejects.toThrow(TypeError);
  await expect(inspectNote(signed, [cosignatureKey(NAME, log.publicKey)])).rejects.toThrow(TypeError);
});

const join = (lines: readonly string[]): Uint8Array => bytes(lines.map((line) => `${line}\n`).join(''));

describe('every mangled note is refused with a code, or says the same text', () => {
  const codes = new Set<string>();
  const check = async (mangled: Uint8Array): Promise<void> => {
    const code = await codeOfAsync(async () => expect((await verifyNote(mangled, [key, otherKey])).text).toBe(TEXT));
    if (code !== undefined) codes.add(code);
  };

  test('each byte flipped, in several bits', async () => {
    for (let at = 0; at < both.length; at++) {
      for (const bit of [0, 1, 5, 7]) {
        const mangled = both.slice();
        mangled[at]! ^= 1 << bit;
        await check(mangled);
      }
    }
    expect([...codes].sort()).toEqual(['ERR_BASE64', 'ERR_NOTE_SIGNATURE', 'ERR_NOTE_SIGNATURE_LINE', 'ERR_NOTE_SYNTAX', 'ERR_UTF8']);
  });

  test('each byte dropped, doubled and each cut', async () => {
    for (let at = 0; at < both.length; at++) {
      await check(new Uint8Array([...both.subarray(0, at), ...both.subarray(at + 1)]));
      await check(new Uint8Array([...both.subarray(0, at + 1), ...both.subarray(at)]));
      await check(both.slice(0, at));
      await check(both.slice(at + 1));
    }
  });

  test('each line dropped, doubled and swapped', async () => {
    const lines = text(both).split('\n').slice(0, -1);
    for (let i = 0; i < lines.length; i++) {
      await check(join(lines.toSpliced(i, 1)));
      await check(join(lines.toSpliced(i, 0, lines[i]!)));
      for (let j = 0; j < i; j++) await check(join(lines.with(i, lines[j]!).with(j, lines[i]!)));
      await check(join(lines.with(i, `${lines[i]} `)));
      await check(join(lines.with(i, ` ${lines[i]}`)));
      await check(join(lines.with(i, `${lines[i]}\r`)));
      await check(join(lines.toSpliced(i, 0, '')));
    }
    await check(bytes(text(both).replaceAll('\n', '\r\n')));
    await check(bytes(`\ufeff${text(both)}`));
  });
});

describe('ECDSA signatures', () => {
  const signer = p256();
  const ecKey = noteKey(NAME, signer.publicKey);

  test('are DER on the wire, in its one strict form', async () => {
    const note = parseNote(await signNote(bytes(TEXT), [{ name: NAME, signer }]));
    const der = note.signatures[0]!.signature;
    expect([der[0], der[1]]).toEqual([0x30, der.length - 2]);
    const raw = await signer.sign({ purpose: 'checkpoint', bytes: bytes(TEXT) });
    const lax: readonly Uint8Array[] = [
      raw,
      new Uint8Array([...der, 0]),
      new Uint8Array([0x30, 0x81, der.length - 2, ...der.subarray(2)]),
      new Uint8Array([0x30, 0x80, ...der.subarray(2), 0, 0]),
      new Uint8Array([0x30, der[1]! + 1, 0x02, der[3]! + 1, 0, ...der.subarray(4)]),
      der.slice(0, -1),
      hexDecode('3006020100020100'),
      derSignature(new Uint8Array(64).fill(255)),
    ];
    for (const signature of lax) {
      const changed = formatNote(note.textBytes, [{ ...note.signatures[0]!, signature }]);
      expect(await codeOfAsync(() => verifyNote(changed, [ecKey]))).toBe('ERR_NOTE_SIGNATURE');
    }
  });
});

test('an Ed25519 signature of another length, or with a scalar that is too large, is refused', async () => {
  const note = parseNote(signed);
  const good = note.signatures[0]!.signature;
  const malleable = good.slice();
  // S + L verifies where S < L is not checked (RFC 8032 §5.1.7).
  const order = hexDecode('edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010');
  let carry = 0;
  for (let i = 0; i < 32; i++) {
    const sum = malleable[32 + i]! + order[i]! + carry;
    malleable[32 + i] = sum & 255;
    carry = sum >> 8;
  }
  for (const signature of [good.slice(0, 63), new Uint8Array([...good, 0]), new Uint8Array(64), malleable]) {
    for (const engine of [node, portable]) {
      const changed = formatNote(note.textBytes, [{ ...note.signatures[0]!, signature }]);
      expect(await codeOfAsync(() => verifyNote(changed, [key], engine))).toBe('ERR_NOTE_SIGNATURE');
    }
  }
});

test('what the bytes become while the signatures are checked makes no difference', async () => {
  const mine = signed.slice();
  const keys = [key];
  const verdict = verifyNote(mine, keys);
  mine.fill(0);
  keys.length = 0;
  expect((await verdict).text).toBe(TEXT);
});

test('inspect reports what is no note, and throws nothing', async () => {
  expect(await inspectNote(bytes('nonsense'), [key])).toMatchObject({
    verified: false,
    signatures: [],
    error: { code: 'ERR_NOTE_SYNTAX' },
  });
  expect((await inspectNote(signed, [key])).verified).toBe(true);
  expect(await inspectNote(signed, [])).toMatchObject({ verified: false, error: { code: 'ERR_NOTE_UNVERIFIED' } });
});

test('a note by the published private key is the published one', async () => {
  const { parsePrivateKey } = await import('../../src/note/private-key.ts');
  const { seed } = parsePrivateKey(PETER.privateKey);
  const note = await signNote(bytes('hello\n'), [{ name: 'PeterNeumann', signer: ed25519(seed) }]);
  expect((await verifyNote(note, [parseVkey(PETER.vkey)])).text).toBe('hello\n');
});
