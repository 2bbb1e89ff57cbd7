import { describe, expect, test } from 'vitest';
import { base64Encode } from '../../src/bytes/base64.ts';
import { hexDecode } from '../../src/bytes/hex.ts';
import { engine as portable } from '../../src/engine/portable.ts';
import { NOTE_TYPE, cosignatureKey, formatVkey, noteKey, parseVkey } from '../../src/note/key.ts';
import { keyIdOf } from '../../src/note/key-form.ts';
import { formatPrivateKey, parsePrivateKey } from '../../src/note/private-key.ts';
import { splitVkey } from '../../src/note/vkey.ts';
import { engine as node } from '../../src/node/engine.ts';
import { codeOf, expectRefusal } from '../merkle/refused.ts';
import { EXAMPLE, PETER, REMORA } from './published.ts';
import { ed25519, p256, rsa } from './signers.ts';

/** A vkey of any type byte and key, with the key id that belongs to it. */
function craft(name: string, encoded: Uint8Array): string {
  return `${name}+${keyIdOf(name, encoded, node).toString(16).padStart(8, '0')}+${base64Encode(encoded)}`;
}

describe('verifier keys', () => {
  test.each([
    [EXAMPLE.vkey, 'example.com/foo', NOTE_TYPE.ed25519],
    [PETER.vkey, 'PeterNeumann', NOTE_TYPE.ed25519],
    [REMORA, 'remora.n621.de', NOTE_TYPE.cosignature],
  ])('the published key %s reads and writes back', (vkey, name, type) => {
    for (const engine of [node, portable]) {
      const key = parseVkey(vkey, engine);
      expect([key.name, key.type, key.publicKey.algorithm]).toEqual([name, type, 'Ed25519']);
      expect(formatVkey(key)).toBe(vkey);
    }
  });

  test('keys of every verified type read and write back', () => {
    for (const key of [
      noteKey('log.example', ed25519(1).publicKey),
      noteKey('log.example', p256().publicKey),
      noteKey('log.example', rsa().publicKey),
      cosignatureKey('witness.example', ed25519(2).publicKey),
      noteKey('πλέον.example/λογ', ed25519(1).publicKey),
    ]) {
      const back = parseVkey(formatVkey(key));
      expect({ ...back, publicKey: back.publicKey.thumbprint }).toEqual({ ...key, publicKey: key.publicKey.thumbprint });
    }
  });

  test('one public key has another id under another name and as another type', () => {
    const { publicKey } = ed25519(1);
    const ids = [noteKey('a', publicKey), noteKey('b', publicKey), cosignatureKey('a', publicKey)].map(({ keyId }) => keyId);
    expect(new Set(ids).size).toBe(3);
  });

  test('an ECDSA key’s id is that of its SubjectPublicKeyInfo, whatever the name', () => {
    const { publicKey } = p256();
    const expected = new DataView(node.sha256(publicKey.spki).buffer).getUint32(0);
    expect(noteKey('a', publicKey).keyId).toBe(expected);
    expect(noteKey('b', publicKey).keyId).toBe(expected);
  });

  test('every part of a key that is cut out of it is refused', () => {
    const accepted: string[] = [];
    for (let begin = 0; begin <= PETER.vkey.length; begin++) {
      for (let end = begin; end <= PETER.vkey.length; end++) {
        const part = PETER.vkey.slice(begin, end);
        if (part !== PETER.vkey && codeOf(() => parseVkey(part)) === undefined) accepted.push(part);
      }
    }
    expect(accepted).toEqual([]);
  });

  test('every character changed is refused', () => {
    const accepted: string[] = [];
    for (let at = 0; at < PETER.vkey.length; at++) {
      for (const step of [1, -1, 32, 0x100]) {
        const changed = PETER.vkey.slice(0, at) + String.fromCharCode(PETER.vkey.charCodeAt(at) + step) + PETER.vkey.slice(at + 1);
        if (codeOf(() => parseVkey(changed)) === undefined) accepted.push(changed);
      }
    }
    expect(accepted).toEqual([]);
  });

  test('other spellings of the same key are refused', () => {
    const [name, id, key] = PETER.vkey.split('+') as [string, string, string];
    expectRefusal(() => parseVkey(`${name}+${id.toUpperCase()}+${key}`), 'ERR_HEX');
    expectRefusal(() => parseVkey(`${name}+0x${id.slice(2)}+${key}`), 'ERR_HEX');
    expectRefusal(() => parseVkey(`${name}+${id}+${key}\n`), 'ERR_BASE64');
    expectRefusal(() => parseVkey(` ${PETER.vkey}`), 'ERR_VKEY');
    expectRefusal(() => parseVkey(`${name}++${key}`), 'ERR_HEX');
    expectRefusal(() => parseVkey('a'.repeat(1_000_000)), 'ERR_VKEY');
    expectRefusal(() => parseVkey(`a+00000000+${'A'.repeat(4096)}`), 'ERR_VKEY');
  });

  test('a key of the wrong length, with the id that belongs to it, is refused', () => {
    const key = splitVkey(PETER.vkey).encoded;
    expectRefusal(() => parseVkey(craft('PeterNeumann', key.subarray(0, -1))), 'ERR_KEY_FORMAT');
    expectRefusal(() => parseVkey(craft('PeterNeumann', new Uint8Array([...key, 0]))), 'ERR_KEY_FORMAT');
    expectRefusal(() => parseVkey(craft('PeterNeumann', key.subarray(0, 1))), 'ERR_VKEY');
  });

  test('a weak or malformed key is refused', () => {
    const identity = new Uint8Array(33);
    identity.set([1, 1]);
    expectRefusal(() => parseVkey(craft('n', identity)), 'ERR_KEY_WEAK');
    expectRefusal(() => parseVkey(craft('n', new Uint8Array(33).fill(255).with(0, 1))), 'ERR_KEY_INVALID', 'ERR_KEY_WEAK');
    expectRefusal(() => parseVkey(craft('n', new Uint8Array([2, ...ed25519(1).publicKey.spki]))), 'ERR_KEY_ALGORITHM', 'ERR_KEY_FORMAT');
  });

  test('types that are not verified here split, but are no keys', () => {
    for (const encoded of [
      new Uint8Array([5, ...p256().publicKey.spki]),
      new Uint8Array([0xff, ...new TextEncoder().encode('another identifier'), 1, 2, 3]),
      new Uint8Array([0xff, ...new TextEncoder().encode('PKIX-RSA-PKCS#1v1.6')]),
      Uint8Array.of(0xff, 1),
      Uint8Array.of(3, 1),
    ]) {
      const vkey = craft('log.example', encoded);
      expect(splitVkey(vkey).encoded).toEqual(encoded);
      expectRefusal(() => parseVkey(vkey), 'ERR_NOTE_KEY_TYPE');
    }
  });

  test('a name that lines cannot carry is refused', () => {
    for (const name of ['', 'a b', 'a+b', 'a\u2003b', 'a\nb', 'n'.repeat(256)]) {
      expectRefusal(() => noteKey(name, ed25519(1).publicKey), 'ERR_NOTE_NAME');
      expectRefusal(() => cosignatureKey(name, ed25519(1).publicKey), 'ERR_NOTE_NAME');
    }
  });

  test('a key that fits no type is refused', () => {
    expectRefusal(() => noteKey('a', { ...ed25519(1).publicKey, algorithm: 'PS256' }), 'ERR_NOTE_KEY_TYPE');
    expectRefusal(() => cosignatureKey('a', p256().publicKey), 'ERR_NOTE_KEY_TYPE');
    expectRefusal(() => formatVkey({ ...noteKey('a', p256().publicKey), type: NOTE_TYPE.ed25519 }), 'ERR_NOTE_KEY_TYPE');
  });
});

describe('private key text', () => {
  test('the published pair belongs together', () => {
    for (const engine of [node, portable]) {
      const { key, seed } = parsePrivateKey(PETER.privateKey, engine);
      expect(formatVkey(key)).toBe(PETER.vkey);
      expect(formatPrivateKey('PeterNeumann', seed, engine)).toBe(PETER.privateKey);
    }
  });

  test('every part that is cut out and every character changed is refused, and no error shows the secret', () => {
    const text = PETER.privateKey;
    const mangled = [
      ...Array.from({ length: text.length }, (_, at) => text.slice(0, at)),
      ...Array.from({ length: text.length }, (_, at) => text.slice(at + 1)),
      ...Array.from(
        { length: text.length },
        (_, at) => text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) + 1) + text.slice(at + 1),
      ),
      `${text}\n`,
      `${text}A`,
    ];
    for (const changed of mangled) {
      let shown = '';
      try {
        parsePrivateKey(changed);
      } catch (error) {
        shown = JSON.stringify(error) + String(error);
      }
      expect(shown).toMatch(/ERR_/);
      expect(shown).not.toContain('EKFALV');
    }
  });

  test('another type and another length are refused', () => {
    expectRefusal(() => parsePrivateKey(`PRIVATE+KEY+n+00000000+${base64Encode(new Uint8Array(33).fill(4))}`), 'ERR_NOTE_KEY_TYPE');
    expectRefusal(() => parsePrivateKey(`PRIVATE+KEY+n+00000000+${base64Encode(new Uint8Array(32).fill(1))}`), 'ERR_VKEY');
    expectRefusal(() => parsePrivateKey(PETER.vkey), 'ERR_VKEY');
    expect(() => formatPrivateKey('n', hexDecode('00'))).toThrow(RangeError);
    expectRefusal(() => formatPrivateKey('a b', new Uint8Array(32)), 'ERR_NOTE_NAME');
  });
});
