import { createHash, randomBytes } from 'node:crypto';
import type { X509Certificate } from 'node:crypto';
import { Integer, Null, OctetString } from 'asn1js';
import { AlgorithmIdentifier, MessageImprint, PKIStatus, TimeStampReq, TimeStampResp } from 'pkijs';
import type { VerifiedTimestamp } from '../../timestamp/verifier.ts';
import type { Exchange } from '../../witness/exchange.ts';
import { timestampProblem } from './problem.ts';
import { nonceOf, parseToken, readDer, verifyToken } from './token.ts';

/** What to ask an authority. */
export interface TimestampRequest {
  readonly url: string;
  /** The bytes to be stamped; the authority sees their SHA-256. */
  readonly data: Uint8Array;
  readonly roots: readonly X509Certificate[];
  /** The policy to ask for, an object identifier; the authority's own when absent. */
  readonly policy?: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** A time stamp that was asked for and holds. */
export interface ReceivedTimestamp extends VerifiedTimestamp {
  /** DER, with the chain. */
  readonly token: Uint8Array;
}

/** How far an authority's clock may be from ours: a stamp that was kept and sent again has another nonce, and also another time. */
const MAX_SKEW_MS = 300_000;

/**
 * Has bytes stamped by a time-stamping authority (RFC 3161 over HTTP): SHA-256, a fresh nonce, its certificates asked for. The token is verified
 * against the pinned roots before anybody keeps it.
 *
 * @param exchange with `plain`: authorities often answer over HTTP, and their answers are signed
 * @throws ChainError ERR_TIMESTAMP_REFUSED, ERR_TIMESTAMP_NONCE, ERR_TIMESTAMP_POLICY, ERR_TIMESTAMP_TIME and as `TimestampVerifier`; what the
 *   exchange throws
 * @example const { token, time } = await requestTimestamp(exchange, { url, data: note, roots, now: Date.now });
 */
export async function requestTimestamp(exchange: Exchange, request: TimestampRequest, signal?: AbortSignal): Promise<ReceivedTimestamp> {
  const { url, policy, roots, now } = request;
  const data = request.data.slice();
  const nonce = randomBytes(8);
  // A positive number of full length.
  nonce[0] = (nonce[0]! & 0x3f) | 0x40;
  const query = new TimeStampReq({
    version: 1,
    messageImprint: new MessageImprint({
      hashAlgorithm: new AlgorithmIdentifier({ algorithmId: '2.16.840.1.101.3.4.2.1', algorithmParams: new Null() }),
      hashedMessage: new OctetString({ valueHex: new Uint8Array(createHash('sha256').update(data).digest()).buffer }),
    }),
    nonce: new Integer({ valueHex: new Uint8Array(nonce).buffer }),
    certReq: true,
    ...(policy === undefined ? {} : { reqPolicy: policy }),
  });
  const body = new Uint8Array(query.toSchema().toBER());
  const answer = await exchange.send({ method: 'POST', url, body, type: 'application/timestamp-query' }, signal);
  if (answer.status !== 200 || answer.type !== 'application/timestamp-reply') {
    const actual = `status ${answer.status}, type ${answer.type || 'none'}`;
    throw timestampProblem(
      answer.status >= 500 ? 'ERR_TIMESTAMP_UNAVAILABLE' : 'ERR_TIMESTAMP_REPLY',
      'reply',
      'a time-stamp reply',
      actual,
    );
  }
  const token = readReply(answer.body);
  const { info } = parseToken(token);
  if (nonceOf(info) !== BigInt(`0x${nonce.toString('hex')}`))
    throw timestampProblem('ERR_TIMESTAMP_NONCE', 'nonce', 'the one that was sent', nonceOf(info) === undefined ? 'none' : 'another');
  if (policy !== undefined && info.policy !== policy) throw timestampProblem('ERR_TIMESTAMP_POLICY', 'policy', policy, info.policy);
  const verified = await verifyToken(token, data, roots);
  if (Math.abs(Date.parse(verified.time) - now()) > MAX_SKEW_MS)
    throw timestampProblem(
      'ERR_TIMESTAMP_TIME',
      'time',
      `within ${MAX_SKEW_MS / 1000} s of ${new Date(now()).toISOString()}`,
      verified.time,
    );
  return { ...verified, token };
}

/** The token of a reply that grants one (RFC 3161 §2.4.2: status 0 or 1). */
function readReply(bytes: Uint8Array): Uint8Array {
  return readDer(bytes, 'reply', (value) => {
    const { status, timeStampToken } = new TimeStampResp({ schema: value });
    const granted = [PKIStatus.granted, PKIStatus.grantedWithMods].includes(status.status);
    if (!granted || timeStampToken === undefined) throw timestampProblem('ERR_TIMESTAMP_REFUSED', 'status', 'granted', status.status);
    return new Uint8Array(timeStampToken.toSchema().toBER());
  });
}
