import { type KeyObject, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { importPublicKey } from '@countersign/proof-core/key/import';
import type { KeyEntry, KeyQuery, KeyResolution, KeyResolver, Purpose, SignRequest, Signer } from '@countersign/proof-core/ports';

/** PKCS#8 for Ed25519 (RFC 8410 §7): this prefix and a seed of 32 bytes. */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

export function seededKey(seed: number): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PKCS8, Buffer.alloc(32, seed)]), format: 'der', type: 'pkcs8' });
}

/** A signer whose calls a test may count, delay or break. */
export function testSigner(seed: number, kid = `key-${seed}`): Signer & { calls: SignRequest[]; fault: (() => Promise<void>) | undefined } {
  const privateKey = seededKey(seed);
  const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  const signer = {
    kid,
    publicKey: importPublicKey(new Uint8Array(spki)),
    calls: [] as SignRequest[],
    fault: undefined as (() => Promise<void>) | undefined,
    async sign(request: SignRequest): Promise<Uint8Array> {
      signer.calls.push(request);
      await signer.fault?.();
      return new Uint8Array(sign(null, request.bytes, privateKey));
    },
  };
  return signer;
}

/** A registry of keys that are always valid, for purposes and chains as given. */
export function testResolver(
  signers: readonly Signer[],
  purposes: readonly Purpose[] = ['checkpoint', 'segment'],
  chains = ['*'],
): KeyResolver {
  const entries = signers.map(({ kid, publicKey }): KeyEntry => ({
    kid,
    algorithm: publicKey.algorithm,
    key: publicKey,
    purposes,
    chains,
    status: 'active',
    validFrom: '2020-01-01T00:00:00.000Z',
    operator: 'test',
  }));
  return {
    entries: () => entries,
    resolve({ kid, purpose, chain }: KeyQuery): KeyResolution {
      const entry = entries.find((candidate) => candidate.kid === kid);
      if (entry === undefined) return { trusted: false, reason: 'unknown' };
      if (!entry.purposes.includes(purpose)) return { trusted: false, entry, reason: 'wrong-purpose' };
      if (chain !== undefined && !entry.chains.includes('*') && !entry.chains.includes(chain))
        return { trusted: false, entry, reason: 'wrong-chain' };
      return { trusted: true, entry, time: 'asserted' };
    },
  };
}
