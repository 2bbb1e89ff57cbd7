/** A JSON value in a vector. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** One input with what it must give: a result, or the failure class (an error code). */
export interface Vector {
  /** Unique in its file; a few words. */
  readonly name: string;
  /** Why it is here: the rule it holds to or breaks. */
  readonly comment: string;
  readonly input: { readonly [name: string]: Json };
  readonly result?: Json;
  readonly error?: string;
}

/** A file of vectors for one operation. */
export interface VectorFile {
  /** File name without `.json`. */
  readonly name: string;
  /** What the operation is, which members `input` has and what `result` is. */
  readonly about: string;
  /** The normative page or specification. */
  readonly specification: string;
  readonly vectors: readonly Vector[];
}

/** Characters that a reader of the file would not see or could take for others. */
const UNCLEAR = /[^\x20-\x7e\n\u2014\p{L}\p{So}\p{Sc}]/gu;
const escapeUnits = (text: string): string =>
  Array.from({ length: text.length }, (_, i) => `\\u${text.charCodeAt(i).toString(16).padStart(4, '0')}`).join('');

/** The file as it lies in `docs/vectors`: one vector after the other, readable in a diff. */
export function formatVectors({ about, specification, vectors }: VectorFile): string {
  const text = JSON.stringify({ format: 'countersign/vectors@1', about, specification, vectors }, null, 2);
  return `${text.replaceAll(UNCLEAR, escapeUnits)}\n`;
}

/** A vector that must succeed. */
export function good(name: string, comment: string, input: Vector['input'], result: Json): Vector {
  return { name, comment, input, result };
}

/** A vector that must be refused with this code. */
export function bad(name: string, comment: string, input: Vector['input'], error: string): Vector {
  return { name, comment, input, error };
}

/** Bytes as a member of an input: `text` where they are UTF-8, `hex` otherwise. */
export function bytesMember(bytes: Uint8Array): { readonly text: string } | { readonly hex: string } {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  return Buffer.from(text).equals(bytes) ? { text } : { hex: Buffer.from(bytes).toString('hex') };
}
