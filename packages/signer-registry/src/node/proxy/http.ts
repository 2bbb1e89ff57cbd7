import { Buffer } from 'node:buffer';
import { type IncomingMessage, type RequestOptions, Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { ProofError } from '@countersign/proof-core/errors';
import { parseJson } from '@countersign/proof-core/json/parse';
import type { JsonValue } from '@countersign/proof-core/json/value';
import { RegistryError, unexpected } from '../../errors.ts';

/** Certificates for HTTPS, PEM. Certificates are always checked; there is no switch that turns it off. */
export interface ProxyTls {
  /** Who may have issued the proxy's certificate; the system's own list when absent. */
  readonly ca?: string;
  /** Ours, for mutual TLS. */
  readonly cert?: string;
  readonly key?: string;
}

/** An answer with its status and its JSON. */
export interface JsonAnswer {
  readonly status: number;
  readonly value: JsonValue;
}

/** Where requests go. */
export interface JsonEndpoint {
  call(method: 'GET' | 'POST', path: string, body: JsonValue | undefined, signal: AbortSignal | undefined): Promise<JsonAnswer>;
  close(): void;
}

/** No answer of a signing proxy is longer. */
const MAX_ANSWER_BYTES = 65_536;
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/** The reasons for which Node or OpenSSL does not trust a certificate, or the other side does not trust ours. */
const TLS_CODES = /^(ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE)/;

function failure(cause: Error & { code?: string }): RegistryError {
  const code = cause.code ?? cause.name;
  const tls = TLS_CODES.test(code);
  const expected = tls ? 'a TLS connection that both sides trust' : 'an answer';
  return new RegistryError(tls ? 'ERR_BACKEND_TLS' : 'ERR_BACKEND_UNAVAILABLE', `signing proxy: expected ${expected}, got ${code}`, {
    field: 'signing proxy',
    expected,
    actual: code,
    cause,
  });
}

async function readAnswer(response: IncomingMessage): Promise<JsonAnswer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_ANSWER_BYTES) throw unexpected('ERR_BACKEND_REPLY', 'answer', `at most ${MAX_ANSWER_BYTES} bytes`, 'more');
    chunks.push(chunk);
  }
  try {
    return { status: response.statusCode!, value: parseJson(Buffer.concat(chunks), 'answer') };
  } catch (cause) {
    if (!(cause instanceof ProofError)) throw cause;
    // A gateway's own page: its status says more than its body.
    if (response.statusCode! >= 400) return { status: response.statusCode!, value: null };
    throw unexpected('ERR_BACKEND_REPLY', 'answer', 'JSON', cause.code, cause);
  }
}

/**
 * Opens a keep-alive connection to a JSON service. Redirects are not followed; a token goes over HTTPS or to this machine only.
 *
 * @param base `https://host[:port][/path]`; `http:` for this machine only
 * @param milliseconds for one request and its answer
 * @throws TypeError a URL of another kind
 */
export function jsonEndpoint(base: string, token: string | undefined, tls: ProxyTls = {}, milliseconds = 30_000): JsonEndpoint {
  const url = new URL(base);
  const secure = url.protocol === 'https:';
  if (!secure && !(url.protocol === 'http:' && LOOPBACK.includes(url.hostname))) {
    throw new TypeError('signing proxy: an https URL, or http to this machine');
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new TypeError('signing proxy: a URL without credentials, query or fragment');
  }
  const agent = secure ? new HttpsAgent({ keepAlive: true, ...tls }) : new HttpAgent({ keepAlive: true });
  const prefix = url.pathname.replace(/\/$/, '');

  async function call(method: 'GET' | 'POST', path: string, body: JsonValue | undefined, signal?: AbortSignal): Promise<JsonAnswer> {
    const text = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const limit = AbortSignal.timeout(milliseconds);
    const options: RequestOptions = {
      agent,
      method,
      headers: {
        accept: 'application/json',
        ...(text === undefined ? {} : { 'content-type': 'application/json', 'content-length': text.length }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
    };
    try {
      return await new Promise<JsonAnswer>((resolve, reject) => {
        const request = (secure ? httpsRequest : httpRequest)(new URL(prefix + path, url), options, (response) => {
          readAnswer(response).then(resolve, reject);
        });
        request.on('error', reject);
        request.end(text);
      });
    } catch (error) {
      signal?.throwIfAborted();
      if (limit.aborted) throw unexpected('ERR_BACKEND_DEADLINE', 'signing proxy', `an answer within ${milliseconds} ms`, 'none', error);
      throw error instanceof RegistryError ? error : failure(error as Error);
    }
  }
  return { call, close: () => agent.destroy() };
}
