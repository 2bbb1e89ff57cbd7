import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concatBytes } from '@countersign/proof-core/bytes/compare';
import { base64urlEncode } from '@countersign/proof-core/bytes/base64';
import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { DOCUMENT_TYPES, type DocumentKind } from '@countersign/proof-core/document/types';
import { canonicalize } from '@countersign/proof-core/json/canonicalize';
import { EMPTY_ROOT } from '@countersign/proof-core/merkle/hash';
import { formatCheckpoint } from '@countersign/proof-core/note/checkpoint';
import type { Purpose } from '@countersign/proof-core/ports';
import { RegistryError } from '../../src/errors.ts';
import { PURPOSES } from '../../src/registry/purpose.ts';
import { readContent } from '../../src/signer/content.ts';
import { formatStatement, newNonce, parseStatement } from '../../src/signer/statement.ts';
import { CHAIN } from '../support/registries.ts';

const checkpoint = formatCheckpoint({ origin: CHAIN, size: 1, root: new Uint8Array(32).fill(7) });

function signingInput(kind: DocumentKind, payload: object = { a: 1 }, header: object = {}): Uint8Array {
  const protectedHeader = { alg: 'Ed25519', kid: 'k', typ: DOCUMENT_TYPES[kind], ...header };
  return utf8Encode(`${base64urlEncode(canonicalize(protectedHeader))}.${base64urlEncode(canonicalize(payload))}`);
}

function kindOf(purpose: Purpose, bytes: Uint8Array): string {
  try {
    return readContent(purpose, bytes).kind;
  } catch (error) {
    if (error instanceof RegistryError) return error.code;
    throw error;
  }
}

describe('what a signer is asked to sign', () => {
  test('is a checkpoint for a checkpoint key', () => {
    expect(readContent('checkpoint', checkpoint)).toMatchObject({ kind: 'checkpoint', checkpoint: { origin: CHAIN, size: 1 } });
  });

  test('is a document of its own kind for every other key', () => {
    const kinds = Object.keys(DOCUMENT_TYPES) as DocumentKind[];
    const accepted: Record<string, string[]> = {};
    for (const purpose of PURPOSES) {
      accepted[purpose] = kinds.filter((kind) => kindOf(purpose, signingInput(kind)) === 'document').sort();
    }
    expect(accepted).toEqual({
      approval: ['approval'],
      checkpoint: [],
      delivery: ['delivery'],
      ledger: ['ledger'],
      license: ['license'],
      publish: ['evidence', 'extract'],
      'registry-root': ['signers'],
      'revocation-list': ['revocation-list'],
      segment: ['evidence', 'extract', 'segment-manifest'],
      'sign-off': ['sign-off'],
      'sku-manifest': ['sku-manifest'],
    });
  });

  test('is never a checkpoint for a document key', () => {
    for (const purpose of PURPOSES) expect(kindOf(purpose, checkpoint)).toBe(purpose === 'checkpoint' ? 'checkpoint' : 'ERR_SIGN_CONTENT');
  });

  test.each([
    ['a checkpoint of nothing', formatCheckpoint({ origin: CHAIN, size: 0, root: EMPTY_ROOT })],
    ['a checkpoint with more lines', concatBytes(checkpoint, utf8Encode('extra\n'))],
    ['a checkpoint without its last line feed', checkpoint.slice(0, -1)],
    ['a bare digest', new Uint8Array(32).fill(9)],
    ['text', utf8Encode('{"license":1}')],
  ])('is refused for a checkpoint key where it is %s', (_, bytes) => {
    expect(kindOf('checkpoint', bytes)).toBe('ERR_SIGN_CONTENT');
  });

  test.each([
    [
      'a payload that is not canonical',
      utf8Encode(
        `${base64urlEncode(canonicalize({ alg: 'Ed25519', kid: 'k', typ: DOCUMENT_TYPES.license }))}.${base64urlEncode(utf8Encode('{ "a":1}'))}`,
      ),
    ],
    ['a header with more members', signingInput('license', {}, { crit: [] })],
    ['a polymorphic algorithm', signingInput('license', {}, { alg: 'EdDSA' })],
    ['three parts', concatBytes(signingInput('license'), utf8Encode('.AA'))],
    ['a fraction', signingInput('license', { price: 1.5 })],
    ['a bare digest', new Uint8Array(32).fill(9)],
  ])('is refused for a license key where it is %s', (_, bytes) => {
    expect(kindOf('license', bytes)).toBe('ERR_SIGN_CONTENT');
  });

  test('gets a code for any bytes at all', () => {
    fc.assert(
      fc.property(fc.constantFrom(...PURPOSES), fc.uint8Array({ maxLength: 200 }), (purpose, bytes) => {
        expect(kindOf(purpose, bytes)).toBe('ERR_SIGN_CONTENT');
      }),
    );
  });
});

describe('a statement', () => {
  const kid = fc.stringMatching(/^[A-Za-z0-9._~:@/+=-]{1,200}$/);
  const hex = fc.stringMatching(/^[0-9a-f]{64}$/);

  test('is read back as it was written, and is nothing else', () => {
    const statement = fc.oneof(
      fc.record({ type: fc.constant('probe' as const), kid, nonce: hex }),
      fc.record({ type: fc.constant('rotation' as const), from: kid, to: kid, registry: hex }),
    );
    fc.assert(
      fc.property(statement, (one) => {
        const bytes = formatStatement(one);
        expect(parseStatement(bytes)).toEqual(one);
        // Whatever follows it makes it no statement.
        expect(parseStatement(concatBytes(bytes, Uint8Array.of(0)))).toBeUndefined();
        for (const purpose of PURPOSES) expect(kindOf(purpose, bytes)).toBe('statement');
      }),
      { numRuns: 30 },
    );
  });

  test('has the bytes the specification shows', () => {
    const bytes = formatStatement({ type: 'probe', kid: 'log-1', nonce: '0'.repeat(64) });
    expect(new TextDecoder().decode(bytes)).toBe(`countersign/probe@1\0log-1\0${'0'.repeat(64)}`);
  });

  test('cannot be made of what is no kid and no digest', () => {
    expect(() => formatStatement({ type: 'probe', kid: 'a\0b', nonce: '0'.repeat(64) })).toThrow(TypeError);
    expect(() => formatStatement({ type: 'probe', kid: 'a', nonce: 'x' })).toThrow(TypeError);
  });

  test('has a fresh nonce each time', () => {
    expect(newNonce()).toMatch(/^[0-9a-f]{64}$/);
    expect(newNonce()).not.toBe(newNonce());
  });
});
