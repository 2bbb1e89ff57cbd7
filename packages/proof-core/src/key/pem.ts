import { base64Decode } from '../bytes/base64.ts';
import { ProofError } from '../errors.ts';

const BLOCK = /^-----BEGIN ([A-Z0-9 ]{1,64})-----\r?\n((?:[A-Za-z0-9+/=]{1,76}\r?\n)+)-----END \1-----(?:\r?\n)?$/;

/**
 * Reads the one block of a PEM file (RFC 7468): label `PUBLIC KEY`, base64 lines, nothing before, between or after.
 *
 * @param text at most 20,000 characters
 * @returns the DER bytes
 * @throws ProofError ERR_KEY_PRIVATE a private key; ERR_KEY_FORMAT another label or shape; ERR_BASE64
 * @example decodePem('-----BEGIN PUBLIC KEY-----\nMCow…\n-----END PUBLIC KEY-----\n')
 */
export function decodePem(text: string): Uint8Array {
  if (text.includes('PRIVATE KEY-----')) {
    throw new ProofError('ERR_KEY_PRIVATE', 'pem: expected a public key, got private key material', {
      field: 'pem',
      expected: 'PUBLIC KEY',
      actual: 'private key material',
    });
  }
  const block = text.length <= 20_000 ? BLOCK.exec(text) : null;
  if (block?.[1] !== 'PUBLIC KEY') {
    throw new ProofError('ERR_KEY_FORMAT', 'pem: expected one PUBLIC KEY block and nothing else', {
      field: 'pem',
      expected: 'one PUBLIC KEY block and nothing else',
      actual: block?.[1] ?? `${text.length} characters of another shape`,
    });
  }
  return base64Decode(block[2]!.replaceAll(/[\r\n]/g, ''), 'pem');
}
