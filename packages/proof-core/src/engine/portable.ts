import { canonicalize } from '../json/canonicalize.ts';
import { isUtf8 } from '../json/utf8-check.ts';
import { verifySignature } from '../key/verify.ts';
import type { Engine } from './engine.ts';
import { hasher, leafHex, leafInto, nodeInto, nodesInto, sha256, sha256Hex } from './portable-hash.ts';

/** Portable code only: what a browser runs, and the second opinion in Node. */
export const engine: Engine = {
  name: 'portable',
  sha256,
  sha256Hex,
  hasher,
  leafHex,
  leafInto,
  nodeInto,
  nodesInto,
  isUtf8,
  canonicalize,
  verify: verifySignature,
};
