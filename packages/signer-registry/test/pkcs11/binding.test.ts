import { type KeyObject, constants, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import { joseSignature } from '@countersign/proof-core/key/der';
import type { KeyEntry } from '@countersign/proof-core/ports';
import { pkcs11Error } from '../../src/node/pkcs11/error.ts';
import { openToken } from '../../src/node/pkcs11/signer.ts';
import { CK, type Pkcs11Like, type Pkcs11Mechanism } from '../../src/node/pkcs11/types.ts';
import { localSigner } from '../../src/node/local-signer.ts';
import { signP256 } from '../kms/sign-digest.ts';
import { registry } from '../proxy/harness.ts';
import { rsaKey, seededKey } from '../support/keys.ts';

const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const pin = '1234';
const ckr = (code: number): Error => Object.assign(new Error('CKR'), { code });

/** A token in memory that does with real keys what the binding would have the library do; one operation at a time, as sessions are. */
class MemoryToken implements Pkcs11Like {
  readonly keys: Record<string, KeyObject> = { ed: seededKey('log-1'), ec: p256, rsa: rsaKey(), twice: p256 };
  readonly calls: string[] = [];
  #found: Buffer[] = [];
  #operation: { mechanism: Pkcs11Mechanism; key: string } | undefined;
  load(): void {}
  C_Initialize(): void {}
  C_Finalize(): void {
    this.calls.push('finalize');
  }
  C_GetSlotList(): Buffer[] {
    return [Buffer.from('slot')];
  }
  C_GetTokenInfo(): { label: string } {
    return { label: 'countersign'.padEnd(32) };
  }
  C_OpenSession(): Buffer {
    return Buffer.from('session');
  }
  C_CloseSession(): void {}
  C_Login(_: Buffer, __: number, given: string): void {
    this.calls.push('login');
    if (given !== pin) throw ckr(0xa0);
  }
  C_Logout(): void {}
  C_FindObjectsInit(_: Buffer, template: { type: number; value?: unknown }[]): void {
    const label = String(template.find(({ type }) => type === CK.CKA_LABEL)?.value);
    const one = Object.hasOwn(this.keys, label) ? [Buffer.from(label)] : [];
    this.#found = label === 'twice' ? [...one, ...one] : one;
  }
  C_FindObjects(_: Buffer, most: number): Buffer[] {
    return this.#found.slice(0, most);
  }
  C_FindObjectsFinal(): void {}
  C_SignInit(_: Buffer, mechanism: Pkcs11Mechanism, key: Buffer): void {
    if (this.#operation !== undefined) throw ckr(0x90);
    this.#operation = { mechanism, key: key.toString() };
  }
  async C_SignAsync(_: Buffer, data: Buffer): Promise<Buffer> {
    const { mechanism, key: label } = this.#operation!;
    await Promise.resolve();
    this.#operation = undefined;
    const key = this.keys[label]!;
    switch (mechanism.mechanism) {
      case CK.CKM_EDDSA:
        return sign(null, data, key);
      case CK.CKM_ECDSA:
        return Buffer.from(joseSignature(new Uint8Array(signP256(key, data)), 32));
      case CK.CKM_SHA256_RSA_PKCS:
        return sign('sha256', data, key);
      default:
        return sign('sha256', data, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 });
    }
  }
}

const options = { library: 'memory', token: 'countersign', pin };
const entry = registry().signer('log-1')!;
const bytes = new TextEncoder().encode('what is signed');
const entries: [string, KeyEntry][] = [
  ['ed', entry],
  ['ec', { ...entry, algorithm: 'ES256', key: localSigner('k', p256).publicKey }],
  ['rsa', { ...entry, algorithm: 'RS256', key: localSigner('k', rsaKey(), 'RS256').publicKey }],
  ['rsa', { ...entry, algorithm: 'PS256', key: localSigner('k', rsaKey(), 'PS256').publicKey }],
];

describe('a token', () => {
  test.each(entries)('signs with %s, many at once, one after another', async (label, one) => {
    const signer = openToken(new MemoryToken(), options).signer(label, one);
    const signatures = await Promise.all(Array.from({ length: 5 }, () => signer.sign({ purpose: 'license', bytes })));
    for (const signature of signatures) expect(await defaultEngine.verify(one.key, bytes, signature)).toBe(true);
  });

  test('is asked for its PIN once, and left when it is wrong', () => {
    const module = new MemoryToken();
    expect(() => openToken(module, { ...options, pin: '9999' })).toThrow(expect.objectContaining({ code: 'ERR_BACKEND_DENIED' }));
    expect(module.calls).toEqual(['login', 'finalize']);
  });

  test('must be there, with one key of the label', () => {
    expect(() => openToken(new MemoryToken(), { ...options, token: 'other' })).toThrow(
      expect.objectContaining({ code: 'ERR_BACKEND_KEY' }),
    );
    const token = openToken(new MemoryToken(), options);
    for (const label of ['none', 'twice']) {
      expect(() => token.signer(label, entry)).toThrow(expect.objectContaining({ code: 'ERR_BACKEND_KEY' }));
    }
  });

  test('is asked for nothing that is too long', async () => {
    const signer = openToken(new MemoryToken(), options).signer('ed', entry);
    await expect(signer.sign({ purpose: 'license', bytes: new Uint8Array(4097) })).rejects.toMatchObject({ code: 'ERR_SIGN_INPUT_SIZE' });
  });
});

test.each([
  [0xa0, 'ERR_BACKEND_DENIED'],
  [0xa4, 'ERR_BACKEND_DENIED'],
  [0x101, 'ERR_BACKEND_DENIED'],
  [0x63, 'ERR_BACKEND_REFUSED'],
  [0x70, 'ERR_BACKEND_REFUSED'],
  [0x30, 'ERR_BACKEND_UNAVAILABLE'],
  [0xe0, 'ERR_BACKEND_UNAVAILABLE'],
])('return value %i of PKCS #11 is %s', (value, code) => {
  expect(pkcs11Error('token', ckr(value)).code).toBe(code);
});
