import { type KeyObject, constants, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { importPublicKey } from '@countersign/proof-core/key/import';
import type { PublicKey, SignatureAlgorithm } from '@countersign/proof-core/key/public-key';
import type { SignRequest, Signer } from '@countersign/proof-core/ports';
import { unexpected } from '../errors.ts';
import { checkSignRequest } from '../signer/request.ts';
import { readKeyFile, writeKeyFile } from './key-file.ts';

/** Settings for a local signer. */
export interface LocalSignerOptions {
  /** Needed where the file has no `kid: …` line; must agree with it where it has one. */
  readonly kid?: string;
  /** For an encrypted file. */
  readonly passphrase?: string;
  /** For an RSA key, which does not say: RS256 or PS256. */
  readonly algorithm?: SignatureAlgorithm;
}

function rawSignature(key: KeyObject, algorithm: SignatureAlgorithm, bytes: Uint8Array): Uint8Array {
  switch (algorithm) {
    case 'Ed25519':
      return sign(null, bytes, key);
    case 'ES256':
      return sign('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' });
    case 'ES384':
      return sign('sha384', bytes, { key, dsaEncoding: 'ieee-p1363' });
    case 'RS256':
      return sign('sha256', bytes, { key, padding: constants.RSA_PKCS1_PADDING });
    case 'PS256':
      return sign('sha256', bytes, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 });
    default:
      throw new TypeError(`a local signer does not sign ${algorithm}`);
  }
}

/**
 * Makes a signer of a private key in memory: for development, tests and the signing proxy.
 *
 * @example const signer = localSigner('log-1', generateKeyPairSync('ed25519').privateKey);
 */
export function localSigner(kid: string, privateKey: KeyObject, algorithm?: SignatureAlgorithm): Signer {
  const spki = new Uint8Array(createPublicKey(privateKey).export({ type: 'spki', format: 'der' }));
  return signerOf(kid, privateKey, importPublicKey(spki, algorithm === undefined ? {} : { algorithm }));
}

function signerOf(kid: string, privateKey: KeyObject, publicKey: PublicKey): Signer {
  return Object.freeze({
    kid,
    publicKey,
    // oxlint-disable-next-line typescript/require-await -- the port is asynchronous, and a refusal must be a rejection
    async sign(request: SignRequest): Promise<Uint8Array> {
      checkSignRequest(request);
      return new Uint8Array(rawSignature(privateKey, publicKey.algorithm, request.bytes));
    },
  });
}

/**
 * Makes a new Ed25519 key and writes it to a file of mode 0600 that must not exist yet.
 *
 * @param path in an existing folder
 * @param kid written into the file, so that `loadLocalSigner` needs the path alone
 * @throws RegistryError ERR_KEY_FILE_EXISTS, ERR_REGISTRY_KID
 * @example const signer = await generateKeyFile('log.key', 'log-1');
 */
export async function generateKeyFile(path: string, kid: string, options: { passphrase?: string } = {}): Promise<Signer> {
  const { privateKey } = generateKeyPairSync('ed25519');
  await writeKeyFile(path, kid, privateKey, options);
  return localSigner(kid, privateKey);
}

/**
 * Opens the signer of a private key file. Such keys are for development: register them with the backend `file`.
 *
 * @throws RegistryError ERR_KEY_FILE (also: no kid, or another one), ERR_KEY_FILE_MODE, ERR_KEY_FILE_PASSPHRASE, ERR_KEY_FILE_ALGORITHM
 * @example const signer = await loadLocalSigner('log.key');
 */
export async function loadLocalSigner(path: string, options: LocalSignerOptions = {}): Promise<Signer> {
  const file = await readKeyFile(path, options);
  const kid = options.kid ?? file.kid;
  if (kid === undefined) throw unexpected('ERR_KEY_FILE', 'kid', 'a kid line in the file, or the option kid', 'none');
  if (file.kid !== undefined && file.kid !== kid) throw unexpected('ERR_KEY_FILE', 'kid', kid, file.kid);
  return signerOf(kid, file.privateKey, file.publicKey);
}
