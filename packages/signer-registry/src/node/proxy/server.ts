import { Buffer } from 'node:buffer';
import { type IncomingMessage, type RequestListener, type Server, type ServerResponse, createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { base64Encode } from '@countersign/proof-core/bytes/base64';
import { ProofError } from '@countersign/proof-core/errors';
import { parseJson } from '@countersign/proof-core/json/parse';
import type { JsonValue } from '@countersign/proof-core/json/value';
import { RegistryError, unexpected } from '../../errors.ts';
import { findCaller, type ProxyCaller } from './caller.ts';
import { readMarkMessage, readSignMessage } from './message.ts';
import type { ProxyService } from './service.ts';

/** A request for a signature has 4,096 bytes of content; the rest is room for base64 and a proof. */
const MAX_BODY_BYTES = 16_384;

/** The status of each code that a caller may get to see; any other is 500 and says nothing. */
const STATUS: Readonly<Record<string, number>> = {
  ERR_BACKEND_CIRCUIT_OPEN: 503,
  ERR_BACKEND_DEADLINE: 503,
  ERR_BACKEND_THROTTLED: 503,
  ERR_BACKEND_UNAVAILABLE: 503,
  ERR_PROXY_FORBIDDEN: 403,
  ERR_PROXY_LOG: 503,
  ERR_PROXY_REQUEST: 400,
  ERR_PROXY_UNKNOWN_CALLER: 401,
  ERR_SIGN_CHAIN: 422,
  ERR_SIGN_CONTENT: 422,
  ERR_SIGN_INPUT_SIZE: 422,
  ERR_SIGN_KEY: 422,
  ERR_SIGN_MARK: 409,
  ERR_SIGN_PURPOSE: 422,
  ERR_SIGN_STATUS: 422,
};

type Answer = readonly [status: number, body: JsonValue];

async function readBody(request: IncomingMessage): Promise<JsonValue> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) throw unexpected('ERR_PROXY_REQUEST', 'body', `at most ${MAX_BODY_BYTES} bytes`, 'more');
    chunks.push(chunk);
  }
  try {
    return parseJson(Buffer.concat(chunks), 'body');
  } catch (cause) {
    if (!(cause instanceof ProofError)) throw cause;
    throw unexpected('ERR_PROXY_REQUEST', 'body', 'strict JSON', cause.code, cause);
  }
}

async function sign(service: ProxyService, caller: ProxyCaller, request: IncomingMessage, signal: AbortSignal): Promise<Answer> {
  const { entry, signature } = await service.sign(caller, readSignMessage(await readBody(request)), signal);
  return [200, { algorithm: entry.algorithm, kid: entry.kid, signature: base64Encode(signature) }];
}

async function readMark(service: ProxyService, caller: ProxyCaller, origin: string): Promise<Answer> {
  const mark = await service.readMark(caller, origin);
  if (mark === undefined) return [404, { error: { code: 'ERR_PROXY_REQUEST', message: 'no mark of this origin' } }];
  return [200, { origin, root: base64Encode(mark.root), size: mark.size }];
}

async function reserve(service: ProxyService, caller: ProxyCaller, request: IncomingMessage): Promise<Answer> {
  const message = readMarkMessage(await readBody(request));
  await service.reserve(caller, message);
  const { origin, size, root } = message.next;
  return [200, { origin, root: base64Encode(root), size }];
}

function key(service: ProxyService, caller: ProxyCaller, kid: string): Answer {
  const { algorithm, key: publicKey, purposes } = service.key(caller, kid);
  return [200, { algorithm, kid, public_key: { ...publicKey.jwk }, purposes }];
}

async function route(service: ProxyService, request: IncomingMessage, signal: AbortSignal): Promise<Answer> {
  const url = new URL(request.url ?? '/', 'http://proxy');
  const what = `${request.method} ${url.pathname}`;
  // Anybody may ask whether it is well; it does not say which key is not.
  if (what === 'GET /health') {
    const ok = (await service.failing()).length === 0;
    return [ok ? 200 : 503, { ok }];
  }
  const caller = findCaller(service.callers, request);
  if (caller === undefined) throw unexpected('ERR_PROXY_UNKNOWN_CALLER', 'credentials', 'those of a known caller', 'others');
  if (what === 'POST /v1/sign') return sign(service, caller, request, signal);
  if (what === 'POST /v1/marks') return reserve(service, caller, request);
  if (what === 'GET /v1/marks') return readMark(service, caller, url.searchParams.get('origin') ?? '');
  const kid = /^GET \/v1\/keys\/([^/]+)$/.exec(what)?.[1];
  if (kid !== undefined) return key(service, caller, decode(kid));
  return [404, { error: { code: 'ERR_PROXY_REQUEST', message: 'no such resource' } }];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw unexpected('ERR_PROXY_REQUEST', 'path', 'percent-encoded UTF-8', 'something else', cause);
  }
}

/** What a caller gets to see of a failure: the code and message of refusals; nothing of what went wrong inside. */
function refusal(error: unknown): Answer {
  const code = error instanceof RegistryError || error instanceof ProofError ? error.code : undefined;
  const status = code === undefined ? undefined : STATUS[code];
  if (status === undefined) return [500, { error: { code: 'ERR_PROXY_INTERNAL', message: 'the proxy could not sign' } }];
  return [status, { error: { code: code!, message: (error as Error).message } }];
}

function respond(response: ServerResponse, [status, body]: Answer): void {
  const text = Buffer.from(JSON.stringify(body));
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': text.length,
    'cache-control': 'no-store',
    // A refused body may not have been read to its end.
    ...(status >= 400 ? { connection: 'close' } : {}),
  });
  response.end(text);
}

/**
 * Makes the HTTP side of a signing proxy, for any server of Node.
 *
 * @param onError gets what callers do not see: failures that are not refusals
 * @example createServer(tls, proxyListener(service))
 */
export function proxyListener(service: ProxyService, onError: (error: unknown) => void = () => {}): RequestListener {
  return (request, response) => {
    const gone = new AbortController();
    response.on('close', () => gone.abort(new Error('the caller has gone')));
    route(service, request, gone.signal)
      .catch((error: unknown): Answer => {
        const answer = refusal(error);
        if (answer[0] >= 500 && !gone.signal.aborted) onError(error);
        return answer;
      })
      .then((answer) => respond(response, answer))
      .catch(onError);
  };
}

/** Certificates of a proxy, PEM. */
export interface ServerTls {
  readonly cert: string;
  readonly key: string;
  /** Who issues callers' certificates; with it, nobody gets in without one (mutual TLS). */
  readonly clientCa?: string;
}

/**
 * Makes the server of a signing proxy: HTTPS 1.2 or later, with mutual TLS where a CA of callers is given; HTTP, for this machine only, where
 * no certificate is.
 *
 * @example (await proxyServer(service, tls)).listen(8443)
 */
export function proxyServer(service: ProxyService, tls: ServerTls | undefined, onError?: (error: unknown) => void): Server {
  const listener = proxyListener(service, onError);
  if (tls === undefined) return createHttpServer(listener);
  const { cert, key: privateKey, clientCa } = tls;
  const mutual = clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: true };
  return createHttpsServer({ cert, key: privateKey, minVersion: 'TLSv1.2', ...mutual }, listener);
}
