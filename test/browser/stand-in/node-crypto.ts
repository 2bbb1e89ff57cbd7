import { getPublicKey, hashes, sign as signEd25519 } from '@noble/ed25519';
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
import { base64urlEncode } from '../../../packages/proof-core/src/bytes/base64.ts';
import { call } from './bridge.ts';
import { Buffer } from './buffer.ts';
import { NotInBrowser } from './not-in-browser.ts';

// What the tests of proof-core use of node:crypto. Hashes and Ed25519 are made here with @noble, because there are many of them;
// everything else is asked of Node.
hashes.sha512 = sha512;

const HASHES = { sha256, sha384, sha512 };
const PKCS8_ED25519 = '302e020100300506032b657004220420';
const SPKI_ED25519 = Buffer.from('302a300506032b6570032100', 'hex');

/** An Ed25519 key. */
class Ed25519Key {
  readonly asymmetricKeyType = 'ed25519';
  readonly seed: Uint8Array | undefined;
  readonly raw: Uint8Array;

  constructor(raw: Uint8Array, seed?: Uint8Array) {
    this.raw = raw;
    this.seed = seed;
  }

  export({ format, type }: { format: string; type?: string }): unknown {
    if (format === 'jwk') return { kty: 'OKP', crv: 'Ed25519', x: base64urlEncode(this.raw) };
    if (format === 'der' && type === 'spki') return Buffer.concat([SPKI_ED25519, this.raw]);
    throw new NotInBrowser(`export of a key as ${format}`);
  }
}

export function createPrivateKey(options: { key: Uint8Array; format: string }): unknown {
  const { key, format } = options;
  if (format !== 'der' || key.length !== 48 || !Buffer.from(key).toString('hex').startsWith(PKCS8_ED25519))
    return call('node:crypto', 'createPrivateKey', [options]);
  const seed = key.slice(16);
  return new Ed25519Key(getPublicKey(seed), seed);
}

export function createPublicKey(key: unknown): unknown {
  return key instanceof Ed25519Key ? new Ed25519Key(key.raw) : call('node:crypto', 'createPublicKey', [key]);
}

export function sign(algorithm: unknown, message: Uint8Array, key: unknown): unknown {
  if (!(key instanceof Ed25519Key)) return call('node:crypto', 'sign', [algorithm, message, key]);
  if (key.seed === undefined) throw new TypeError('a public key does not sign');
  return Buffer.from(signEd25519(Uint8Array.from(message), key.seed));
}

export function createHash(name: keyof typeof HASHES): { update(bytes: Uint8Array | string): unknown; digest(encoding?: string): unknown } {
  const running = HASHES[name].create();
  return {
    update(bytes) {
      running.update(Buffer.from(bytes));
      return this;
    },
    digest(encoding) {
      const digest = Buffer.from(running.digest());
      return encoding === undefined ? digest : digest.toString(encoding);
    },
  };
}

export const constants = { RSA_PKCS1_PADDING: 1, RSA_NO_PADDING: 3, RSA_PKCS1_PSS_PADDING: 6, RSA_PSS_SALTLEN_DIGEST: -1 };
