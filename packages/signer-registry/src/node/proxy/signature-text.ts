import { base64Decode, base64urlDecode } from '@countersign/proof-core/bytes/base64';
import { hexDecode } from '@countersign/proof-core/bytes/hex';
import { ProofError } from '@countersign/proof-core/errors';
import { joseSignature } from '@countersign/proof-core/key/der';
import type { PublicKey } from '@countersign/proof-core/key/public-key';
import { isSignatureForm } from '@countersign/proof-core/key/signature-form';

function* readings(text: string, algorithm: PublicKey['algorithm']): Iterable<Uint8Array> {
  for (const decode of [base64Decode, base64urlDecode, (value: string): Uint8Array => hexDecode(value)]) {
    try {
      const bytes = decode(text);
      yield bytes;
      if (algorithm === 'ES256' || algorithm === 'ES384') yield joseSignature(bytes, algorithm === 'ES256' ? 32 : 48);
    } catch (error) {
      if (!(error instanceof ProofError)) throw error;
    }
  }
}

/**
 * Reads a signature as proxies write it: base64, URL-safe base64 or hex; ECDSA raw or DER.
 *
 * @returns the one reading that has the form of this key's signatures; undefined where there is none
 * @example readSignatureText(answer.signature, key)
 */
export function readSignatureText(text: string, key: PublicKey): Uint8Array | undefined {
  // Longer than any signature of any algorithm here, in any of the forms.
  if (text.length > 10_000) return undefined;
  for (const bytes of readings(text, key.algorithm)) if (isSignatureForm(key, bytes)) return bytes;
  return undefined;
}
