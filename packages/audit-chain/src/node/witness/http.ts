import { Buffer } from 'node:buffer';
import { type IncomingMessage, type RequestOptions, Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { ChainError, type ChainErrorCode } from '../../errors.ts';
import type { Exchange, HttpAnswer, HttpRequest } from '../../witness/exchange.ts';

/** How to carry requests. */
export interface HttpExchangeOptions {
  /** For one request and its answer, milliseconds; default 5,000. */
  readonly timeoutMs?: number;
  /** The longest body of an answer that is read; default 16,384. */
  readonly maxBytes?: number;
  /** Allows `http:` to other machines: for answers that are signed and hold no secret, such as time stamps. Default false. */
  readonly plain?: boolean;
  /** The codes of its errors: of the one who did not answer, and of an answer that is too long. */
  readonly codes?: { readonly unavailable: ChainErrorCode; readonly reply: ChainErrorCode };
  /** Who may have issued certificates, PEM; the system's own list when absent. Certificates are always checked. */
  readonly ca?: string;
}

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/** A carrier of requests, and how to let go of its connections. */
export interface HttpExchange extends Exchange {
  close(): void;
}

/**
 * Carries requests over HTTPS, or over HTTP to this machine; follows no redirect, sends no cookie and no credentials, and reads a bounded answer
 * within a bounded time.
 *
 * @throws ChainError from `send`: ERR_WITNESS_UNAVAILABLE (also: a URL of another kind, a certificate that is not trusted), ERR_WITNESS_REPLY for
 *   a body that is too long; what an aborted signal holds
 * @example const exchange = httpExchange({ timeoutMs: 2000 });
 */
export function httpExchange(options: HttpExchangeOptions = {}): HttpExchange {
  const { timeoutMs = 5000, maxBytes = 16_384, plain = false, ca } = options;
  const { unavailable, reply } = options.codes ?? { unavailable: 'ERR_WITNESS_UNAVAILABLE', reply: 'ERR_WITNESS_REPLY' };
  const agents = {
    'http:': new HttpAgent({ keepAlive: true }),
    'https:': new HttpsAgent({ keepAlive: true, minVersion: 'TLSv1.2', ...(ca === undefined ? {} : { ca }) }),
  };
  const problem = (code: ChainErrorCode, field: string, expected: string, actual: string | number, cause?: unknown): ChainError =>
    new ChainError(code, `${field}: expected ${expected}, got ${actual}`, { field, expected, actual, cause });

  async function read(field: string, response: IncomingMessage): Promise<HttpAnswer> {
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > maxBytes) throw problem(reply, field, `at most ${maxBytes} bytes`, 'more');
      chunks.push(chunk);
    }
    const type = (response.headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase();
    return { status: response.statusCode!, type, body: new Uint8Array(Buffer.concat(chunks)) };
  }

  return {
    async send({ method, url: text, body, type = 'application/octet-stream' }: HttpRequest, signal): Promise<HttpAnswer> {
      const url = URL.canParse(text) ? new URL(text) : undefined;
      const secure = url?.protocol === 'https:';
      const allowed = secure || (url?.protocol === 'http:' && (plain || LOOPBACK.includes(url.hostname)));
      if (url === undefined || !allowed || url.username !== '' || url.password !== '') {
        const kinds = plain ? 'an http or https URL' : 'an https URL, or http to this machine';
        throw problem(unavailable, url?.host ?? 'url', `${kinds}, without credentials`, url?.protocol ?? 'no URL');
      }
      const limit = AbortSignal.timeout(timeoutMs);
      const settings: RequestOptions = {
        method,
        agent: agents[url.protocol as 'http:' | 'https:'],
        headers: body === undefined ? {} : { 'content-type': type, 'content-length': body.length },
        signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
      };
      try {
        return await new Promise<HttpAnswer>((resolve, reject) => {
          const request = (secure ? httpsRequest : httpRequest)(url, settings, (response) => {
            read(url.host, response).then(resolve, reject);
          });
          request.on('error', reject);
          request.end(body);
        });
      } catch (error) {
        if (error instanceof ChainError) throw error;
        signal?.throwIfAborted();
        const actual = limit.aborted ? `none within ${timeoutMs} ms` : ((error as NodeJS.ErrnoException).code ?? 'a broken connection');
        throw problem(unavailable, url.host, 'an answer', actual, error);
      }
    },
    close() {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}
