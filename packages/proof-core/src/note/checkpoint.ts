import { base64Decode, base64Encode } from '../bytes/base64.ts';
import { equalBytes } from '../bytes/compare.ts';
import { utf8Decode, utf8Encode } from '../bytes/utf8.ts';
import { EMPTY_ROOT, checkHash } from '../merkle/hash.ts';
import { refuse } from '../errors.ts';
import { checkSize, parseSize } from '../merkle/size.ts';
import { hasControl } from './text.ts';

/** The state of a log: what its key signs (C2SP tlog-checkpoint). */
export interface Checkpoint {
  /** The log's name: not empty, no control character. */
  readonly origin: string;
  /** Leaves in the tree, 0 to 2^53 − 1. */
  readonly size: number;
  /** 32 bytes. */
  readonly root: Uint8Array;
  /** Lines after the root, which cosignatures of newer types do not cover; our own logs have none. */
  readonly extensions?: readonly string[];
}

/**
 * Writes the text of a checkpoint, ready to be signed.
 *
 * @param checkpoint origin, size in leaves, root of 32 bytes, perhaps extension lines
 * @returns origin, size and base64 root, each on a line, then the extension lines
 * @throws ProofError ERR_CHECKPOINT, ERR_TREE_SIZE, ERR_HASH_LENGTH, ERR_UTF8
 * @example formatCheckpoint({ origin: 'example.com/log', size: 0, root: EMPTY_ROOT })
 */
export function formatCheckpoint(checkpoint: Checkpoint): Uint8Array {
  const { origin, size, root, extensions = [] } = checkpoint;
  checkLine(origin, 'origin');
  checkSize(size, 'size');
  checkHash(root, 'root');
  checkEmptyRoot(size, root);
  extensions.forEach((line, i) => checkLine(line, `extensions[${i}]`));
  return utf8Encode(`${[origin, String(size), base64Encode(root), ...extensions].join('\n')}\n`);
}

/**
 * Reads the text of a checkpoint, strictly: what `formatCheckpoint` writes and nothing else (C2SP tlog-checkpoint).
 *
 * @param textBytes the text of a note, to its last line feed
 * @param options `extensions: true` allows lines after the root, as other people's logs may have them
 * @throws ProofError ERR_CHECKPOINT, ERR_DECIMAL, ERR_TREE_SIZE, ERR_BASE64, ERR_UTF8
 * @example parseCheckpoint((await verifyNote(bytes, keys)).textBytes).size // 17
 */
export function parseCheckpoint(textBytes: Uint8Array, options: { readonly extensions?: boolean } = {}): Checkpoint {
  const lines = utf8Decode(textBytes, 'checkpoint').split('\n');
  if (lines.pop() !== '' || lines.length < 3)
    refuse('ERR_CHECKPOINT', 'checkpoint', 'three lines, each ending in a line feed', 'another shape');
  const [origin, size, root, ...extensions] = lines as [string, string, string, ...string[]];
  if (extensions.length > 0 && options.extensions !== true) {
    refuse('ERR_CHECKPOINT', 'extensions', 'no line after the root', `${extensions.length} lines`);
  }
  const parsed: Checkpoint = {
    origin,
    size: parseSize(size, 'size'),
    root: base64Decode(root, 'root'),
    ...(extensions.length > 0 ? { extensions } : {}),
  };
  if (parsed.root.length !== 32) refuse('ERR_CHECKPOINT', 'root', '32 bytes', parsed.root.length);
  // Writing it again checks the lines, and that this text is the only one with this meaning.
  if (!equalBytes(formatCheckpoint(parsed), textBytes)) refuse('ERR_CHECKPOINT', 'checkpoint', 'the one strict form', 'another');
  return parsed;
}

function checkLine(line: string, field: string): void {
  if (line === '' || hasControl(line))
    refuse('ERR_CHECKPOINT', field, 'a line of text without control characters', `${line.length} characters`);
}

function checkEmptyRoot(size: number, root: Uint8Array): void {
  if (size === 0 && !equalBytes(root, EMPTY_ROOT)) refuse('ERR_CHECKPOINT', 'root', 'SHA-256 of nothing for size 0', 'another root');
}
