import { readFileSync } from 'node:fs';
import { hexDecode } from '../../src/bytes/hex.ts';

/** A vector as it lies in docs/vectors: an input with its result or its failure class. */
export interface ReadVector {
  readonly name: string;
  readonly comment: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- each file says in `about` which members there are
  readonly input: Record<string, any>;
  readonly result?: unknown;
  readonly error?: string;
}

/** The vectors of a file. */
export function readVectors(name: string): readonly ReadVector[] {
  const file = new URL(`../../../../docs/vectors/${name}.json`, import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { vectors: readonly ReadVector[] }).vectors;
}

/** The bytes of an input: `text` as UTF-8, or `hex`. */
export function bytesOf({ text, hex }: Record<string, unknown>): Uint8Array {
  return typeof text === 'string' ? new TextEncoder().encode(text) : hexDecode(String(hex));
}

/** What an operation gives for a vector, in the vector's own terms. */
export async function outcomeOf(run: () => unknown): Promise<{ result: unknown } | { error: unknown }> {
  try {
    return { result: await run() };
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === undefined) throw error;
    return { error: code };
  }
}
