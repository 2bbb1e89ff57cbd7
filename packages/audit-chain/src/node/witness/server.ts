import { Buffer } from 'node:buffer';
import { type IncomingMessage, type RequestListener, type Server, type ServerResponse, createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { originHash } from './state.ts';
import type { Witness, WitnessReply } from './witness.ts';

/** The longest request: 63 hashes and a note of 128 KiB. */
const MAX_BODY_BYTES = 135_168;
/** A request that takes longer is cut off. */
const REQUEST_MS = 10_000;
/** What is still taken of a body that was refused, so that its sender sees why: so much, for so long. */
const REFUSED_BYTES = 1_048_576;
const REFUSED_MS = 1000;

interface Answer {
  readonly status: number;
  readonly type?: string;
  readonly body?: Uint8Array | string;
}

async function readBody(request: IncomingMessage): Promise<Uint8Array | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) return undefined;
  const chunks: Buffer[] = [];
  let length = 0;
  // Who stops early still has to answer.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

function answerOf(reply: WitnessReply): Answer {
  if (reply.status === 200) return { status: 200, type: 'text/plain; charset=utf-8', body: reply.line };
  if (reply.status === 409) return { status: 409, type: 'text/x.tlog.size', body: `${reply.size}\n` };
  return { status: reply.status, type: 'text/plain; charset=utf-8', body: `${reply.reason}\n` };
}

/** Told of every decision, for a log of the witness's own: the origin where it is known, the status and why. */
export type OnDecision = (reply: WitnessReply) => void;

async function route(witness: Witness, request: IncomingMessage, onDecision: OnDecision): Promise<Answer> {
  const path = (request.url ?? '/').split('?')[0]!;
  if (path === '/add-checkpoint') {
    if (request.method !== 'POST') return { status: 405 };
    const body = await readBody(request);
    if (body === undefined) return { status: 413 };
    const reply = await witness.addCheckpoint(body);
    onDecision(reply);
    return answerOf(reply);
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') return { status: 405 };
  if (path === '/health') return { status: 200, type: 'application/json', body: '{"ok":true}\n' };
  const hash = /^\/([0-9a-f]{64})\/checkpoint$/.exec(path)?.[1];
  const origin = hash === undefined ? undefined : witness.origins.find((one) => originHash(one) === hash);
  const state = origin === undefined ? undefined : await witness.latest(origin);
  if (state === undefined) return { status: 404 };
  return { status: 200, type: 'text/plain; charset=utf-8', body: state.note };
}

function respond(
  request: IncomingMessage,
  response: ServerResponse,
  { status, type = 'text/plain; charset=utf-8', body = '' }: Answer,
): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, {
    'content-type': type,
    'content-length': bytes.length,
    'cache-control': 'no-store',
    // A refused body may not have been read to its end.
    ...(status === 413 || status >= 500 ? { connection: 'close' } : {}),
  });
  if (status !== 413) return void response.end(bytes);
  response.flushHeaders();
  passOver(request, () => response.end(bytes));
}

/**
 * Takes some more of a body that was refused and then lets go: to close a connection on which bytes lie unread resets it, and the answer with it may
 * be gone before it is seen.
 */
function passOver(request: IncomingMessage, done: () => void): void {
  let left = REFUSED_BYTES;
  const end = (): void => {
    clearTimeout(timer);
    request.removeListener('data', take).removeListener('close', end).removeListener('end', end).pause();
    done();
  };
  const take = (chunk: Buffer): void => {
    left -= chunk.length;
    if (left < 0) end();
  };
  const timer = setTimeout(end, REFUSED_MS);
  if (request.readableEnded) return end();
  request.on('data', take).once('end', end).once('close', end).resume();
}

/**
 * Makes the HTTP side of a witness, for any server of Node: `POST /add-checkpoint`, `GET /<hex SHA-256 of the origin>/checkpoint`, `GET /health`
 * (C2SP tlog-witness).
 *
 * @param onError gets what callers do not see: a state that cannot be written
 * @param onDecision told of every answer to `add-checkpoint`
 * @example createServer(witnessListener(witness))
 */
export function witnessListener(
  witness: Witness,
  onError: (error: unknown) => void = () => {},
  onDecision: OnDecision = () => {},
): RequestListener {
  return (request, response) => {
    route(witness, request, onDecision)
      .catch((error: unknown): Answer => {
        // A caller that went away in the middle of its body is no failure of ours.
        if (!request.readableAborted) onError(error);
        return { status: 500 };
      })
      .then((answer) => respond(request, response, answer))
      .catch(onError);
  };
}

/** Certificate and key of a witness, PEM. */
export interface WitnessTls {
  readonly cert: string;
  readonly key: string;
}

/**
 * Makes the server of a witness: HTTPS 1.2 or later, or HTTP where no certificate is given (behind a proxy on this machine).
 *
 * @example witnessServer(witness).listen(7380, '127.0.0.1')
 */
export function witnessServer(witness: Witness, tls?: WitnessTls, onError?: (error: unknown) => void, onDecision?: OnDecision): Server {
  const listener = witnessListener(witness, onError, onDecision);
  const limits = { requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS, keepAliveTimeout: 5000 };
  const server =
    tls === undefined ? createHttpServer(limits, listener) : createHttpsServer({ ...limits, ...tls, minVersion: 'TLSv1.2' }, listener);
  server.maxConnections = 256;
  return server;
}
