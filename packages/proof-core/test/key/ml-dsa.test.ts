import { expect, test } from 'vitest';
import { base64urlEncode } from '../../src/bytes/base64.ts';
import { engine as nodeEngine } from '../../src/node/engine.ts';
import { engine as portableEngine } from '../../src/engine/portable.ts';
import { importPublicKey } from '../../src/key/import.ts';
import { type MlDsaModule, withMlDsa } from '../../src/key/ml-dsa.ts';
import { fixedSigner } from '../document/keys.ts';

const PUB = new Uint8Array(1952).fill(7);
const KEY = importPublicKey({ kty: 'AKP', alg: 'ML-DSA-65', pub: base64urlEncode(PUB) });
const MESSAGE = Uint8Array.of(1, 2, 3);
const SIGNATURE = new Uint8Array(3309).fill(9);

test.each([nodeEngine, portableEngine])('the module gets signature, message and key; the $name engine does the rest', async (engine) => {
  const calls: (readonly Uint8Array[])[] = [];
  const module: MlDsaModule = {
    verify: (...args) => {
      calls.push(args);
      return true;
    },
  };
  const extended = withMlDsa(engine, module);
  expect(await extended.verify(KEY, MESSAGE, SIGNATURE)).toBe(true);
  expect(calls).toEqual([[SIGNATURE, MESSAGE, PUB]]);
  const signer = fixedSigner('k', 1);
  const signature = await signer.sign({ purpose: 'license', bytes: MESSAGE });
  expect(await extended.verify(signer.publicKey, MESSAGE, signature)).toBe(true);
  expect(extended.sha256Hex(MESSAGE)).toBe(engine.sha256Hex(MESSAGE));
  expect(calls).toHaveLength(1);
});

test('a signature of another length never reaches the module, and a module that throws has said no', async () => {
  const failing = withMlDsa(nodeEngine, {
    verify: () => {
      throw new Error('bad encoding');
    },
  });
  expect(await failing.verify(KEY, MESSAGE, SIGNATURE.subarray(1))).toBe(false);
  expect(await failing.verify(KEY, MESSAGE, SIGNATURE)).toBe(false);
});

test('raw bytes are an ML-DSA-65 key only where the caller says so', () => {
  expect(importPublicKey(PUB, { algorithm: 'ML-DSA-65' })).toEqual(KEY);
  expect(importPublicKey(PUB, { format: 'raw' })).toEqual(KEY);
  expect(() => importPublicKey(PUB)).toThrow('key: expected PEM');
});
