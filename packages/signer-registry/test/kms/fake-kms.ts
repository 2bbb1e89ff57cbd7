import { type KeyObject, createPublicKey, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { rsaKey } from '../support/keys.ts';
import { signP256, signPkcs1, signPss } from './sign-digest.ts';

/** What the server does with the next requests instead of answering. */
export type Fault = { readonly error: string; readonly status?: number } | 'cut' | 'hang' | 'lie' | 'other-key' | 'other-algorithm';

interface Key {
  readonly arn: string;
  readonly privateKey: KeyObject;
  readonly usage: string;
  readonly algorithms: readonly string[];
  enabled: boolean;
}

class KmsFault extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

const SPECS: Record<string, { make: () => KeyObject; algorithms: string[] }> = {
  ECC_NIST_EDWARDS25519: {
    make: () => generateKeyPairSync('ed25519').privateKey,
    algorithms: ['ED25519_SHA_512', 'ED25519_PH_SHA_512'],
  },
  ECC_NIST_P256: { make: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey, algorithms: ['ECDSA_SHA_256'] },
  ECC_NIST_P384: { make: () => generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey, algorithms: ['ECDSA_SHA_384'] },
  RSA_2048: { make: () => rsaKey(2048), algorithms: ['RSASSA_PKCS1_V1_5_SHA_256', 'RSASSA_PSS_SHA_256'] },
};

function signDigest(key: Key, algorithm: string, digest: Buffer): Buffer {
  if (digest.length !== 32) throw new KmsFault('ValidationException', 'Digest is invalid length for algorithm');
  if (algorithm === 'RSASSA_PKCS1_V1_5_SHA_256') return signPkcs1(key.privateKey, digest);
  if (algorithm === 'RSASSA_PSS_SHA_256') return signPss(key.privateKey, digest);
  if (algorithm === 'ECDSA_SHA_256') return signP256(key.privateKey, digest);
  throw new KmsFault('ValidationException', `${algorithm} with DIGEST is not in this server`);
}

/**
 * A server that speaks the JSON protocol of AWS KMS with real keys, as far as signing goes: strict about what KMS is strict about, with
 * faults on request.
 */
export class FakeKms {
  readonly #keys = new Map<string, Key>();
  readonly #aliases = new Map<string, string>();
  readonly #faults: Fault[] = [];
  readonly #server: Server;
  /** Operations asked for, newest last. */
  readonly calls: string[] = [];
  url = '';

  constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const operation = String(request.headers['x-amz-target']).split('.')[1]!;
        this.calls.push(operation);
        const fault = this.#faults.shift();
        if (fault === 'hang') return;
        if (fault === 'cut') {
          request.socket.destroy();
          return;
        }
        let status = 200;
        let body: object;
        try {
          if (typeof fault === 'object') {
            status = fault.status ?? 400;
            body = { __type: fault.error, message: 'injected' };
          } else {
            body = this.#run(operation, JSON.parse(Buffer.concat(chunks).toString()) as Record<string, string>, fault);
          }
        } catch (error) {
          status = 400;
          body = { __type: (error as Error).name, message: (error as Error).message };
        }
        response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': randomUUID() });
        response.end(JSON.stringify(body));
      });
    });
  }

  async start(): Promise<this> {
    // An idle connection stays: one that is closed just when it is used again would be a fault that no test has asked for.
    this.#server.keepAliveTimeout = 0;
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return this;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Lines up faults for the next requests, one each. */
  fail(...faults: Fault[]): void {
    this.#faults.push(...faults);
  }

  /** Makes a key and gives its ARN. */
  createKey(spec: string, usage = 'SIGN_VERIFY'): string {
    const { make, algorithms } = SPECS[spec]!;
    const arn = `arn:aws:kms:eu-west-1:111122223333:key/${randomUUID()}`;
    this.#keys.set(arn, { arn, privateKey: make(), usage, algorithms, enabled: true });
    return arn;
  }

  createAlias(name: string, arn: string): void {
    this.#aliases.set(name, arn);
  }

  disable(arn: string): void {
    this.#keys.get(arn)!.enabled = false;
  }

  #key(id: string): Key {
    const arn = this.#aliases.get(id) ?? id;
    const key = this.#keys.get(arn) ?? [...this.#keys.values()].find((one) => one.arn.endsWith(`/${arn}`));
    if (key === undefined) throw new KmsFault('NotFoundException', `Key '${id}' does not exist`);
    if (!key.enabled) throw new KmsFault('DisabledException', `${key.arn} is disabled.`);
    return key;
  }

  #run(operation: string, input: Record<string, string>, fault: Fault | undefined): object {
    const key = this.#key(input['KeyId']!);
    if (operation === 'GetPublicKey') {
      const spki = createPublicKey(key.privateKey).export({ type: 'spki', format: 'der' });
      return { KeyId: key.arn, PublicKey: spki.toString('base64'), KeyUsage: key.usage, SigningAlgorithms: key.algorithms };
    }
    if (operation !== 'Sign') throw new KmsFault('UnsupportedOperationException', operation);
    const algorithm = input['SigningAlgorithm']!;
    const type = input['MessageType'] ?? 'RAW';
    const message = Buffer.from(input['Message']!, 'base64');
    if (key.usage !== 'SIGN_VERIFY') throw new KmsFault('InvalidKeyUsageException', `${key.arn} key usage is ${key.usage}`);
    if (!key.algorithms.includes(algorithm))
      throw new KmsFault('ValidationException', `Algorithm ${algorithm} is incompatible with the key`);
    if (message.length < 1 || message.length > 4096) throw new KmsFault('ValidationException', 'Message must have 1 to 4096 bytes');
    const signature = this.#sign(key, algorithm, type, message);
    if (fault === 'lie') signature[8]! ^= 1;
    return {
      KeyId: fault === 'other-key' ? this.createKey('ECC_NIST_EDWARDS25519') : key.arn,
      Signature: signature.toString('base64'),
      SigningAlgorithm: fault === 'other-algorithm' ? 'ED25519_PH_SHA_512' : algorithm,
    };
  }

  #sign(key: Key, algorithm: string, type: string, message: Buffer): Buffer {
    if (algorithm === 'ED25519_SHA_512' && type === 'RAW') return sign(null, message, key.privateKey);
    if (algorithm === 'ECDSA_SHA_384' && type === 'RAW') return sign('sha384', message, key.privateKey);
    if (algorithm.startsWith('ED25519') || type === 'RAW') {
      throw new KmsFault('ValidationException', `Message type ${type} is incompatible with ${algorithm}`);
    }
    return signDigest(key, algorithm, message);
  }
}
