import { type KeyObject, createPrivateKey, createPublicKey } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { importPublicKey } from '@countersign/proof-core/key/import';
import type { PublicKey, SignatureAlgorithm } from '@countersign/proof-core/key/public-key';
import { RegistryError, unexpected } from '../errors.ts';
import { isKid } from '../registry/parse-signer.ts';
import { syncFolder } from './sync-folder.ts';

/** A private key file is small; anything larger is another file. */
const MAX_BYTES = 20_000;
const PEM = /^-----BEGIN (ENCRYPTED )?PRIVATE KEY-----\n[A-Za-z0-9+/=\n]+-----END (ENCRYPTED )?PRIVATE KEY-----\n?$/;
const KID_LINE = /^kid: ([^\n]*)\n/;

/** What a key file holds. */
export interface KeyFile {
  /** From the `kid: …` line before the PEM block; absent in a file that another tool wrote. */
  readonly kid: string | undefined;
  readonly privateKey: KeyObject;
  readonly publicKey: PublicKey;
}

/** Settings for reading a key file. */
export interface KeyFileOptions {
  /** For an encrypted file (PKCS#8, PBES2). */
  readonly passphrase?: string;
  /** For an RSA key, which does not say: RS256 or PS256. */
  readonly algorithm?: SignatureAlgorithm;
}

async function readPrivate(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { mode, size } = await file.stat();
    // Windows has no such bits; there the folder's access list decides.
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw unexpected('ERR_KEY_FILE_MODE', 'mode', 'no access for group and others (0600)', `0${(mode & 0o777).toString(8)}`);
    }
    if (size > MAX_BYTES) throw unexpected('ERR_KEY_FILE', 'size', `at most ${MAX_BYTES} bytes`, size);
    return await file.readFile('latin1');
  } finally {
    await file.close();
  }
}

function decrypt(pem: string, encrypted: boolean, passphrase: string | undefined): KeyObject {
  if (encrypted && passphrase === undefined) throw unexpected('ERR_KEY_FILE_PASSPHRASE', 'passphrase', 'one for an encrypted key', 'none');
  try {
    return createPrivateKey({ key: pem, format: 'pem', ...(encrypted ? { passphrase } : {}) });
  } catch {
    // OpenSSL's own error says no more, and nothing of the file may leak.
    if (encrypted) throw unexpected('ERR_KEY_FILE_PASSPHRASE', 'passphrase', 'the one the key was encrypted with', 'another');
    throw unexpected('ERR_KEY_FILE', 'key', 'one PKCS#8 private key', 'other bytes');
  }
}

/**
 * Reads a private key file (`docs/spec/signers.md` §9): an optional line `kid: K`, then one PKCS#8 PEM block.
 *
 * @param path must be readable by its owner alone
 * @throws RegistryError ERR_KEY_FILE, ERR_KEY_FILE_MODE, ERR_KEY_FILE_PASSPHRASE, ERR_KEY_FILE_ALGORITHM; ProofError for a weak key;
 *   the system's own error (ENOENT …) where there is no such file
 * @example await readKeyFile('log.key')
 */
export async function readKeyFile(path: string, options: KeyFileOptions = {}): Promise<KeyFile> {
  const text = await readPrivate(path);
  const line = KID_LINE.exec(text);
  const kid = line?.[1];
  if (kid !== undefined && !isKid(kid)) throw unexpected('ERR_KEY_FILE', 'kid', 'a kid', `${kid.length} characters`);
  const pem = text.slice(line?.[0].length ?? 0).replaceAll('\r\n', '\n');
  const block = PEM.exec(pem);
  if (block === null || block[1] !== block[2]) throw unexpected('ERR_KEY_FILE', 'key', 'one PKCS#8 PEM block', 'something else');
  const privateKey = decrypt(pem, block[1] !== undefined, options.passphrase);
  const type = privateKey.asymmetricKeyType ?? 'unknown';
  if (!['ed25519', 'ec', 'rsa'].includes(type)) {
    throw unexpected('ERR_KEY_FILE_ALGORITHM', 'key', 'Ed25519, P-256, P-384 or RSA', type);
  }
  const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  const algorithm = options.algorithm;
  return { kid, privateKey, publicKey: importPublicKey(new Uint8Array(spki), algorithm === undefined ? {} : { algorithm }) };
}

/**
 * Writes a private key file: mode 0600, never over an existing file, on stable storage when this resolves.
 *
 * @param path in an existing folder
 * @param options passphrase: encrypts (PKCS#8, PBES2, AES-256-CBC)
 * @throws RegistryError ERR_KEY_FILE_EXISTS, ERR_REGISTRY_KID; the system's own error where the folder is missing or full
 * @example await writeKeyFile('log.key', 'log-1', privateKey)
 */
export async function writeKeyFile(path: string, kid: string, privateKey: KeyObject, options: { passphrase?: string } = {}): Promise<void> {
  if (!isKid(kid))
    throw unexpected('ERR_REGISTRY_KID', 'kid', '1 to 200 characters of A-Z a-z 0-9 . _ ~ : @ / + = -', `${kid.length} characters`);
  const encryption = options.passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase: options.passphrase };
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem', ...encryption }) as string;
  let file: FileHandle;
  try {
    file = await open(path, 'wx', 0o600);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    throw new RegistryError('ERR_KEY_FILE_EXISTS', 'key file: expected no file there; a key is never overwritten', {
      field: 'path',
      cause,
    });
  }
  try {
    await file.writeFile(`kid: ${kid}\n${pem}`);
    await file.sync();
  } catch (error) {
    // Half a key is worse than none: the next attempt would be refused as an overwrite.
    await unlink(path).catch(() => {});
    throw error;
  } finally {
    await file.close();
  }
  await syncFolder(dirname(path));
}
