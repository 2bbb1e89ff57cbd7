import { ProofError } from '../../src/errors.ts';

/** What a call came to, in a form that two calls can be compared by: the text of its bytes, or its error's code and field. */
export function outcome(call: () => Uint8Array): string {
  try {
    return Buffer.from(call()).toString('utf8');
  } catch (error) {
    if (!(error instanceof ProofError)) throw error;
    return `${error.code} ${error.field}`;
  }
}

/** The code of the ProofError that a call throws; `none` if it throws nothing. */
export function codeOf(call: () => unknown): string {
  try {
    call();
    return 'none';
  } catch (error) {
    if (error instanceof ProofError) return error.code;
    throw error;
  }
}

export const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
export const utf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
export const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
