import { KMS } from '@aws-sdk/client-kms';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type KmsLike, describeKmsKey, kmsSigner } from '../../src/adapters/kms.ts';
import { deadlineSigner } from '../../src/node/signer/deadline.ts';
import { retrySigner } from '../../src/node/signer/retry.ts';
import { guardSigner } from '../../src/signer/guard.ts';
import { probeSigner } from '../../src/signer/probe.ts';
import { manualTimers } from '../support/timers.ts';
import { publicKeyOf } from '../support/keys.ts';
import { logSigner, parse, sample } from '../support/registries.ts';
import { kmsContract, register, sign } from './contract.ts';
import { FakeKms } from './fake-kms.ts';

const server = new FakeKms();
let client: KMS;

beforeAll(async () => {
  await server.start();
  client = new KMS({
    endpoint: server.url,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
});
afterEach(() => {
  server.calls.length = 0;
});
afterAll(async () => {
  client.destroy();
  await server.stop();
});

// Compile-only: the real client fits the structural type.
({}) as KMS satisfies KmsLike;

kmsContract('in-repository server', () => ({
  client,
  createKey: (spec: string) => Promise.resolve(server.createKey(spec)),
  algorithms: ['Ed25519', 'ES256', 'ES384', 'RS256', 'PS256'],
}));

const edwards = (): Promise<Awaited<ReturnType<typeof register>>> => register(client, server.createKey('ECC_NIST_EDWARDS25519'));

describe('a KMS key to be registered', () => {
  test('is known by its ARN, also where an alias was asked for', async () => {
    const arn = server.createKey('ECC_NIST_EDWARDS25519');
    server.createAlias('alias/log', arn);
    expect((await describeKmsKey(client, 'alias/log')).arn).toBe(arn);
  });

  test('needs to be told which of its two algorithms an RSA key is for', async () => {
    await expect(describeKmsKey(client, server.createKey('RSA_2048'))).rejects.toMatchObject({ code: 'ERR_KEY_ALGORITHM' });
  });

  test('must be for signing', async () => {
    const arn = server.createKey('ECC_NIST_P256', 'KEY_AGREEMENT');
    await expect(describeKmsKey(client, arn)).rejects.toMatchObject({ code: 'ERR_BACKEND_KEY', actual: 'KEY_AGREEMENT' });
  });

  test('must offer the algorithm', async () => {
    const lacking: KmsLike = {
      sign: () => Promise.reject(new Error('not asked')),
      getPublicKey: () =>
        Promise.resolve({
          KeyId: 'arn:aws:kms:eu-west-1:111122223333:key/1',
          PublicKey: publicKeyOf('k').spki,
          KeyUsage: 'SIGN_VERIFY',
          SigningAlgorithms: ['ED25519_PH_SHA_512'],
        }),
    };
    await expect(describeKmsKey(lacking, 'k')).rejects.toMatchObject({ code: 'ERR_BACKEND_KEY', actual: 'ED25519_PH_SHA_512' });
  });
});

describe('a signer over KMS', () => {
  test('asks for Ed25519 as pure Ed25519 over the bytes themselves, by ARN', async () => {
    const asked: unknown[] = [];
    const entry = await edwards();
    const spy: KmsLike = {
      getPublicKey: (input) => client.getPublicKey(input),
      sign: (input) => {
        asked.push({ ...input, Message: input.Message.length });
        return client.sign(input);
      },
    };
    await sign(kmsSigner(spy, entry));
    const arn = entry.backend.slice('kms:'.length);
    expect(asked).toEqual([{ KeyId: arn, Message: 65, MessageType: 'RAW', SigningAlgorithm: 'ED25519_SHA_512' }]);
  });

  test('needs an entry with a key ARN', async () => {
    expect(() => kmsSigner(client, parse(sample()).signer('log-1')!)).toThrow(expect.objectContaining({ code: 'ERR_REGISTRY_BACKEND' }));
  });

  test.each([
    [{ error: 'AccessDeniedException' }, 'ERR_BACKEND_DENIED'],
    [{ error: 'UnrecognizedClientException' }, 'ERR_BACKEND_DENIED'],
    [{ error: 'DisabledException' }, 'ERR_BACKEND_REFUSED'],
    [{ error: 'KMSInvalidStateException' }, 'ERR_BACKEND_REFUSED'],
    [{ error: 'ValidationException' }, 'ERR_BACKEND_REFUSED'],
    [{ error: 'ThrottlingException' }, 'ERR_BACKEND_THROTTLED'],
    [{ error: 'KMSInternalException', status: 500 }, 'ERR_BACKEND_UNAVAILABLE'],
    [{ error: 'DependencyTimeoutException', status: 503 }, 'ERR_BACKEND_UNAVAILABLE'],
    ['cut', 'ERR_BACKEND_UNAVAILABLE'],
    ['other-key', 'ERR_BACKEND_REPLY'],
    ['other-algorithm', 'ERR_BACKEND_REPLY'],
  ] as const)('turns %j into %s', async (fault, code) => {
    const signer = kmsSigner(client, await edwards());
    server.fail(fault);
    await expect(sign(signer)).rejects.toMatchObject({ code });
    expect(await sign(signer)).toHaveLength(64);
  });

  test('asks again when throttled or cut off, never when denied', async () => {
    const entry = await edwards();
    const timers = manualTimers();
    const signer = retrySigner(kmsSigner(client, entry), { attempts: 3 }, timers);
    server.calls.length = 0;
    server.fail({ error: 'ThrottlingException' }, 'cut');
    const attempt = sign(signer);
    await timers.run(attempt);
    expect(await attempt).toHaveLength(64);
    expect(server.calls).toHaveLength(3);
    server.fail({ error: 'AccessDeniedException' });
    await expect(sign(signer)).rejects.toMatchObject({ code: 'ERR_BACKEND_DENIED' });
    expect(server.calls).toHaveLength(4);
  });

  test('ends at its deadline when KMS hangs', async () => {
    const timers = manualTimers();
    const signer = deadlineSigner(kmsSigner(client, await edwards()), 500, timers);
    server.fail('hang');
    const attempt = sign(signer);
    // Time stands still until the server has the request: one that ended before would leave the fault to the next.
    while (!server.calls.includes('Sign')) await new Promise((resolve) => void setImmediate(resolve));
    await timers.run(attempt);
    await expect(attempt).rejects.toMatchObject({ code: 'ERR_BACKEND_DEADLINE' });
  });

  test('is stopped at start by its probe when KMS lies', async () => {
    const entry = await edwards();
    server.fail('lie');
    await expect(probeSigner(kmsSigner(client, entry), entry)).rejects.toMatchObject({ code: 'ERR_SIGNER_OUTPUT' });
  });

  test('is stopped at start where the registry has another key under its kid', async () => {
    const entry = await edwards();
    const mixed = { ...entry, key: publicKeyOf('log-1') };
    await expect(probeSigner(kmsSigner(client, mixed), mixed)).rejects.toMatchObject({ code: 'ERR_SIGNER_OUTPUT' });
    await expect(probeSigner(kmsSigner(client, entry), mixed)).rejects.toMatchObject({ code: 'ERR_BACKEND_KEY' });
  });

  test('hands on no wrong signature once it is in use', async () => {
    const entry = await edwards();
    const registry = parse({
      ...sample(),
      signers: [
        ...sample().signers.slice(0, 3),
        logSigner('log-1', { public_key: entry.key.jwk, thumbprint: entry.key.thumbprint, backend: entry.backend }),
      ],
    });
    const seen: unknown[] = [];
    const signer = guardSigner(kmsSigner(client, entry), {
      registry: () => registry,
      clock: { now: () => Date.parse(registry.issuedAt) },
      hooks: { onSign: ({ backend, reason }) => seen.push([backend, reason]) },
    });
    server.fail('lie', { error: 'ThrottlingException' });
    await expect(sign(signer)).rejects.toMatchObject({ code: 'ERR_SIGNER_OUTPUT' });
    await expect(sign(signer)).rejects.toMatchObject({ code: 'ERR_BACKEND_THROTTLED' });
    expect(await sign(signer)).toHaveLength(64);
    expect(seen).toEqual([
      ['kms', 'signer_output'],
      ['kms', 'backend_throttled'],
      ['kms', undefined],
    ]);
  });
});

test('ML-DSA-65 is asked for over the bytes themselves', async () => {
  const key = { algorithm: 'ML-DSA-65', thumbprint: 'x', spki: new Uint8Array(), jwk: { kty: 'AKP' } } as const;
  const backend = 'kms:arn:aws:kms:eu-west-1:111122223333:key/1';
  const asked: string[] = [];
  const stub: KmsLike = {
    getPublicKey: () => Promise.reject(new Error('not asked')),
    sign: ({ KeyId, MessageType, SigningAlgorithm }) => {
      asked.push(MessageType, SigningAlgorithm);
      return Promise.resolve({ KeyId, SigningAlgorithm, Signature: new Uint8Array(3309) });
    },
  };
  const entry = {
    kid: 'pq',
    algorithm: 'ML-DSA-65',
    key,
    purposes: [],
    chains: [],
    status: 'active',
    validFrom: '',
    operator: '',
    backend,
  } as const;
  expect(await kmsSigner(stub, entry).sign({ purpose: 'license', bytes: new Uint8Array(1) })).toHaveLength(3309);
  expect(asked).toEqual(['RAW', 'ML_DSA_SHAKE_256']);
});
