import * as mlDsa from '@noble/post-quantum/ml-dsa.js';
import { expect, test } from 'vitest';
import { base64urlEncode } from '../../src/bytes/base64.ts';
import { engine as nodeEngine } from '../../src/node/engine.ts';
import { engine as portableEngine } from '../../src/engine/portable.ts';
import { importPublicKey } from '../../src/key/import.ts';
import { withMlDsa } from '../../src/key/ml-dsa.ts';
import { fixedSigner } from '../document/keys.ts';

const { publicKey: PUB, secretKey } = mlDsa.ml_dsa65.keygen(new Uint8Array(32).fill(3));
const KEY = importPublicKey({ kty: 'AKP', alg: 'ML-DSA-65', pub: base64urlEncode(PUB) });
const MESSAGE = Uint8Array.of(1, 2, 3);
const SIGNATURE = mlDsa.ml_dsa65.sign(MESSAGE, secretKey, { extraEntropy: false });

test.each([nodeEngine, portableEngine])('the module verifies ML-DSA-65; the $name engine does the rest', async (engine) => {
  const extended = withMlDsa(engine, mlDsa);
  expect(await extended.verify(KEY, MESSAGE, SIGNATURE)).toBe(true);
  expect(await extended.verify(KEY, Uint8Array.of(1, 2, 4), SIGNATURE)).toBe(false);
  const changed = SIGNATURE.slice();
  changed[9]! ^= 1;
  expect(await extended.verify(KEY, MESSAGE, changed)).toBe(false);
  const signer = fixedSigner('k', 1);
  const signature = await signer.sign({ purpose: 'license', bytes: MESSAGE });
  expect(await extended.verify(signer.publicKey, MESSAGE, signature)).toBe(true);
  expect(extended.sha256Hex(MESSAGE)).toBe(engine.sha256Hex(MESSAGE));
});

test('a second module adds to the first', async () => {
  const extended = withMlDsa(withMlDsa(nodeEngine, { ml_dsa65: mlDsa.ml_dsa65 }), { ml_dsa44: mlDsa.ml_dsa44 });
  expect(Object.keys(extended.mlDsa!).sort()).toEqual(['ml_dsa44', 'ml_dsa65']);
  expect(await extended.verify(KEY, MESSAGE, SIGNATURE)).toBe(true);
});

test('a signature of another length never reaches the module; one that throws, or says anything but true, has said no', async () => {
  const failing = withMlDsa(nodeEngine, {
    ml_dsa65: {
      verify: () => {
        throw new Error('bad encoding');
      },
    },
  });
  expect(await failing.verify(KEY, MESSAGE, SIGNATURE.subarray(1))).toBe(false);
  expect(await failing.verify(KEY, MESSAGE, SIGNATURE)).toBe(false);
  const late = withMlDsa(nodeEngine, { ml_dsa65: { verify: (() => Promise.resolve(true)) as never } });
  expect(await late.verify(KEY, MESSAGE, SIGNATURE)).toBe(false);
});

test('raw bytes are an ML-DSA-65 key only where the caller says so', () => {
  expect(importPublicKey(PUB, { algorithm: 'ML-DSA-65' })).toEqual(KEY);
  expect(importPublicKey(PUB, { format: 'raw' })).toEqual(KEY);
  expect(() => importPublicKey(PUB)).toThrow('key: expected PEM');
});
