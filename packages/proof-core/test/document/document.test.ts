import { CompactSign, compactVerify, generalVerify } from 'jose';
import { describe, expect, test } from 'vitest';
import { base64urlEncode } from '../../src/bytes/base64.ts';
import { utf8Decode, utf8Encode } from '../../src/bytes/utf8.ts';
import { parseDocument } from '../../src/document/parse.ts';
import { type DocumentRequest, signDocument } from '../../src/document/sign.ts';
import { DOCUMENT_TYPES } from '../../src/document/types.ts';
import { type DocumentPolicy, inspectDocument, verifyDocument } from '../../src/document/verify.ts';
import { engine as portable } from '../../src/engine/portable.ts';
import type { JsonObject } from '../../src/json/value.ts';
import { withMlDsa } from '../../src/key/ml-dsa.ts';
import { engine as node } from '../../src/node/engine.ts';
import { importPublicKey } from '../../src/key/import.ts';
import type { Purpose, Signer } from '../../src/ports.ts';
import { codeOfAsync } from '../merkle/refused.ts';
import { TestSigner, fixedSigner, freshSigner, resolverOf } from './keys.ts';

const TYPE = DOCUMENT_TYPES.license;
const PAYLOAD = { sku: 'a', seats: 3, terms: ['x', { until: null }] };
const one = fixedSigner('license-1', 1);
const two = fixedSigner('license-2', 2);
const three = fixedSigner('license-3', 3);

function sign(change: Partial<DocumentRequest> = {}): Promise<Uint8Array> {
  return signDocument({ type: TYPE, purpose: 'license', payload: PAYLOAD, signers: [one], form: 'compact', ...change });
}
function policy(change: Partial<DocumentPolicy> = {}): DocumentPolicy {
  return { type: TYPE, purpose: 'license', resolver: resolverOf({ signer: one }, { signer: two }, { signer: three }), ...change };
}
const bothEngines = [node, portable] as const;

/** A payload of this many base64url characters. */
const payloadOf = (chars: number): JsonObject => ({ a: 'x'.repeat(Math.floor((chars * 3) / 4) - 8) });

describe('what is signed verifies', () => {
  test.each(['Ed25519', 'ES256', 'ES384', 'RS256', 'PS256'] as const)(
    'with %s, in both forms, by both engines, and by plain jose',
    async (algorithm) => {
      const signer = freshSigner('k', algorithm);
      const resolver = resolverOf({ signer });
      for (const engine of bothEngines) {
        const compact = await signDocument(
          { type: TYPE, purpose: 'license', payload: PAYLOAD, signers: [signer], form: 'compact' },
          engine,
        );
        const general = await signDocument(
          { type: TYPE, purpose: 'license', payload: PAYLOAD, signers: [signer], form: 'general' },
          engine,
        );
        for (const bytes of [compact, general]) {
          const document = await verifyDocument(bytes, policy({ resolver }), engine);
          expect(document.value).toEqual(PAYLOAD);
          expect(utf8Decode(document.payload)).toBe('{"seats":3,"sku":"a","terms":["x",{"until":null}]}');
          expect(document.digest).toBe(node.sha256Hex(document.payload));
          expect(document.signatures).toEqual([
            { kid: 'k', thumbprint: signer.publicKey.thumbprint, operator: 'example', time: 'asserted' },
          ]);
        }
        const jwk = { ...signer.publicKey.jwk };
        expect((await compactVerify(compact, jwk)).protectedHeader).toEqual({ alg: algorithm, kid: 'k', typ: TYPE });
        expect(utf8Decode((await generalVerify(JSON.parse(utf8Decode(general)), jwk)).payload)).toBe(
          '{"seats":3,"sku":"a","terms":["x",{"until":null}]}',
        );
      }
    },
  );

  test('what plain jose signed with our header verifies as well', async () => {
    const header = { alg: 'Ed25519', kid: one.kid, typ: TYPE };
    const text = await new CompactSign(utf8Encode('{"a":1}')).setProtectedHeader(header).sign(one.privateKey);
    expect((await verifyDocument(utf8Encode(text), policy())).value).toEqual({ a: 1 });
  });

  test('the bytes are the same every time with Ed25519, and the compact form has no line feed', async () => {
    const [first, second] = [await sign(), await sign()];
    expect(utf8Decode(first)).toBe(utf8Decode(second));
    expect(utf8Decode(first)).toMatch(/^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{86}$/);
    expect(utf8Decode(await sign({ form: 'general' }))).toMatch(
      /^\{"payload":"[^"]+","signatures":\[\{"protected":"[^"]+","signature":"[^"]+"\}\]\}\n$/,
    );
  });

  test('with ML-DSA-65, where the caller brings the module; elsewhere it is a coded error', async () => {
    const pub = new Uint8Array(1952).fill(5);
    const key = importPublicKey({ kty: 'AKP', alg: 'ML-DSA-65', pub: base64urlEncode(pub) });
    const signature = new Uint8Array(3309).fill(6);
    const signer: Signer = { kid: 'pq', publicKey: key, sign: () => Promise.resolve(signature) };
    const engine = withMlDsa(node, {
      ml_dsa65: { verify: (given, message, by) => given.every((b) => b === 6) && message.length > 0 && by.length === 1952 },
    });
    const resolver = resolverOf({ signer });
    const bytes = await signDocument({ type: TYPE, purpose: 'license', payload: {}, signers: [signer], form: 'compact' }, engine);
    expect((await verifyDocument(bytes, policy({ resolver }), engine)).signatures).toHaveLength(1);
    expect(await codeOfAsync(() => verifyDocument(bytes, policy({ resolver })))).toBe('ERR_ALGORITHM_UNSUPPORTED');
    expect((await inspectDocument(bytes, policy({ resolver }))).signatures).toEqual([
      { status: 'unsupported', kid: 'pq', reason: 'algorithm' },
    ]);
  });

  test('an object may be given as its canonical bytes; the digest names it', async () => {
    const bytes = utf8Encode('{"a":[1,-2,0]}');
    const document = await verifyDocument(await sign({ payload: bytes }), policy());
    expect(document.digest).toBe(node.sha256Hex(bytes));
  });
});

describe('the signer', () => {
  test('is asked once, for the purpose, over the signing input, with the caller’s signal', async () => {
    const signer = fixedSigner('k', 9);
    const signal = new AbortController().signal;
    const bytes = await sign({ signers: [signer], signal });
    expect(signer.requests).toHaveLength(1);
    expect(signer.requests[0]!.purpose).toBe('license');
    expect(signer.requests[0]!.signal).toBe(signal);
    const text = utf8Decode(bytes);
    expect(utf8Decode(signer.requests[0]!.bytes)).toBe(text.slice(0, text.lastIndexOf('.')));
  });

  test.each<[string, (signature: Uint8Array) => Uint8Array]>([
    ['a signature over something else', () => new Uint8Array(64).fill(1)],
    ['a flipped bit', (signature) => signature.with(3, signature[3]! ^ 1)],
    ['nothing', () => new Uint8Array(0)],
    ['a byte too many', (signature) => Uint8Array.of(...signature, 0)],
  ])('that returns %s is caught before anything is kept', async (_, change) => {
    const bad: Signer = { kid: one.kid, publicKey: one.publicKey, sign: async (request) => change(await one.sign(request)) };
    expect(await codeOfAsync(() => sign({ signers: [bad] }))).toBe('ERR_SIGNER_OUTPUT');
  });

  test('cannot change what is verified by changing its bytes or its signature later', async () => {
    let kept = new Uint8Array(0);
    const sly: Signer = {
      kid: one.kid,
      publicKey: one.publicKey,
      sign: async (request) => {
        kept = Uint8Array.from(await one.sign(request));
        request.bytes.fill(0);
        return kept;
      },
    };
    const bytes = await sign({ signers: [sly] });
    kept.fill(0);
    expect((await verifyDocument(bytes, policy())).value).toEqual(PAYLOAD);
  });

  test('is not asked at all where its kid, the payload or the size is impossible', async () => {
    const signer = fixedSigner('k', 9);
    const bad: Signer = new TestSigner('a kid', signer.privateKey, signer.publicKey);
    await expect(sign({ signers: [signer, bad], form: 'general' })).rejects.toThrow(TypeError);
    await expect(sign({ signers: [signer, signer], form: 'general' })).rejects.toThrow(TypeError);
    await expect(sign({ signers: [signer, two] })).rejects.toThrow(TypeError);
    await expect(sign({ signers: [], form: 'general' })).rejects.toThrow(TypeError);
    expect(await codeOfAsync(() => sign({ signers: [signer], payload: { a: 0.5 } }))).toBe('ERR_DOCUMENT_PAYLOAD');
    expect(await codeOfAsync(() => sign({ signers: [signer], payload: [1] }))).toBe('ERR_DOCUMENT_PAYLOAD');
    expect(await codeOfAsync(() => sign({ signers: [signer], payload: { a: 2 ** 53 } }))).toBe('ERR_JSON_NUMBER');
    expect(await codeOfAsync(() => sign({ signers: [signer], payload: utf8Encode('{"a": 1}') }))).toBe('ERR_NOT_CANONICAL');
    expect(await codeOfAsync(() => sign({ signers: [signer], payload: { a: 'x'.repeat(4000) } }))).toBe('ERR_SIGN_INPUT_SIZE');
    expect(signer.requests).toHaveLength(0);
  });

  test('of a registry, offline, may sign more than 4,096 bytes; the limit is exact for everybody else', async () => {
    const long = { a: 'x'.repeat(10_000) };
    const bytes = await sign({ payload: long, type: DOCUMENT_TYPES.signers, purpose: 'registry-root' });
    const root = resolverOf({ signer: one, purposes: ['registry-root'] });
    expect((await verifyDocument(bytes, policy({ type: DOCUMENT_TYPES.signers, purpose: 'registry-root', resolver: root }))).value).toEqual(
      long,
    );
    const fits = 4096 - base64urlEncode(utf8Encode(`{"alg":"Ed25519","kid":"license-1","typ":"${TYPE}"}`)).length - 1;
    expect((await sign({ payload: payloadOf(fits) })).length).toBe(4096 + 87);
    expect(await codeOfAsync(() => sign({ payload: payloadOf(fits + 2) }))).toBe('ERR_SIGN_INPUT_SIZE');
  });
});

describe('whose signature counts', () => {
  test('the question to the registry names kid, purpose, chain and bounds', async () => {
    const resolver = resolverOf({ signer: one });
    const bounds = { chain: 'log.example.com', earliest: '2026-01-01T00:00:00.000Z', latest: '2026-02-01T00:00:00.000Z' };
    const document = await verifyDocument(await sign(), policy({ resolver, ...bounds }));
    expect(resolver.queries).toEqual([{ kid: 'license-1', purpose: 'license', ...bounds }]);
    expect(document.signatures[0]!.time).toBe('bounded');
  });

  test.each(['not-yet-valid', 'expired', 'revoked', 'compromised', 'wrong-purpose', 'wrong-chain'] as const)(
    'a key that is %s does not',
    async (distrust) => {
      const resolver = resolverOf({ signer: one, distrust });
      const promise = verifyDocument(await sign(), policy({ resolver }));
      await expect(promise).rejects.toMatchObject({ code: 'ERR_SIGNER_UNTRUSTED', actual: `license-1: ${distrust}` });
    },
  );

  test('a document for another purpose, of another type or by an unknown key is refused', async () => {
    const purposes: Purpose[] = ['approval', 'registry-root'];
    for (const purpose of purposes)
      expect(await codeOfAsync(async () => verifyDocument(await sign(), policy({ purpose })))).toBe('ERR_SIGNER_UNTRUSTED');
    expect(await codeOfAsync(async () => verifyDocument(await sign(), policy({ type: DOCUMENT_TYPES.approval })))).toBe(
      'ERR_DOCUMENT_TYPE',
    );
    const resolver = resolverOf({ signer: two });
    await expect(verifyDocument(await sign(), policy({ resolver }))).rejects.toMatchObject({
      code: 'ERR_SIGNER_UNTRUSTED',
      actual: 'license-1: unknown',
    });
  });

  test('a kid that the registry has for another key or algorithm is refused, even beside a good signature', async () => {
    const impostor = fixedSigner('license-2', 77);
    const bytes = await sign({ signers: [one, impostor], form: 'general' });
    expect(await codeOfAsync(() => verifyDocument(bytes, policy()))).toBe('ERR_DOCUMENT_SIGNATURE');
    const resolver = resolverOf({ signer: one }, { signer: two, distrust: 'expired' });
    expect(await codeOfAsync(() => verifyDocument(bytes, policy({ resolver })))).toBe('ERR_DOCUMENT_SIGNATURE');
    const p256 = freshSigner('license-1', 'ES256');
    expect(await codeOfAsync(async () => verifyDocument(await sign({ signers: [p256] }), policy()))).toBe('ERR_DOCUMENT_ALGORITHM');
    const wrong = resolverOf({ signer: one, algorithm: 'ES256' });
    expect(await codeOfAsync(async () => verifyDocument(await sign(), policy({ resolver: wrong })))).toBe('ERR_DOCUMENT_ALGORITHM');
  });

  test('signatures by keys that nobody knows are passed over', async () => {
    const stranger = fixedSigner('stranger', 50);
    const bytes = await sign({ signers: [stranger, one], form: 'general' });
    expect((await verifyDocument(bytes, policy())).signatures.map(({ kid }) => kid)).toEqual(['license-1']);
  });

  test('k of n counts keys by thumbprint, not kids', async () => {
    const again = new TestSigner('license-1b', one.privateKey, one.publicKey);
    const resolver = resolverOf({ signer: one }, { signer: again }, { signer: two });
    const bytes = await sign({ signers: [one, again], form: 'general' });
    expect(await codeOfAsync(() => verifyDocument(bytes, policy({ resolver, threshold: 2 })))).toBe('ERR_DOCUMENT_THRESHOLD');
    const both = await sign({ signers: [one, again, two], form: 'general' });
    expect((await verifyDocument(both, policy({ resolver, threshold: 2 }))).signatures).toHaveLength(3);
    expect(await codeOfAsync(() => verifyDocument(both, policy({ resolver, threshold: 3 })))).toBe('ERR_DOCUMENT_THRESHOLD');
  });

  test('and operators where that is asked', async () => {
    const bytes = await sign({ signers: [one, two, three], form: 'general' });
    const same = resolverOf({ signer: one, operator: 'a' }, { signer: two, operator: 'a' }, { signer: three, operator: 'b' });
    expect((await verifyDocument(bytes, policy({ resolver: same, threshold: 3, operators: 2 }))).signatures).toHaveLength(3);
    expect(await codeOfAsync(() => verifyDocument(bytes, policy({ resolver: same, operators: 3 })))).toBe('ERR_DOCUMENT_THRESHOLD');
  });

  test('an expired signature neither counts nor spoils the others', async () => {
    const resolver = resolverOf({ signer: one }, { signer: two, distrust: 'expired' });
    const bytes = await sign({ signers: [one, two], form: 'general' });
    expect((await verifyDocument(bytes, policy({ resolver }))).signatures.map(({ kid }) => kid)).toEqual(['license-1']);
    expect(await codeOfAsync(() => verifyDocument(bytes, policy({ resolver, threshold: 2 })))).toBe('ERR_DOCUMENT_THRESHOLD');
    expect((await inspectDocument(bytes, policy({ resolver }))).signatures).toMatchObject([
      { status: 'trusted', kid: 'license-1' },
      { status: 'untrusted', kid: 'license-2', reason: 'expired' },
    ]);
  });

  test('a threshold that is no count is a programmer’s error', async () => {
    for (const threshold of [0, -1, 1.5, Number.NaN])
      await expect(verifyDocument(await sign(), policy({ threshold }))).rejects.toThrow(RangeError);
    await expect(verifyDocument(await sign(), policy({ operators: -1 }))).rejects.toThrow(RangeError);
  });
});

describe('bytes and policy', () => {
  test('may be changed as soon as the call has returned its promise', async () => {
    for (const form of ['compact', 'general'] as const) {
      const bytes = await sign({ form });
      const conditions = { ...policy() };
      const promise = verifyDocument(bytes, conditions);
      bytes.fill(0);
      conditions.type = DOCUMENT_TYPES.approval;
      expect((await promise).value).toEqual(PAYLOAD);
    }
  });

  test('parseDocument says what stands there and verifies nothing', async () => {
    const { form, type, signatures } = parseDocument(await sign({ signers: [one, two], form: 'general' }));
    expect({ form, type }).toEqual({ form: 'general', type: TYPE });
    expect(signatures.map(({ header }) => header)).toEqual([
      { alg: 'Ed25519', kid: 'license-1', typ: TYPE },
      { alg: 'Ed25519', kid: 'license-2', typ: TYPE },
    ]);
  });
});
