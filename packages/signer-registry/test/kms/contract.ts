import type { KMS } from '@aws-sdk/client-kms';
import { describe, expect, test } from 'vitest';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { SignatureAlgorithm } from '@countersign/proof-core/key/public-key';
import type { Signer } from '@countersign/proof-core/ports';
import { describeKmsKey, kmsSigner } from '../../src/adapters/kms.ts';
import { makeSigner } from '../../src/registry/make.ts';
import type { RegisteredSigner } from '../../src/registry/types.ts';
import { probeSigner } from '../../src/signer/probe.ts';
import { CHAIN, parse, sample, T } from '../support/registries.ts';

/** A KMS to be put through the contract: the in-repository server, or an independent one. */
export interface KmsUnderTest {
  readonly client: KMS;
  /** Makes a key of a KeySpec and gives its ARN. */
  createKey(spec: string): Promise<string>;
  /** What this KMS can sign as AWS does. */
  readonly algorithms: readonly SignatureAlgorithm[];
  /** It knows no digests. */
  readonly raw?: boolean;
}

const ALGORITHMS: [string, SignatureAlgorithm, number][] = [
  ['ECC_NIST_EDWARDS25519', 'Ed25519', 64],
  ['ECC_NIST_P256', 'ES256', 64],
  ['ECC_NIST_P384', 'ES384', 96],
  ['RSA_2048', 'RS256', 256],
  ['RSA_2048', 'PS256', 256],
];

const bytes = new TextEncoder().encode('example.com/audit\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n');

/** The registry's entry for a key in KMS. */
export async function register(client: KMS, keyId: string, algorithm?: SignatureAlgorithm): Promise<RegisteredSigner> {
  const { arn, publicKey } = await describeKmsKey(client, keyId, algorithm);
  const signer = makeSigner({ kid: 'log-1', publicKey, purposes: ['checkpoint'], chains: [CHAIN], validFrom: T(0), backend: `kms:${arn}` });
  return parse({ ...sample(), signers: [...sample().signers.slice(0, 3), signer] }).signer('log-1')!;
}

export async function sign(signer: Signer): Promise<Uint8Array> {
  return signer.sign({ purpose: 'checkpoint', bytes });
}

/** What every KMS must do for us; the same suite runs against the in-repository server and against an independent one. */
export function kmsContract(name: string, kms: () => KmsUnderTest): void {
  describe(`${name}: a KMS key`, () => {
    test.each(ALGORITHMS)('%s signs %s, %i raw bytes that verify', async (spec, algorithm, length) => {
      const { client, algorithms, raw = false } = kms();
      if (!algorithms.includes(algorithm)) return;
      const entry = await register(client, await kms().createKey(spec), algorithm);
      expect(entry.algorithm).toBe(algorithm);
      expect(entry.backend).toMatch(/^kms:arn:aws:kms:/);
      const signer = kmsSigner(client, entry, { raw });
      await probeSigner(signer, entry);
      const signature = await sign(signer);
      expect(signature).toHaveLength(length);
      expect(await defaultEngine.verify(entry.key, bytes, signature)).toBe(true);
    });

    test('that is not there is refused, not retried into silence', async () => {
      const missing = 'arn:aws:kms:eu-west-1:111122223333:key/00000000-0000-4000-8000-000000000000';
      await expect(describeKmsKey(kms().client, missing)).rejects.toMatchObject({ code: 'ERR_BACKEND_REFUSED' });
    });

    test('is not asked for more than 4,096 bytes', async () => {
      const { client } = kms();
      const entry = await register(client, await kms().createKey('ECC_NIST_P256'));
      const request = { purpose: 'checkpoint', bytes: new Uint8Array(4097) } as const;
      await expect(kmsSigner(client, entry).sign(request)).rejects.toMatchObject({ code: 'ERR_SIGN_INPUT_SIZE' });
    });
  });
}
