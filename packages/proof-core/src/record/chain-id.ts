import { ProofError } from '../errors.ts';

const CHAIN_ID = /^[a-z0-9.-]+(?::[0-9]+)?(?:\/[A-Za-z0-9._~-]+)*$/;
const DOT_SEGMENT = /(?:^|\/)\.{1,2}(?:\/|$)/;

/**
 * Tells whether text is a chain id, which is also the origin of the chain's checkpoints (architecture §3.1): a schema-less URL of at most
 * 200 characters, without a `.` or `..` segment, so that it may serve as a path.
 *
 * @param text any text
 * @example isChainId('log.example.com/audit') // true
 */
export function isChainId(text: string): boolean {
  return text.length <= 200 && CHAIN_ID.test(text) && !DOT_SEGMENT.test(text);
}

/**
 * Takes text as a chain id or refuses it.
 *
 * @param text any text
 * @param field what to call the text in an error
 * @returns the text
 * @throws ProofError ERR_CHAIN_ID
 * @example parseChainId('log.example.com/audit')
 */
export function parseChainId(text: string, field = 'chain'): string {
  if (isChainId(text)) return text;
  const expected = 'a chain id such as log.example.com/audit, at most 200 characters';
  throw new ProofError('ERR_CHAIN_ID', `${field}: expected ${expected}`, { field, expected, actual: `${text.length} characters` });
}
