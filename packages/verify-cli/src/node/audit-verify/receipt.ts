import { inspectReceipt } from '@countersign/audit-chain/verify/receipt/inspect';
import { EXIT } from '../command/exit.ts';
import { readRequirements } from './options.ts';
import { readOutside } from './outside.ts';
import { printReport } from './print.ts';
import { readSubject } from './subject.ts';
import { type TrustFlags, readTrust } from './trust.ts';

/** The most bytes that a receipt can have: a record, a proof, a note. */
const MAX_BYTES = 1 << 20;

/** Runs `audit-verify receipt FILE`; gives the exit code. */
export async function verifyReceiptFile(
  path: string,
  flags: TrustFlags & { readonly chain?: string; readonly policy?: string; readonly require?: string; readonly json?: boolean },
): Promise<number> {
  const trust = await readTrust(flags);
  const required = flags.require === undefined ? {} : { require: readRequirements(flags.require) };
  const outside = await readOutside(flags.policy === undefined ? {} : { policy: flags.policy });
  const bytes = await readSubject(path, MAX_BYTES);
  if (bytes === undefined) return EXIT.unreachable;
  const options = { ...trust, ...outside, ...required, ...(flags.chain === undefined ? {} : { chain: flags.chain }) };
  return printReport(await inspectReceipt(bytes, options), flags.json === true);
}
