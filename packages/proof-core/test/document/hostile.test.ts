import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { base64urlEncode } from '../../src/bytes/base64.ts';
import { utf8Decode, utf8Encode } from '../../src/bytes/utf8.ts';
import { DOCUMENT_MAX_BYTES, parseDocument } from '../../src/document/parse.ts';
import { signDocument } from '../../src/document/sign.ts';
import { DOCUMENT_TYPES } from '../../src/document/types.ts';
import { inspectDocument, verifyDocument } from '../../src/document/verify.ts';
import { codeOf, codeOfAsync } from '../merkle/refused.ts';
import { fixedSigner, resolverOf } from './keys.ts';

const TYPE = DOCUMENT_TYPES.license;
const one = fixedSigner('license-1', 1);
const two = fixedSigner('license-2', 2);
const POLICY = { type: TYPE, purpose: 'license', resolver: resolverOf({ signer: one }, { signer: two }) } as const;
const request = { type: TYPE, purpose: 'license', payload: { sku: 'a' }, signers: [one], form: 'compact' } as const;
const COMPACT = utf8Decode(await signDocument(request));
const GENERAL = utf8Decode(await signDocument({ ...request, signers: [one, two], form: 'general' }));
const [HEADER, PAYLOAD, SIGNATURE] = COMPACT.split('.') as [string, string, string];

const text64 = (text: string): string => base64urlEncode(utf8Encode(text));
/** A compact document with this header, signed by the right key. */
async function withHeader(header: string, payload = '{"sku":"a"}'): Promise<Uint8Array> {
  const input = `${text64(header)}.${text64(payload)}`;
  return utf8Encode(`${input}.${base64urlEncode(await one.sign({ purpose: 'license', bytes: utf8Encode(input) }))}`);
}
/** The general form with some change, written canonically or not. */
function general(change: (document: { payload: unknown; signatures: Record<string, unknown>[] }) => unknown): Uint8Array {
  const document = JSON.parse(GENERAL) as { payload: unknown; signatures: Record<string, unknown>[] };
  return utf8Encode(`${JSON.stringify(change(document) ?? document)}\n`);
}

describe('a protected header is refused when it', () => {
  const typ = `"typ":"${TYPE}"`;
  test.each([
    ['has another order', `{"kid":"license-1","alg":"Ed25519",${typ}}`],
    ['has a space', `{"alg": "Ed25519","kid":"license-1",${typ}}`],
    ['has crit', `{"alg":"Ed25519","crit":["exp"],"kid":"license-1",${typ}}`],
    ['has b64', `{"alg":"Ed25519","b64":true,"kid":"license-1",${typ}}`],
    ['carries its own key', `{"alg":"Ed25519","jwk":{},"kid":"license-1",${typ}}`],
    ['has cty', `{"alg":"Ed25519","cty":"json","kid":"license-1",${typ}}`],
    ['names alg twice', `{"alg":"Ed25519","alg":"Ed25519","kid":"license-1",${typ}}`],
    ['lacks kid', `{"alg":"Ed25519",${typ}}`],
    ['lacks typ', `{"alg":"Ed25519","kid":"license-1"}`],
    ['lacks alg', `{"kid":"license-1",${typ}}`],
    ['says none', `{"alg":"none","kid":"license-1",${typ}}`],
    ['says EdDSA', `{"alg":"EdDSA","kid":"license-1",${typ}}`],
    ['says HS256', `{"alg":"HS256","kid":"license-1",${typ}}`],
    ['says ed25519', `{"alg":"ed25519","kid":"license-1",${typ}}`],
    ['has an alg that is no text', `{"alg":["Ed25519"],"kid":"license-1",${typ}}`],
    ['has an empty kid', `{"alg":"Ed25519","kid":"",${typ}}`],
    ['has a kid with a space', `{"alg":"Ed25519","kid":"a b",${typ}}`],
    ['has a kid of 201 characters', `{"alg":"Ed25519","kid":"${'k'.repeat(201)}",${typ}}`],
    ['has a kid that is no text', `{"alg":"Ed25519","kid":1,${typ}}`],
    ['has an unknown typ', `{"alg":"Ed25519","kid":"license-1","typ":"JWT"}`],
    ['has a typ without application/', `{"alg":"Ed25519","kid":"license-1","typ":"vnd.countersign.license+jws"}`],
    ['has a typ in capitals', `{"alg":"Ed25519","kid":"license-1","typ":"${TYPE.toUpperCase()}"}`],
    ['is an array', `["Ed25519"]`],
    ['is no JSON', `{"alg"`],
    ['is empty', ``],
  ])('%s, though its signature is good', async (_, header) => {
    expect(codeOf(() => parseDocument(utf8Encode(COMPACT.replace(HEADER, text64(header)))))).toBe('ERR_DOCUMENT_HEADER');
    expect(await codeOfAsync(async () => verifyDocument(await withHeader(header), POLICY))).toBe('ERR_DOCUMENT_HEADER');
  });
});

describe('a payload is refused when it', () => {
  const header = `{"alg":"Ed25519","kid":"license-1","typ":"${TYPE}"}`;
  test.each([
    ['has a fraction', '{"a":0.5}', 'ERR_DOCUMENT_PAYLOAD'],
    ['has a fraction deep down', '{"a":[{"b":[1,2,1.5]}]}', 'ERR_DOCUMENT_PAYLOAD'],
    ['has an integer beyond 2^53 − 1', '{"a":9007199254740992}', 'ERR_NOT_CANONICAL'],
    ['has an exponent', '{"a":1e+21}', 'ERR_NOT_CANONICAL'],
    ['is not an object', '[1]', 'ERR_DOCUMENT_PAYLOAD'],
    ['has a space', '{"a": 1}', 'ERR_NOT_CANONICAL'],
    ['has another order', '{"b":1,"a":1}', 'ERR_NOT_CANONICAL'],
    ['has a key twice', '{"a":1,"a":1}', 'ERR_NOT_CANONICAL'],
    ['has a line feed behind it', '{"a":1}\n', 'ERR_NOT_CANONICAL'],
    ['has a byte order mark', '\ufeff{"a":1}', 'ERR_NOT_CANONICAL'],
    ['has 65 levels', `{"a":${'['.repeat(64)}${']'.repeat(64)}}`, 'ERR_NOT_CANONICAL'],
    ['is empty', '', 'ERR_NOT_CANONICAL'],
  ])('%s, though its signature is good', async (_, payload, code) => {
    expect(await codeOfAsync(async () => verifyDocument(await withHeader(header, payload), POLICY))).toBe(code);
  });
});

describe('a compact document is refused with', () => {
  test.each([
    ['a line feed behind it', `${COMPACT}\n`],
    ['a space before it', ` ${COMPACT}`],
    ['padding', `${COMPACT}==`],
    ['two parts', `${HEADER}.${PAYLOAD}`],
    ['four parts', `${COMPACT}.`],
    ['five parts, as encrypted ones have', `${COMPACT}.a.b`],
    ['no payload', `${HEADER}..${SIGNATURE}`],
    ['no signature', `${HEADER}.${PAYLOAD}.`],
    ['standard base64', `${HEADER}.${PAYLOAD}.${SIGNATURE.replaceAll('-', '+').replaceAll('_', '/')}`],
    ['bits behind the last byte of the signature', `${HEADER}.${PAYLOAD}.${SIGNATURE.slice(0, -1)}${SIGNATURE.endsWith('A') ? 'B' : 'x'}`],
    ['a percent sign', COMPACT.replace('.', '%2E')],
    ['a quote around it', `"${COMPACT}"`],
    ['nothing', ''],
    ['dots', '..'],
    ['a letter beyond ASCII', `${COMPACT}é`],
  ])('%s', async (_, text) => {
    expect(await codeOfAsync(() => verifyDocument(utf8Encode(text), POLICY))).toBeDefined();
  });

  test('any byte changed, left out or doubled', async () => {
    const bytes = utf8Encode(COMPACT);
    for (let i = 0; i < bytes.length; i += 2) {
      const variants = [
        bytes.with(i, bytes[i]! ^ 1),
        bytes.with(i, 0xff),
        Uint8Array.of(...bytes.subarray(0, i), ...bytes.subarray(i + 1)),
      ];
      for (const bad of variants) expect(await codeOfAsync(() => verifyDocument(bad, POLICY)), `byte ${i}`).toBeDefined();
    }
  });

  test('invalid UTF-8 and more than 16 MiB', () => {
    expect(codeOf(() => parseDocument(Uint8Array.of(0xff)))).toBe('ERR_UTF8');
    expect(codeOf(() => parseDocument(new Uint8Array(DOCUMENT_MAX_BYTES + 1)))).toBe('ERR_DOCUMENT_FORM');
  });

  test('a million dots, soon', () => {
    expect(codeOf(() => parseDocument(utf8Encode('.'.repeat(1e6))))).toBe('ERR_DOCUMENT_FORM');
  });
});

describe('a general document is refused with', () => {
  test.each<[string, Uint8Array, string]>([
    ['no line feed', utf8Encode(GENERAL.trimEnd()), 'ERR_DOCUMENT_FORM'],
    ['two line feeds', utf8Encode(`${GENERAL}\n`), 'ERR_NOT_CANONICAL'],
    ['a carriage return', utf8Encode(GENERAL.replace('\n', '\r\n')), 'ERR_NOT_CANONICAL'],
    ['a space', utf8Encode(GENERAL.replace(':', ': ')), 'ERR_NOT_CANONICAL'],
    ['an unknown member', general((d) => ({ ...d, x: 1 })), 'ERR_DOCUMENT_FORM'],
    [
      'an unprotected header',
      general((d) => ({
        payload: d.payload,
        signatures: d.signatures.map(({ protected: p, signature }) => ({ header: {}, protected: p, signature })),
      })),
      'ERR_DOCUMENT_FORM',
    ],
    ['the flattened form', general((d) => ({ payload: d.payload, ...d.signatures[0] })), 'ERR_DOCUMENT_FORM'],
    [
      'flattened members beside the list',
      general((d) => ({ payload: d.payload, protected: d.signatures[0]!['protected'], signature: 'AA', signatures: d.signatures })),
      'ERR_DOCUMENT_FORM',
    ],
    ['no signatures', general((d) => ({ ...d, signatures: [] })), 'ERR_DOCUMENT_FORM'],
    ['signatures that are no list', general((d) => ({ ...d, signatures: {} })), 'ERR_DOCUMENT_FORM'],
    ['65 signatures', general((d) => ({ ...d, signatures: Array.from({ length: 65 }, () => d.signatures[0]) })), 'ERR_DOCUMENT_FORM'],
    ['a payload that is no text', general((d) => ({ ...d, payload: { sku: 'a' } })), 'ERR_DOCUMENT_FORM'],
    ['a header that is no text', general((d) => ({ ...d, signatures: [{ protected: 1, signature: 'AA' }] })), 'ERR_DOCUMENT_FORM'],
    ['a signature without a header', general((d) => ({ ...d, signatures: [{ signature: 'AA' }] })), 'ERR_DOCUMENT_FORM'],
    ['a signature that is null', general((d) => ({ ...d, signatures: [null] })), 'ERR_DOCUMENT_FORM'],
    ['the same kid twice', general((d) => ({ ...d, signatures: [d.signatures[0], d.signatures[0]] })), 'ERR_DOCUMENT_HEADER'],
    [
      'signatures for two types',
      general((d) => ({
        ...d,
        signatures: [
          d.signatures[0],
          { protected: text64(`{"alg":"Ed25519","kid":"x","typ":"${DOCUMENT_TYPES.approval}"}`), signature: 'AA' },
        ],
      })),
      'ERR_DOCUMENT_HEADER',
    ],
    ['an open brace alone', utf8Encode('{'), 'ERR_DOCUMENT_FORM'],
  ])('%s', async (_, bytes, code) => {
    expect(await codeOfAsync(() => verifyDocument(bytes, POLICY))).toBe(code);
  });

  test('a signature swapped with another’s, or one flipped', async () => {
    const swapped = general((d) => {
      const [first, second] = d.signatures;
      return {
        ...d,
        signatures: [
          { ...first, signature: second!['signature'] },
          { ...second, signature: first!['signature'] },
        ],
      };
    });
    expect(await codeOfAsync(() => verifyDocument(swapped, POLICY))).toBe('ERR_DOCUMENT_SIGNATURE');
    const text = GENERAL.replace(/"signature":"./g, (part) => `${part.slice(0, -1)}${part.endsWith('A') ? 'B' : 'A'}`);
    expect(await codeOfAsync(() => verifyDocument(utf8Encode(text), POLICY))).toBe('ERR_DOCUMENT_SIGNATURE');
  });
});

test('inspectDocument never throws for bytes, and agrees with verifyDocument', async () => {
  const pieces = fc.constantFrom(COMPACT, GENERAL, HEADER, PAYLOAD, SIGNATURE, '.', '{', '"', 'A');
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 100 }),
    fc.array(pieces, { maxLength: 5 }).map((parts) => utf8Encode(parts.join(''))),
    fc
      .tuple(fc.constantFrom(COMPACT, GENERAL), fc.nat(600), fc.nat(255))
      .map(([text, at, byte]) => utf8Encode(text).with(at % text.length, byte)),
  );
  await fc.assert(
    fc.asyncProperty(bytes, async (input) => {
      const report = await inspectDocument(input, POLICY);
      expect(await codeOfAsync(() => verifyDocument(input, POLICY))).toBe(report.error?.code);
      expect(report.trusted).toBe(report.error === undefined);
    }),
    { numRuns: 150 },
  );
});

test('many signatures over a large payload hold no copy of it each', () => {
  const [first] = parseDocument(utf8Encode(GENERAL)).signatures;
  expect(first!.signingInput).toEqual(first!.signingInput);
  expect(first!.signingInput).not.toBe(first!.signingInput);
});

test('conditions that answer differently each time they are asked are read once', async () => {
  let asked = 0;
  const conditions = Object.defineProperty({ ...POLICY }, 'threshold', { enumerable: true, get: () => ++asked });
  await inspectDocument(utf8Encode(COMPACT), conditions);
  expect(asked).toBe(1);
});
