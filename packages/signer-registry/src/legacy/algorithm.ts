import type { SignatureAlgorithm } from '@countersign/proof-core/key/public-key';

/** What a legacy registry may say a key is for; HMAC-SHA256 is no signature at all. */
export type LegacyAlgorithm = SignatureAlgorithm | 'HMAC-SHA256';

/** Names seen in registries, environment variables and KMS, in lower case and without `_ - .` and blanks. */
const NAMES: Readonly<Record<string, LegacyAlgorithm>> = {
  ed25519: 'Ed25519',
  eddsa: 'Ed25519',
  ed25519sha512: 'Ed25519',
  es256: 'ES256',
  ecdsasha256: 'ES256',
  es384: 'ES384',
  ecdsasha384: 'ES384',
  rsa: 'RS256',
  rsasha256: 'RS256',
  rs256: 'RS256',
  rsapkcs1sha256: 'RS256',
  rsassapkcs1v15sha256: 'RS256',
  ps256: 'PS256',
  rsapss: 'PS256',
  rsapsssha256: 'PS256',
  rsassapsssha256: 'PS256',
  hmac: 'HMAC-SHA256',
  hmacsha256: 'HMAC-SHA256',
  hs256: 'HMAC-SHA256',
};

/**
 * Reads an algorithm's name as legacy registries spell it: any case, `_`, `-` and `.` alike.
 *
 * @returns undefined for a name nobody has used
 * @example readLegacyAlgorithm('RSASSA_PKCS1_V1_5_SHA_256') // 'RS256'
 */
export function readLegacyAlgorithm(name: string): LegacyAlgorithm | undefined {
  const plain = name.toLowerCase().replaceAll(/[_\-. ]/g, '');
  return Object.hasOwn(NAMES, plain) ? NAMES[plain] : undefined;
}
