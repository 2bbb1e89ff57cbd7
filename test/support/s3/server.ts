import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Bucket, type BucketSetup } from './bucket.ts';
import { getLifecycle, getLockConfiguration, getVersioning, listObjects, listVersions } from './listing.ts';
import { deleteObject, getObject, getRetention, putObject, putRetention } from './objects.ts';
import { Refusal } from './refusal.ts';
import type { Operation, S3Answer, S3Request } from './request.ts';
import { xml } from './xml.ts';

/**
 * What can go wrong with one request: `slow` 503 SlowDown, `cut` the connection ends in the middle of the request, `lost` it is carried out and
 * the answer is lost, `conflict` 409, `expired` credentials, or any other answer.
 */
export type Fault = 'slow' | 'cut' | 'lost' | 'conflict' | 'expired' | Refusal;

/** How a server of another make differs from AWS. */
export interface Quirks {
  /** `If-None-Match` is ignored. */
  readonly ignoresConditions?: boolean;
  /** `If-Match` is ignored. */
  readonly ignoresMatches?: boolean;
  /** `If-Match` is compared without quotes. */
  readonly unquotedTags?: boolean;
  /** Checksums are neither compared nor given back. */
  readonly ignoresChecksums?: boolean;
  /** Lock headers are accepted and forgotten. */
  readonly forgetsLocks?: boolean;
}

/**
 * A small S3 for tests: it refuses what AWS refuses about versions, conditions, checksums and locks. Signatures are not checked, but every
 * request must name an access key and the bucket's region.
 *
 * @example
 * await using server = await S3Server.start();
 * server.create('audit', { locks: true });
 */
export class S3Server {
  readonly buckets = new Map<string, Bucket>();
  /** What an access key may not do: `GetObjectRetention`; nobody may bypass unless `mayBypass` has its key. */
  readonly denied = new Map<string, ReadonlySet<string>>();
  readonly mayBypass = new Set<string>();
  /** Asked before every request is carried out; undefined for no fault. */
  fault: (request: { method: string; key: string; query: URLSearchParams }) => Fault | undefined = () => undefined;
  quirks: Quirks = {};
  /** The server's own clock. */
  now: () => Date = () => new Date();
  /** Every request: `PUT /audit/key?query`. */
  readonly requests: string[] = [];
  readonly #server: Server = createServer((request, response) => void this.#answer(request, response));

  static async start(): Promise<S3Server> {
    const server = new S3Server();
    // An idle connection stays: one that is closed just when it is used again would be a fault that no test has asked for.
    server.#server.keepAliveTimeout = 0;
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  create(name: string, setup: BucketSetup = {}): Bucket {
    const bucket = new Bucket(setup);
    this.buckets.set(name, bucket);
    return bucket;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET' } = incoming;
    const { pathname, searchParams: query } = new URL(incoming.url!, 'http://s3');
    const [, bucketName = '', ...rest] = pathname.split('/').map(decodeURIComponent);
    const key = rest.join('/');
    this.requests.push(`${method} ${incoming.url}`);
    const fault = this.fault({ method, key, query });
    const { socket } = incoming;
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) {
      chunks.push(chunk as Buffer);
      if (fault === 'cut') break;
    }
    if (fault === 'cut') return void socket.destroy();
    const now = this.now();
    const answer = this.#judge(incoming, { method, bucketName, key, query, body: Buffer.concat(chunks), now }, fault);
    if (fault === 'lost') return void socket.destroy();
    response.sendDate = false;
    response.writeHead(answer.status, { date: now.toUTCString(), 'x-amz-request-id': 'TEST', ...defined(answer.headers) });
    response.end(method === 'HEAD' ? undefined : answer.body);
  }

  #judge(incoming: IncomingMessage, parts: Omit<S3Request, 'headers' | 'may'>, fault: Fault | undefined): S3Answer {
    try {
      const [, accessKey, region] = /Credential=([^/]+)\/\d+\/([^/]+)\/s3\//.exec(incoming.headers.authorization ?? '') ?? [];
      if (accessKey === undefined) throw new Refusal(403, 'AccessDenied', 'Access Denied');
      if (fault === 'expired') throw new Refusal(400, 'ExpiredToken', 'The provided token has expired.');
      if (fault === 'slow') throw new Refusal(503, 'SlowDown', 'Please reduce your request rate.');
      if (fault === 'conflict') throw new Refusal(409, 'ConditionalRequestConflict');
      if (fault instanceof Refusal) throw fault;
      const bucket = this.buckets.get(parts.bucketName);
      if (bucket === undefined) throw new Refusal(404, 'NoSuchBucket', 'The specified bucket does not exist');
      const home = bucket.setup.region ?? 'eu-central-1';
      if (region !== home) throw new Refusal(301, 'PermanentRedirect', 'another endpoint', { 'x-amz-bucket-region': home });
      const may = (action: string): boolean =>
        action === 'BypassGovernanceRetention' ? this.mayBypass.has(accessKey) : this.denied.get(accessKey)?.has(action) !== true;
      return operationOf(parts)(bucket, { ...parts, headers: this.#quirky(incoming.headers), may });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { status, code, message, headers } = error;
      return { status, headers, body: `<?xml version="1.0"?>${xml('Error', { Code: code, Message: message, RequestId: 'TEST' })}` };
    }
  }

  #quirky(headers: IncomingMessage['headers']): IncomingMessage['headers'] {
    const { ignoresConditions, ignoresMatches, ignoresChecksums, forgetsLocks } = this.quirks;
    const hidden = Object.entries(headers).filter(
      ([name]) =>
        !(ignoresConditions === true && name === 'if-none-match') &&
        !(ignoresMatches === true && name === 'if-match') &&
        !(ignoresChecksums === true && name === 'x-amz-checksum-sha256') &&
        !(forgetsLocks === true && name.startsWith('x-amz-object-lock')),
    );
    const kept: IncomingMessage['headers'] = Object.fromEntries(hidden);
    if (this.quirks.unquotedTags === true && kept['if-match'] !== undefined)
      kept['if-match'] = kept['if-match'].startsWith('"') ? '""' : `"${kept['if-match']}"`;
    // A server that ignores checksums does not ask for them either.
    return ignoresChecksums === true ? { ...kept, 'content-md5': 'ignored' } : kept;
  }
}

function defined(headers: S3Answer['headers'] = {}): { [name: string]: string } {
  return Object.fromEntries(Object.entries(headers).filter((pair): pair is [string, string] => pair[1] !== undefined));
}

function operationOf({ method, key, query }: Omit<S3Request, 'headers' | 'may'>): Operation {
  const has = (name: string): boolean => query.has(name);
  if (key === '') {
    if (method === 'HEAD') return () => ({ status: 200 });
    if (has('object-lock')) return getLockConfiguration;
    if (has('versioning')) return getVersioning;
    if (has('lifecycle')) return getLifecycle;
    if (has('versions')) return listVersions;
    if (query.get('list-type') === '2') return listObjects;
  } else {
    if (has('retention')) return method === 'PUT' ? putRetention : getRetention;
    if (method === 'PUT') return putObject;
    if (method === 'GET' || method === 'HEAD') return getObject;
    if (method === 'DELETE') return deleteObject;
  }
  throw new Refusal(501, 'NotImplemented', `${method} ${query.toString()}`);
}
