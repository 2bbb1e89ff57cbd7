import { equalBytes } from '../../src/bytes/compare.ts';
import { base64urlEncode } from '../../src/bytes/base64.ts';
import { utf8Encode } from '../../src/bytes/utf8.ts';
import { ProofError } from '../../src/errors.ts';
import { derSignature, joseSignature } from '../../src/key/der.ts';
import { importPublicKey } from '../../src/key/import.ts';
import type { PublicJwk, PublicKey } from '../../src/key/public-key.ts';
import { RSA_JWK } from '../key/rfc7638.ts';

/** Runs a parser; only coded errors may leave it. */
function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof ProofError) return undefined;
    throw error;
  }
}

const P256: PublicJwk = {
  kty: 'EC',
  crv: 'P-256',
  x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
  y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
};
const ED25519: PublicJwk = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' };
const keys: readonly PublicKey[] = [importPublicKey(ED25519), importPublicKey(P256), importPublicKey(RSA_JWK, { algorithm: 'RS256' })];
const pem = ({ spki }: PublicKey): Uint8Array =>
  utf8Encode(`-----BEGIN PUBLIC KEY-----\n${Buffer.from(spki).toString('base64').replace(/.{64}/g, '$&\n')}\n-----END PUBLIC KEY-----\n`);
const DER = Uint8Array.of(0x30, 6, 2, 1, 1, 2, 1, 1);

/** What a target must hold for any bytes whatever. */
export const targets: readonly { name: string; seeds: readonly Uint8Array[]; run: (bytes: Uint8Array) => void }[] = [
  {
    name: 'key/import',
    seeds: keys.flatMap((key) => [key.spki, pem(key), utf8Encode(JSON.stringify({ ...key.jwk, kid: 'a', use: 'sig' }))]),
    run(bytes) {
      const key = attempt(() => importPublicKey(bytes, bytes[0] === 0x30 && bytes.length > 200 ? { algorithm: 'RS256' } : {}));
      if (key === undefined) return;
      // Whatever was taken has one SPKI, and comes back from it as the same key.
      const again = importPublicKey(key.spki, { algorithm: key.algorithm });
      if (again.thumbprint !== key.thumbprint || !equalBytes(again.spki, key.spki))
        throw new Error('a key changed on its way through SPKI');
      if (bytes[0] === 0x30 && bytes.length !== 32 && !equalBytes(bytes, key.spki)) throw new Error('a second SPKI for one key');
    },
  },
  {
    name: 'key/der',
    seeds: [DER, derSignature(new Uint8Array(64).fill(0x81)), derSignature(new Uint8Array(96).fill(1))],
    run(bytes) {
      for (const size of [32, 48]) {
        const raw = attempt(() => joseSignature(bytes, size));
        if (raw !== undefined && !equalBytes(derSignature(raw), bytes))
          throw new Error(`a second DER for one signature: ${base64urlEncode(raw)}`);
      }
    },
  },
];
