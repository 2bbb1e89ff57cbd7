// The example of docs/spec/signers.md: two keys that anybody can make, so that anybody can make its bytes.
import { createPrivateKey } from 'node:crypto';
import type { Signer } from '@countersign/proof-core/ports';
import { localSigner } from '../../src/node/local-signer.ts';
import { createRegistry, makeSigner } from '../../src/registry/make.ts';
import type { RegistryMembers } from '../../src/registry/types.ts';

/** An Ed25519 key whose seed is 32 times the same byte. */
export function byteSigner(kid: string, byte: number): Signer {
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, byte)]);
  return localSigner(kid, createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }));
}

export const rootSigner: Signer = byteSigner('root-1', 2);
export const logSigner: Signer = byteSigner('log-1', 3);

export function exampleMembers(): RegistryMembers {
  const validFrom = '2026-11-21T00:00:00.000Z';
  return createRegistry({
    issuedAt: validFrom,
    expires: '2027-12-31T00:00:00.000Z',
    roots: ['root-1'],
    threshold: 1,
    signers: [
      makeSigner({
        kid: 'root-1',
        publicKey: rootSigner.publicKey,
        purposes: ['registry-root'],
        validFrom,
        backend: 'offline',
        operator: 'alice',
        description: 'Smart card in the safe.',
      }),
      makeSigner({
        kid: 'log-1',
        publicKey: logSigner.publicKey,
        purposes: ['checkpoint'],
        chains: ['example.com/audit'],
        validFrom,
        backend: 'kms:arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab',
        operator: 'platform',
      }),
    ],
  });
}
