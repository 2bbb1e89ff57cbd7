import * as mlDsa from '@noble/post-quantum/ml-dsa.js';
import { concatBytes } from '../../src/bytes/compare.ts';
import { type MlDsaModules, mlDsa44Key } from '../../src/key/ml-dsa.ts';
import { cosignatureKey } from '../../src/note/key.ts';
import type { NoteKey } from '../../src/note/key.ts';
import type { NoteSignature } from '../../src/note/note.ts';

/** The real module, in the shape `withMlDsa` takes. */
export const MODULES: MlDsaModules = mlDsa;

/** What C2SP tlog-cosignature says is signed, one field after the other. */
export interface Statement {
  readonly name: string;
  readonly time: bigint;
  readonly origin: string;
  readonly start?: bigint;
  readonly end: bigint;
  readonly root: Uint8Array;
}

/** An ML-DSA-44 cosigner, the same for the same number. */
export class MlDsaWitness {
  readonly key: NoteKey;
  readonly #secret: Uint8Array;

  constructor(name: string, seed: number) {
    const { publicKey, secretKey } = mlDsa.ml_dsa44.keygen(new Uint8Array(32).fill(seed));
    this.key = cosignatureKey(name, mlDsa44Key(publicKey));
    this.#secret = secretKey;
  }

  /** Signs a statement, with the time of its line given apart. */
  sign(statement: Statement, stamped: bigint = statement.time): NoteSignature {
    const signature = mlDsa.ml_dsa44.sign(statementBytes(statement), this.#secret, { extraEntropy: false });
    return { name: this.key.name, keyId: this.key.keyId, signature: concatBytes(u64(stamped), signature) };
  }
}

/** Written from the specification, not by the library. */
export function statementBytes({ name, time, origin, start = 0n, end, root }: Statement): Uint8Array {
  const label = Uint8Array.from('subtree/v1\n\0', (character) => character.charCodeAt(0));
  return concatBytes(label, opaque(name), u64(time), opaque(origin), u64(start), u64(end), root);
}

function opaque(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  return Uint8Array.of(bytes.length, ...bytes);
}

function u64(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 8 }, (_, i) => Number((value >> BigInt(56 - 8 * i)) & 255n));
}
