import { type KeyObject, createPrivateKey, constants, generateKeyPairSync, sign } from 'node:crypto';
import { importPublicKey } from '../../src/key/import.ts';
import type { PublicKey, SignatureAlgorithm } from '../../src/key/public-key.ts';
import type { Distrust, KeyEntry, KeyQuery, KeyResolver, Purpose, SignRequest, Signer } from '../../src/ports.ts';

/** A signer over a local private key that remembers what it was asked. */
export class TestSigner implements Signer {
  readonly kid: string;
  readonly publicKey: PublicKey;
  readonly requests: SignRequest[] = [];
  readonly #algorithm: SignatureAlgorithm;
  readonly privateKey: KeyObject;

  constructor(kid: string, privateKey: KeyObject, publicKey: PublicKey) {
    this.kid = kid;
    this.privateKey = privateKey;
    this.publicKey = publicKey;
    this.#algorithm = publicKey.algorithm;
  }

  sign(request: SignRequest): Promise<Uint8Array> {
    this.requests.push(request);
    return Promise.resolve(signWith(this.#algorithm, this.privateKey, request.bytes));
  }
}

/** A JOSE signature made by Node. */
export function signWith(algorithm: SignatureAlgorithm, key: KeyObject, bytes: Uint8Array): Uint8Array {
  if (algorithm === 'Ed25519') return new Uint8Array(sign(null, bytes, key));
  if (algorithm === 'ES256') return new Uint8Array(sign('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' }));
  if (algorithm === 'ES384') return new Uint8Array(sign('sha384', bytes, { key, dsaEncoding: 'ieee-p1363' }));
  if (algorithm === 'RS256') return new Uint8Array(sign('sha256', bytes, key));
  return new Uint8Array(sign('sha256', bytes, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }));
}

/** A fresh key of any algorithm but ML-DSA. */
export function freshSigner(kid: string, algorithm: SignatureAlgorithm = 'Ed25519'): TestSigner {
  const { publicKey, privateKey } =
    algorithm === 'Ed25519'
      ? generateKeyPairSync('ed25519')
      : algorithm === 'ES256' || algorithm === 'ES384'
        ? generateKeyPairSync('ec', { namedCurve: algorithm === 'ES256' ? 'P-256' : 'P-384' })
        : generateKeyPairSync('rsa', { modulusLength: 2048 });
  return new TestSigner(kid, privateKey, importPublicKey(publicKey.export({ format: 'der', type: 'spki' }), { algorithm }));
}

/** The same Ed25519 key every time: seed = 32 times `byte`. */
export function fixedSigner(kid: string, byte: number): TestSigner {
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, byte)]);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const raw = Buffer.from(String(privateKey.export({ format: 'jwk' }).x), 'base64url');
  return new TestSigner(kid, privateKey, importPublicKey(raw));
}

export interface Rule {
  readonly signer: Signer;
  readonly purposes?: readonly Purpose[];
  readonly chains?: readonly string[];
  readonly operator?: string;
  readonly algorithm?: SignatureAlgorithm;
  /** Answer to every question, whatever it is. */
  readonly distrust?: Distrust;
}

/** A resolver over a list: what a registry does, without time. */
export function resolverOf(...rules: readonly Rule[]): KeyResolver & { readonly queries: KeyQuery[] } {
  const queries: KeyQuery[] = [];
  const entries = rules.map(({ signer, purposes = ['license'], chains = ['*'], operator = 'example', algorithm }): KeyEntry => ({
    kid: signer.kid,
    algorithm: algorithm ?? signer.publicKey.algorithm,
    key: signer.publicKey,
    purposes,
    chains,
    status: 'active',
    validFrom: '2026-01-01T00:00:00.000Z',
    operator,
  }));
  return {
    queries,
    entries: () => entries,
    resolve(query) {
      queries.push(query);
      const index = entries.findIndex(({ kid }) => kid === query.kid);
      const entry = entries[index];
      if (entry === undefined) return { trusted: false, reason: 'unknown' };
      const distrust = rules[index]?.distrust;
      if (distrust !== undefined) return { trusted: false, entry, reason: distrust };
      if (!entry.purposes.includes(query.purpose)) return { trusted: false, entry, reason: 'wrong-purpose' };
      if (query.chain !== undefined && !entry.chains.includes('*') && !entry.chains.includes(query.chain)) {
        return { trusted: false, entry, reason: 'wrong-chain' };
      }
      return { trusted: true, entry, time: query.earliest !== undefined && query.latest !== undefined ? 'bounded' : 'asserted' };
    },
  };
}
