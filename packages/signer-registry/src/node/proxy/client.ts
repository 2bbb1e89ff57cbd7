import { base64Decode, base64Encode } from '@countersign/proof-core/bytes/base64';
import { importPublicKey } from '@countersign/proof-core/key/import';
import type { PublicJwk, PublicKey } from '@countersign/proof-core/key/public-key';
import { type JsonObject, type JsonValue, isJsonObject } from '@countersign/proof-core/json/value';
import type { HighWaterMark, KeyEntry, Mark, SignRequest, Signer } from '@countersign/proof-core/ports';
import { RegistryError, type RegistryErrorCode, unexpected } from '../../errors.ts';
import { isAlgorithm } from '@countersign/proof-core/key/algorithms';
import { checkSignRequest } from '../../signer/request.ts';
import { DIALECTS, type Dialect, type DialectName, dialectInput } from './dialect.ts';
import { type JsonAnswer, type JsonEndpoint, type ProxyTls, jsonEndpoint } from './http.ts';
import { readSignatureText } from './signature-text.ts';
import { readLegacyAlgorithm } from '../../legacy/algorithm.ts';

/** How to reach a signing proxy. */
export interface ProxyConnection {
  /** `https://host[:port][/path]`; `http:` for this machine only. */
  readonly url: string;
  /** Sent as `Authorization: Bearer …`. */
  readonly token?: string;
  readonly tls?: ProxyTls;
  /** For one request and its answer. Default 30,000. */
  readonly timeoutMilliseconds?: number;
  /** Default `countersign`, our own. */
  readonly dialect?: DialectName;
}

/** What a proxy says of itself. */
export interface ProxyHealth {
  readonly ok: boolean;
}

/** A connection to a signing proxy. */
export interface ProxyClient {
  /** The signer of a registered key; asks nothing yet. */
  signer(entry: KeyEntry): Signer;
  /** Whether it answers and says that it can sign; never throws for an answer. */
  health(signal?: AbortSignal): Promise<ProxyHealth>;
  /** The public key it has under a kid, to register it or to compare it. Our dialect only. */
  publicKey(kid: string, signal?: AbortSignal): Promise<PublicKey>;
  /** The marks it keeps: a checkpoint is reserved there before it is signed there. Our dialect only. */
  readonly marks: HighWaterMark;
  close(): void;
}

/** Codes that a proxy of ours may answer with and that mean the same here as there. */
const SHARED: readonly RegistryErrorCode[] = [
  'ERR_SIGN_CHAIN',
  'ERR_SIGN_CONTENT',
  'ERR_SIGN_KEY',
  'ERR_SIGN_MARK',
  'ERR_SIGN_PURPOSE',
  'ERR_SIGN_STATUS',
];

function codeOf({ status, value }: JsonAnswer): RegistryErrorCode {
  const error = isJsonObject(value) && isJsonObject(value['error']) ? value['error']['code'] : undefined;
  const shared = SHARED.find((code) => code === error);
  if (shared !== undefined && status < 500) return shared;
  if (status === 401 || status === 403) return 'ERR_BACKEND_DENIED';
  if (status === 429) return 'ERR_BACKEND_THROTTLED';
  if (status >= 500) return 'ERR_BACKEND_UNAVAILABLE';
  return status >= 400 ? 'ERR_BACKEND_REFUSED' : 'ERR_BACKEND_REPLY';
}

function readOk(answer: JsonAnswer, field: string): JsonObject {
  if (answer.status !== 200) throw unexpected(codeOf(answer), field, 'status 200', answer.status);
  if (isJsonObject(answer.value)) return answer.value;
  throw unexpected('ERR_BACKEND_REPLY', field, 'a JSON object', 'another value');
}

function readSignature(dialect: Dialect, entry: KeyEntry, value: JsonObject): Uint8Array {
  const { kid, algorithm, signature } = dialect.answer(value);
  if (kid !== undefined && kid !== entry.kid)
    throw unexpected('ERR_BACKEND_REPLY', 'kid', entry.kid, typeof kid === 'string' ? kid : 'no text');
  if (algorithm !== undefined) {
    const named = typeof algorithm !== 'string' ? undefined : isAlgorithm(algorithm) ? algorithm : readLegacyAlgorithm(algorithm);
    if (named !== entry.algorithm) {
      throw unexpected('ERR_BACKEND_REPLY', 'algorithm', entry.algorithm, typeof algorithm === 'string' ? algorithm : 'no text');
    }
  }
  const bytes = typeof signature === 'string' ? readSignatureText(signature, entry.key) : undefined;
  if (bytes === undefined) throw unexpected('ERR_BACKEND_REPLY', 'signature', `a signature of ${entry.algorithm}`, 'something else');
  return bytes;
}

function proxySigner(endpoint: JsonEndpoint, dialect: Dialect, entry: KeyEntry): Signer {
  // Refused here and not at the first signature: a digest dialect never gives a pure Ed25519 signature.
  dialectInput(dialect, entry.algorithm, new Uint8Array(0));
  return Object.freeze({
    kid: entry.kid,
    publicKey: entry.key,
    async sign(request: SignRequest): Promise<Uint8Array> {
      checkSignRequest(request);
      const input = dialectInput(dialect, entry.algorithm, request.bytes);
      const answer = await endpoint.call('POST', dialect.path, dialect.body(entry, request.purpose, input), request.signal);
      return readSignature(dialect, entry, readOk(answer, entry.kid));
    },
  });
}

function readMark(origin: string, value: JsonObject): Mark {
  const { size, root } = value;
  if (value['origin'] !== origin || typeof size !== 'number' || !Number.isSafeInteger(size) || typeof root !== 'string') {
    throw unexpected('ERR_BACKEND_REPLY', 'mark', `origin ${origin}, size and root`, 'something else');
  }
  return { origin, size, root: base64Decode(root, 'root') };
}

function proxyMarks(endpoint: JsonEndpoint): HighWaterMark {
  return {
    async read(origin: string): Promise<Mark | undefined> {
      const answer = await endpoint.call('GET', `/v1/marks?origin=${encodeURIComponent(origin)}`, undefined, undefined);
      return answer.status === 404 ? undefined : readMark(origin, readOk(answer, 'mark'));
    },
    async reserve(next: Mark, proof: readonly Uint8Array[]): Promise<void> {
      const { origin, size, root } = next;
      const body: JsonValue = { origin, proof: proof.map(base64Encode), root: base64Encode(root), size };
      readOk(await endpoint.call('POST', '/v1/marks', body, undefined), 'mark');
    },
  };
}

/**
 * Connects to a signing proxy: ours (`docs/spec/signing-proxy.md`) or one of the dialects found in the field. Nothing is asked yet.
 *
 * From `sign`: RegistryError ERR_BACKEND_DENIED, ERR_BACKEND_REFUSED, ERR_BACKEND_THROTTLED, ERR_BACKEND_UNAVAILABLE, ERR_BACKEND_DEADLINE, ERR_BACKEND_TLS,
 * ERR_BACKEND_REPLY, and the ERR_SIGN_* codes that our proxy gives.
 *
 * @throws TypeError a URL that is neither https nor this machine
 * @example const signer = connectProxy({ url: 'https://signer.example.com', token }).signer(registry.signer('log-1')!);
 */
export function connectProxy(connection: ProxyConnection): ProxyClient {
  const endpoint = jsonEndpoint(connection.url, connection.token, connection.tls, connection.timeoutMilliseconds);
  const dialect: Dialect = DIALECTS[connection.dialect ?? 'countersign'];
  return {
    signer: (entry) => proxySigner(endpoint, dialect, entry),
    async health(signal?: AbortSignal): Promise<ProxyHealth> {
      try {
        const { status, value } = await endpoint.call('GET', '/health', undefined, signal);
        return { ok: status === 200 && isJsonObject(value) && value['ok'] !== false };
      } catch (error) {
        if (error instanceof RegistryError) return { ok: false };
        throw error;
      }
    },
    async publicKey(kid: string, signal?: AbortSignal): Promise<PublicKey> {
      const value = readOk(await endpoint.call('GET', `/v1/keys/${encodeURIComponent(kid)}`, undefined, signal), kid);
      const { algorithm, public_key: jwk } = value;
      if (value['kid'] !== kid || !isAlgorithm(algorithm) || !isJsonObject(jwk)) {
        throw unexpected('ERR_BACKEND_REPLY', kid, 'kid, algorithm and public_key', 'something else');
      }
      return importPublicKey(jwk as unknown as PublicJwk, { algorithm });
    },
    marks: proxyMarks(endpoint),
    close: () => endpoint.close(),
  };
}
