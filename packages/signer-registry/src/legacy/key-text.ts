import { base64Decode, base64urlDecode } from '@countersign/proof-core/bytes/base64';
import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { importPublicKey } from '@countersign/proof-core/key/import';
import type { PublicKey, SignatureAlgorithm } from '@countersign/proof-core/key/public-key';

/** OBJECT IDENTIFIER rsaEncryption, 1.2.840.113549.1.1.1 (RFC 8017 appendix C), as it stands in every RSA SubjectPublicKeyInfo. */
const RSA_OID = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

function isRsa(spki: Uint8Array): boolean {
  const at = spki.indexOf(RSA_OID[0]!);
  return at >= 0 && at < 12 && RSA_OID.every((byte, i) => spki[at + i] === byte);
}

function decode(text: string): Uint8Array {
  return /[-_]/.test(text) || text.length % 4 !== 0 ? base64urlDecode(text, 'public key') : base64Decode(text, 'public key');
}

/**
 * Reads a public key as legacy registries hold it: PEM, base64 SubjectPublicKeyInfo, or base64 of 32 raw Ed25519 bytes. The key decides its
 * algorithm; what the registry declares must agree.
 *
 * @param declared what the registry says; an RSA key without it is RS256, which is what upstream's signers made
 * @throws ProofError ERR_KEY_ALGORITHM where the declared algorithm is not the key's; ERR_KEY_*, ERR_BASE64, ERR_DER
 * @example readKeyText('A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=').algorithm // 'Ed25519'
 */
export function readKeyText(text: string, declared?: SignatureAlgorithm): PublicKey {
  const trimmed = text.trim();
  const pem = trimmed.startsWith('-----BEGIN ');
  const bytes = pem ? utf8Encode(`${trimmed}\n`, 'public key') : decode(trimmed);
  const algorithm = declared ?? (isRsa(pem ? spkiOf(trimmed) : bytes) ? 'RS256' : undefined);
  return importPublicKey(bytes, {
    format: pem ? 'pem' : bytes.length === 32 ? 'raw' : 'spki',
    ...(algorithm === undefined ? {} : { algorithm }),
  });
}

/** Only to look for the RSA identifier; `importPublicKey` reads the PEM strictly afterwards. */
function spkiOf(pem: string): Uint8Array {
  const body = pem.split(/\r?\n/).slice(1, -1).join('');
  try {
    return base64Decode(body.slice(0, 64), 'public key');
  } catch {
    return new Uint8Array(0);
  }
}
