import { isUtf8 } from 'node:buffer';
import type { Engine } from '../engine/engine.ts';
import { canonicalize } from './canonicalize.ts';
import { hasher, leafHex, leafInto, nodeInto, nodesInto, sha256, sha256Hex } from './hash.ts';
import { recordLines } from './record-lines.ts';
import { verifySignature } from './signature.ts';

/** Node's own cryptography and Buffer. */
export const engine: Engine = {
  name: 'node',
  sha256,
  sha256Hex,
  hasher,
  leafHex,
  leafInto,
  nodeInto,
  nodesInto,
  isUtf8: (bytes, start, end) => isUtf8(bytes.subarray(start, end)),
  recordLines,
  canonicalize,
  verify: verifySignature,
};
