import { readFile } from 'node:fs/promises';
import { hexDecode, hexEncode } from '@countersign/proof-core/bytes/hex';
import { utf8Decode } from '@countersign/proof-core/bytes/utf8';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import { ProofError } from '@countersign/proof-core/errors';
import { parseJson } from '@countersign/proof-core/json/parse';
import type { HighWaterMark, Mark } from '@countersign/proof-core/ports';
import { advanceMark } from '../../append/advance-mark.ts';
import { ChainError } from '../../errors.ts';
import { replaceFile } from '../file/replace.ts';

const FORMAT = 'countersign/mark@1';

function broken(path: string, field: string, expected: string, cause?: unknown): ChainError {
  return new ChainError('ERR_MARK_STORE', `high-water mark ${path}: ${field}: expected ${expected}`, {
    field,
    expected,
    ...(cause === undefined ? {} : { cause }),
  });
}

function parseMark(path: string, bytes: Uint8Array): Mark {
  try {
    const { format, origin, root, size, ...unknown } = parseJson(bytes, 'high-water mark') as Record<string, unknown>;
    if (format !== FORMAT || Object.keys(unknown).length > 0) throw broken(path, 'format', FORMAT);
    if (typeof origin !== 'string') throw broken(path, 'origin', 'a chain id');
    if (!Number.isSafeInteger(size) || (size as number) < 1) throw broken(path, 'size', 'an integer of 1 or more');
    return { origin, root: hexDecode(String(root), 32, 'root'), size: size as number };
  } catch (error) {
    if (error instanceof ProofError) throw broken(path, error.field ?? 'file', 'a high-water mark', error);
    throw error;
  }
}

/**
 * The high-water mark of one chain in a file beside its key (docs/spec/log-directory.md).
 *
 * Each reservation has reached the disk when it resolves. The file is for one process: whoever opens the log holds its lock.
 *
 * @param path the file; its folder must exist
 * @example const mark = markFile('log/keys/high-water.json');
 */
export function markFile(path: string): HighWaterMark {
  let known: Mark | undefined;
  let last: Promise<unknown> = Promise.resolve();

  async function read(origin: string): Promise<Mark | undefined> {
    known ??= await readMark(path);
    if (known !== undefined && known.origin !== origin) throw broken(path, 'origin', origin);
    return known;
  }

  async function reserve(next: Mark, proof: readonly Uint8Array[]): Promise<void> {
    if (!advanceMark(await read(next.origin), next, proof)) return;
    const members = { format: FORMAT, origin: next.origin, root: hexEncode(next.root), size: next.size };
    try {
      await replaceFile(path, `${utf8Decode(defaultEngine.canonicalize(members))}\n`, 0o600);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOSPC')
        throw new ChainError('ERR_DISK_FULL', 'the disk is full', { field: 'high-water mark', cause });
      throw broken(path, 'file', 'a place to write', cause);
    }
    known = { ...next, root: next.root.slice() };
  }

  return {
    read,
    reserve(next, proof) {
      const turn = last.then(() => reserve(next, proof));
      last = turn.catch(() => {});
      return turn;
    },
  };
}

async function readMark(path: string): Promise<Mark | undefined> {
  try {
    return parseMark(path, await readFile(path));
  } catch (cause) {
    if (cause instanceof ChainError) throw cause;
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw broken(path, 'file', 'a readable file', cause);
  }
}
