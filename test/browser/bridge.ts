import * as crypto from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { verifySignature } from '../../packages/proof-core/src/node/signature.ts';
import { decode, encode, type Keys } from './stand-in/codec.ts';

type Callable = (...args: never[]) => unknown;

const { createPrivateKey, createPublicKey, generateKeyPairSync, hash, privateEncrypt, sign, verify } = crypto;

/** What a page may ask of Node. */
const MODULES: Readonly<Record<string, Readonly<Record<string, Callable>>>> = {
  'node:crypto': { createPrivateKey, createPublicKey, generateKeyPairSync, hash, privateEncrypt, sign, verify },
  'node:fs': { readFileSync },
  'node:path': { dirname, join, resolve },
  'node:url': { fileURLToPath, pathToFileURL },
  verifySignature: { verifySignature },
  KeyObject: { export: (key: crypto.KeyObject, options: never) => key.export(options) },
};

/** Answers the calls of one page; keys stay here and go by number. */
export function makeBridge(): (body: string) => string {
  const held: crypto.KeyObject[] = [];
  const keys: Keys = {
    idOf: (value) => (value instanceof crypto.KeyObject ? held.push(value) - 1 : undefined),
    byId: (id) => held[id],
  };
  return (body) => {
    const { module, name, args } = JSON.parse(body) as { module: string; name: string; args: unknown };
    const callable = MODULES[module]?.[name];
    if (callable === undefined) return JSON.stringify({ unknown: true });
    try {
      const given = decode(args, keys, (list) => Buffer.from(list)) as never[];
      return JSON.stringify({ value: encode(callable(...given), keys) });
    } catch (error) {
      const { message = String(error), code } = error as { message?: string; code?: string };
      return JSON.stringify({ error: { message, code } });
    }
  };
}
