import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { joseSignature } from '@countersign/proof-core/key/der';
import { importPublicKey } from '@countersign/proof-core/key/import';
import type { PublicKey, SignatureAlgorithm } from '@countersign/proof-core/key/public-key';
import type { KeyEntry, SignRequest, Signer } from '@countersign/proof-core/ports';
import { RegistryError, type RegistryErrorCode, unexpected } from '../errors.ts';
import { checkSignRequest } from '../signer/request.ts';

/** The part of AWS KMS that is used here; `KMS` of `@aws-sdk/client-kms` fits it. */
export interface KmsLike {
  sign(input: KmsSignInput, options?: KmsCallOptions): Promise<KmsSignOutput>;
  getPublicKey(input: { KeyId: string }, options?: KmsCallOptions): Promise<KmsPublicKeyOutput>;
}

/** Ends a call. */
export interface KmsCallOptions {
  abortSignal?: AbortSignal;
}

/** What `Sign` takes. */
export interface KmsSignInput {
  KeyId: string;
  Message: Uint8Array;
  MessageType: 'RAW' | 'DIGEST';
  SigningAlgorithm: KmsAlgorithm;
}

/** What `Sign` gives. */
export interface KmsSignOutput {
  readonly KeyId?: string | undefined;
  readonly Signature?: Uint8Array | undefined;
  readonly SigningAlgorithm?: string | undefined;
}

/** What `GetPublicKey` gives. */
export interface KmsPublicKeyOutput {
  readonly KeyId?: string | undefined;
  readonly PublicKey?: Uint8Array | undefined;
  readonly KeyUsage?: string | undefined;
  readonly SigningAlgorithms?: readonly string[] | undefined;
}

/** The signing algorithms of KMS that give what ours verify. */
export type KmsAlgorithm =
  | 'ED25519_SHA_512'
  | 'ECDSA_SHA_256'
  | 'ECDSA_SHA_384'
  | 'RSASSA_PKCS1_V1_5_SHA_256'
  | 'RSASSA_PSS_SHA_256'
  | 'ML_DSA_SHAKE_256';

/**
 * How each algorithm is asked for. `ED25519_PH_SHA_512` is another scheme (Ed25519ph) and `ED25519` does not exist; Ed25519 and ML-DSA take
 * the message itself. SHA-384 stays with KMS, because a checkpoint is short enough to send.
 */
export const KMS_ALGORITHMS: Readonly<Record<SignatureAlgorithm, readonly [KmsAlgorithm, 'RAW' | 'DIGEST']>> = {
  Ed25519: ['ED25519_SHA_512', 'RAW'],
  ES256: ['ECDSA_SHA_256', 'DIGEST'],
  ES384: ['ECDSA_SHA_384', 'RAW'],
  RS256: ['RSASSA_PKCS1_V1_5_SHA_256', 'DIGEST'],
  PS256: ['RSASSA_PSS_SHA_256', 'DIGEST'],
  'ML-DSA-65': ['ML_DSA_SHAKE_256', 'RAW'],
};

const DENIED = ['AccessDeniedException', 'UnrecognizedClientException', 'InvalidSignatureException', 'ExpiredTokenException'];
const REFUSED = [
  'DisabledException',
  'DryRunOperationException',
  'InvalidArnException',
  'InvalidGrantTokenException',
  'InvalidKeyUsageException',
  'KMSInvalidStateException',
  'NotFoundException',
  'UnsupportedOperationException',
  'ValidationException',
];
const THROTTLED = ['ThrottlingException', 'TooManyRequestsException', 'RequestLimitExceeded', 'LimitExceededException'];

function classify(name: string): RegistryErrorCode {
  // By name: ThrottlingException is not among the errors that the service model declares for Sign.
  if (DENIED.includes(name) || name.includes('Credential')) return 'ERR_BACKEND_DENIED';
  if (REFUSED.includes(name)) return 'ERR_BACKEND_REFUSED';
  return THROTTLED.includes(name) ? 'ERR_BACKEND_THROTTLED' : 'ERR_BACKEND_UNAVAILABLE';
}

/** Turns what the SDK rejects with into a code; an abort stays what it is. */
async function call<T>(kid: string, signal: AbortSignal | undefined, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (cause) {
    signal?.throwIfAborted();
    const name = cause instanceof Error ? cause.name : 'unknown';
    throw new RegistryError(classify(name), `${kid}: expected an answer of KMS, got ${name}`, {
      field: kid,
      expected: 'an answer of KMS',
      actual: name,
      cause,
    });
  }
}

/** The key ARN that an entry names in `backend`. */
function arnOf(entry: { readonly kid: string; readonly backend: string }): string {
  if (entry.backend.startsWith('kms:')) return entry.backend.slice('kms:'.length);
  throw unexpected('ERR_REGISTRY_BACKEND', `${entry.kid}.backend`, 'kms:<key ARN>', entry.backend);
}

/** How a signer asks KMS. */
export interface KmsSignerOptions {
  /** Send the message itself where a digest would do: for servers that speak the protocol and know no digests. */
  readonly raw?: boolean;
}

/** KMS answers with the ARN; other servers that speak its protocol with the id at the end of it. */
function isSameKey(arn: string, answer: string | undefined): boolean {
  return answer !== undefined && (arn === answer || (arn.startsWith('arn:') && arn.endsWith(`:key/${answer}`)));
}

/** A key as KMS describes it. */
export interface KmsKey {
  /** Of the key itself, also where an alias was asked for. */
  readonly arn: string;
  readonly publicKey: PublicKey;
}

/**
 * Asks KMS for a public key, to register it or to compare it.
 *
 * @param keyId ARN, id or alias; what is recorded is the ARN in the answer
 * @param algorithm needed for RSA, where KMS signs both ways
 * @throws RegistryError ERR_BACKEND_* ; ProofError for a weak key or one for another algorithm
 * @example const { arn, publicKey } = await describeKmsKey(new KMS({}), 'alias/log');
 */
export async function describeKmsKey(
  client: KmsLike,
  keyId: string,
  algorithm?: SignatureAlgorithm,
  signal?: AbortSignal,
): Promise<KmsKey> {
  const options = signal === undefined ? {} : { abortSignal: signal };
  const answer = await call(keyId, signal, () => client.getPublicKey({ KeyId: keyId }, options));
  const { KeyId: id, PublicKey: spki, KeyUsage: usage, SigningAlgorithms: offered = [] } = answer;
  if (id === undefined || spki === undefined) throw unexpected('ERR_BACKEND_REPLY', keyId, 'KeyId and PublicKey', 'less');
  const arn = isSameKey(keyId, id) ? keyId : id;
  if (!arn.startsWith('arn:')) throw unexpected('ERR_BACKEND_REPLY', keyId, 'a key ARN', id);
  if (usage !== 'SIGN_VERIFY') throw unexpected('ERR_BACKEND_KEY', keyId, 'a key for SIGN_VERIFY', usage ?? 'none');
  const publicKey = importPublicKey(new Uint8Array(spki), { format: 'spki', ...(algorithm === undefined ? {} : { algorithm }) });
  const [wanted] = KMS_ALGORITHMS[publicKey.algorithm];
  if (!offered.includes(wanted)) throw unexpected('ERR_BACKEND_KEY', keyId, `a key that offers ${wanted}`, offered.join(', '));
  return { arn, publicKey };
}

/**
 * Makes the signer of a key in AWS KMS, by the registry's entry: its key ARN, algorithm and public key. Nothing is asked of KMS yet; a probe
 * (`probeSigner`) proves that it is that key. Give the SDK client `maxAttempts: 1`: waiting and asking again is `retrySigner`'s.
 *
 * @param entry `backend` is `kms:<key ARN>`
 * @throws RegistryError ERR_REGISTRY_BACKEND; from `sign`: ERR_BACKEND_DENIED, ERR_BACKEND_REFUSED, ERR_BACKEND_THROTTLED,
 *   ERR_BACKEND_UNAVAILABLE, ERR_BACKEND_REPLY another key or algorithm answered; ProofError ERR_SIGN_INPUT_SIZE, ERR_DER
 * @example const signer = kmsSigner(new KMS({ maxAttempts: 1 }), registry.signer('log-1')!);
 */
export function kmsSigner(
  client: KmsLike,
  entry: KeyEntry & { readonly backend: string },
  options: KmsSignerOptions = {},
  engine: Engine = defaultEngine,
): Signer {
  const arn = arnOf(entry);
  const { kid, key, algorithm } = entry;
  const [name, usual] = KMS_ALGORITHMS[algorithm];
  const type = options.raw === true ? 'RAW' : usual;
  return Object.freeze({
    kid,
    publicKey: key,
    async sign(request: SignRequest): Promise<Uint8Array> {
      checkSignRequest(request);
      const { bytes, signal } = request;
      const message = type === 'DIGEST' ? engine.sha256(bytes) : bytes.slice();
      const input: KmsSignInput = { KeyId: arn, Message: message, MessageType: type, SigningAlgorithm: name };
      const answer = await call(kid, signal, () => client.sign(input, signal === undefined ? {} : { abortSignal: signal }));
      if (!isSameKey(arn, answer.KeyId)) throw unexpected('ERR_BACKEND_REPLY', `${kid}.KeyId`, arn, answer.KeyId ?? 'none');
      if (answer.SigningAlgorithm !== name) {
        throw unexpected('ERR_BACKEND_REPLY', `${kid}.SigningAlgorithm`, name, answer.SigningAlgorithm ?? 'none');
      }
      if (answer.Signature === undefined) throw unexpected('ERR_BACKEND_REPLY', `${kid}.Signature`, 'a signature', 'none');
      const signature = new Uint8Array(answer.Signature);
      if (algorithm === 'ES256') return joseSignature(signature, 32);
      return algorithm === 'ES384' ? joseSignature(signature, 48) : signature;
    },
  });
}
