import { readFile } from 'node:fs/promises';
import { CliError } from '../errors.ts';

/** Far more than any of our small files has. */
const MAX_BYTES = 32 << 20;

/**
 * Reads the file that is judged; what cannot be read is said on standard error.
 *
 * @returns undefined when it cannot be read: exit code 14
 * @throws CliError ERR_CLI_FILE when it is too large to be one of ours
 */
export async function readSubject(path: string, maxBytes: number = MAX_BYTES): Promise<Uint8Array | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    process.stderr.write(`${path}: cannot be read (${(error as NodeJS.ErrnoException).code})\n`);
    return undefined;
  }
  if (bytes.length > maxBytes)
    throw new CliError('ERR_CLI_FILE', `${path}: expected a file of at most ${maxBytes} bytes, got ${bytes.length}`, 'FILE');
  return bytes;
}
