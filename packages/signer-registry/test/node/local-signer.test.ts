import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import { generateKeyFile, loadLocalSigner, localSigner } from '../../src/node/local-signer.ts';
import { writeKeyFile } from '../../src/node/key-file.ts';
import { rsaKey } from '../support/keys.ts';

let folder: string;
const at = (name: string): string => join(folder, name);
const message = new TextEncoder().encode('example.com/audit\n1\n');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-keys-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('a key file', () => {
  test('is made with mode 0600 and read back by its path alone', async () => {
    const made = await generateKeyFile(at('log.key'), 'log-1');
    expect((await stat(at('log.key'))).mode & 0o777).toBe(0o600);
    const signer = await loadLocalSigner(at('log.key'));
    expect(signer.kid).toBe('log-1');
    expect(signer.publicKey.thumbprint).toBe(made.publicKey.thumbprint);
    const signature = await signer.sign({ purpose: 'checkpoint', bytes: message });
    expect(signature).toHaveLength(64);
    expect(await defaultEngine.verify(made.publicKey, message, signature)).toBe(true);
  });

  test('is a PEM file that openssl reads', async () => {
    await generateKeyFile(at('openssl.key'), 'log-1');
    expect(execFileSync('openssl', ['pkey', '-in', at('openssl.key'), '-pubout'], { encoding: 'utf8' })).toContain('BEGIN PUBLIC KEY');
  });

  test('is never overwritten', async () => {
    await generateKeyFile(at('once.key'), 'log-1');
    const before = await readFile(at('once.key'));
    await expect(generateKeyFile(at('once.key'), 'log-2')).rejects.toMatchObject({ code: 'ERR_KEY_FILE_EXISTS' });
    expect(await readFile(at('once.key'))).toEqual(before);
  });

  test.each([0o640, 0o604, 0o660, 0o620, 0o602, 0o610, 0o777])('of mode %o is refused', async (mode) => {
    const path = at(`open-${mode}.key`);
    await generateKeyFile(path, 'log-1');
    await chmod(path, mode);
    await expect(loadLocalSigner(path)).rejects.toMatchObject({ code: 'ERR_KEY_FILE_MODE', actual: `0${mode.toString(8)}` });
  });

  test('of mode 0400 is read', async () => {
    await generateKeyFile(at('read-only.key'), 'log-1');
    await chmod(at('read-only.key'), 0o400);
    expect((await loadLocalSigner(at('read-only.key'))).kid).toBe('log-1');
  });

  test('under a passphrase opens with that passphrase only', async () => {
    await generateKeyFile(at('locked.key'), 'log-1', { passphrase: 'correct horse' });
    expect(await readFile(at('locked.key'), 'utf8')).toContain('BEGIN ENCRYPTED PRIVATE KEY');
    expect((await loadLocalSigner(at('locked.key'), { passphrase: 'correct horse' })).kid).toBe('log-1');
    for (const options of [{}, { passphrase: 'wrong' }]) {
      await expect(loadLocalSigner(at('locked.key'), options)).rejects.toMatchObject({ code: 'ERR_KEY_FILE_PASSPHRASE' });
    }
  });

  test('without a kid line needs the kid, and must not contradict it', async () => {
    await generateKeyFile(at('kid.key'), 'log-1');
    await expect(loadLocalSigner(at('kid.key'), { kid: 'log-2' })).rejects.toMatchObject({ code: 'ERR_KEY_FILE' });
    const pem = (await readFile(at('kid.key'), 'utf8')).split('\n').slice(1).join('\n');
    await writeFile(at('bare.key'), pem, { mode: 0o600 });
    await expect(loadLocalSigner(at('bare.key'))).rejects.toMatchObject({ code: 'ERR_KEY_FILE', field: 'kid' });
    expect((await loadLocalSigner(at('bare.key'), { kid: 'log-1' })).kid).toBe('log-1');
  });

  test.each([
    ['nothing', ''],
    [
      'a public key',
      '-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAA6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=\n-----END PUBLIC KEY-----\n',
    ],
    ['an empty block', '-----BEGIN PRIVATE KEY-----\n\n-----END PRIVATE KEY-----\n'],
    ['broken base64', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n'],
    ['mismatched markers', '-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n'],
    ['another kid line', 'kid: two words\n-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n'],
    ['too much', 'x'.repeat(30_000)],
  ])('with %s is refused, saying nothing of what it holds', async (name, text) => {
    const path = at(`bad ${name}.key`);
    await writeFile(path, text, { mode: 0o600 });
    const error = await loadLocalSigner(path, { kid: 'log-1', passphrase: 'x' }).catch((error: unknown) => error as Error);
    expect(error).toMatchObject({ code: expect.stringMatching(/^ERR_KEY_FILE/) });
    expect((error as Error).message).not.toContain('AAAA');
  });

  test('of an algorithm that does not sign is refused', async () => {
    await writeKeyFile(at('x25519.key'), 'k', generateKeyPairSync('x25519').privateKey);
    await expect(loadLocalSigner(at('x25519.key'))).rejects.toMatchObject({ code: 'ERR_KEY_FILE_ALGORITHM' });
  });

  test('that is not there gives the system’s own error', async () => {
    await expect(loadLocalSigner(at('missing.key'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('a local signer', () => {
  test.each([
    ['ES256', 64, () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey],
    ['ES384', 96, () => generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey],
    ['RS256', 256, () => rsaKey()],
    ['PS256', 256, () => rsaKey()],
  ] as const)('of %s gives %i raw bytes that verify', async (algorithm, length, make) => {
    const signer = localSigner('k', make(), algorithm);
    const signature = await signer.sign({ purpose: 'license', bytes: message });
    expect(signature).toHaveLength(length);
    expect(await defaultEngine.verify(signer.publicKey, message, signature)).toBe(true);
  });

  test('refuses nothing, more than 4,096 bytes and an aborted request', async () => {
    const signer = localSigner('k', generateKeyPairSync('ed25519').privateKey);
    await expect(signer.sign({ purpose: 'checkpoint', bytes: new Uint8Array(0) })).rejects.toThrow(RangeError);
    await expect(signer.sign({ purpose: 'checkpoint', bytes: new Uint8Array(4097) })).rejects.toMatchObject({
      code: 'ERR_SIGN_INPUT_SIZE',
    });
    expect(await signer.sign({ purpose: 'checkpoint', bytes: new Uint8Array(4096) })).toHaveLength(64);
    expect(await signer.sign({ purpose: 'registry-root', bytes: new Uint8Array(100_000) })).toHaveLength(64);
    const signal = AbortSignal.abort(new Error('deadline'));
    await expect(signer.sign({ purpose: 'checkpoint', bytes: message, signal })).rejects.toThrow('deadline');
  });
});
