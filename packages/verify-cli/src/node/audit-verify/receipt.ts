import { readFile } from 'node:fs/promises';
import { inspectReceipt } from '@countersign/audit-chain/verify/receipt/inspect';
import { CliError } from '../errors.ts';
import { EXIT } from '../command/exit.ts';
import { printReport } from './print.ts';
import { readSigners, trustOptions } from './trust.ts';

/** The most bytes that a receipt can have: a record, a proof, a note. */
const MAX_BYTES = 1 << 20;

/** Runs `audit-verify receipt FILE`; gives the exit code. */
export async function verifyReceiptFile(
  path: string,
  flags: { readonly signers?: string; readonly chain?: string; readonly json?: boolean },
): Promise<number> {
  const registry = await readSigners(flags.signers);
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    process.stderr.write(`${path}: cannot be read (${(error as NodeJS.ErrnoException).code})\n`);
    return EXIT.unreachable;
  }
  if (bytes.length > MAX_BYTES)
    throw new CliError('ERR_CLI_FILE', `${path}: expected a receipt of at most ${MAX_BYTES} bytes, got ${bytes.length}`, 'FILE');
  const options = { ...trustOptions(registry), ...(flags.chain === undefined ? {} : { chain: flags.chain }) };
  return printReport(await inspectReceipt(bytes, options), flags.json === true);
}
