import { refuse } from '../errors.ts';

// 2^64 has 20 digits: what the C2SP formats can carry is read whole before it is refused as too large.
const DECIMAL = /^(?:0|[1-9][0-9]{0,19})$/;

/**
 * Reads a size or index from text, strictly: decimal digits, no sign, no leading zero, below 2^53.
 *
 * @param text as it stands in a file
 * @param field what to call the number in an error
 * @throws ProofError ERR_DECIMAL when the text has another form, ERR_TREE_SIZE when the number is 2^53 or more
 * @example parseSize('17', 'size') // 17
 */
export function parseSize(text: string, field: string): number {
  if (!DECIMAL.test(text)) refuse('ERR_DECIMAL', field, 'decimal digits without a leading zero', `${text.length} other characters`);
  // BigInt: a double would round numbers above 2^53 into other, valid ones.
  const value = BigInt(text);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) refuseSize(field, text);
  return Number(value);
}

/**
 * Refuses a tree size that is not an integer from 0 to 2^53 − 1.
 *
 * @param size any number
 * @param field what to call the number in an error
 * @throws ProofError ERR_TREE_SIZE
 * @example checkSize(2 ** 53, 'size') // throws
 */
export function checkSize(size: number, field: string): void {
  if (!Number.isSafeInteger(size) || size < 0) refuseSize(field, String(size));
}

/**
 * Refuses a leaf index that is not inside a tree of `size` leaves.
 *
 * @param index any number; the first leaf is 0
 * @param size leaves in the tree
 * @throws ProofError ERR_TREE_SIZE, ERR_INDEX
 * @example checkIndex(3, 3) // throws
 */
export function checkIndex(index: number, size: number): void {
  checkSize(size, 'size');
  if (Number.isSafeInteger(index) && index >= 0 && index < size) return;
  refuse('ERR_INDEX', 'index', `an index below the tree size ${size}`, index);
}

function refuseSize(field: string, actual: string): never {
  refuse('ERR_TREE_SIZE', field, 'an integer from 0 to 2^53 - 1', actual);
}
