import { createHash } from 'node:crypto';
import { formatCheckpoint } from '@countersign/proof-core/note/checkpoint';
import type { Mark } from '@countersign/proof-core/ports';

const hash = (...parts: Uint8Array[]): Uint8Array => {
  const state = createHash('sha256');
  for (const part of parts) state.update(part);
  return new Uint8Array(state.digest());
};

/** The largest power of two below n. */
const split = (n: number): number => 2 ** Math.floor(Math.log2(n - 1));

/** MTH of RFC 6962 §2.1. */
function rootOf(leaves: readonly string[]): Uint8Array {
  if (leaves.length === 1) return hash(Uint8Array.of(0), Buffer.from(leaves[0]!));
  const k = split(leaves.length);
  return hash(Uint8Array.of(1), rootOf(leaves.slice(0, k)), rootOf(leaves.slice(k)));
}

/** SUBPROOF of RFC 6962 §2.1.2. */
function subproof(m: number, leaves: readonly string[], whole: boolean): Uint8Array[] {
  if (m === leaves.length) return whole ? [] : [rootOf(leaves)];
  const k = split(leaves.length);
  if (m <= k) return [...subproof(m, leaves.slice(0, k), whole), rootOf(leaves.slice(k))];
  return [...subproof(m - k, leaves.slice(k), false), rootOf(leaves.slice(0, k))];
}

/** A small log to be signed, straight from RFC 6962. */
export class TestLog {
  readonly leaves: string[] = [];
  readonly origin: string;

  constructor(origin: string, name = 'record') {
    this.origin = origin;
    for (let i = 0; i < 40; i++) this.leaves.push(`${name} ${i}`);
  }

  mark(size: number): Mark {
    return { origin: this.origin, size, root: rootOf(this.leaves.slice(0, size)) };
  }

  proof(from: number, to: number): Uint8Array[] {
    return subproof(from, this.leaves.slice(0, to), true);
  }

  checkpoint(size: number): Uint8Array {
    return formatCheckpoint(this.mark(size));
  }
}
