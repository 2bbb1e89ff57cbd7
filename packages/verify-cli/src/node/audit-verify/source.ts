import { fileIds } from '@countersign/audit-chain/node/verify/file-ids';
import { nodeInflater } from '@countersign/audit-chain/node/verify/inflater';
import { type OpenSource, openSource } from '@countersign/audit-chain/node/verify/open';
import { inspectArchive } from '@countersign/audit-chain/verify/archive/inspect';
import type { VerifyOptions } from '@countersign/audit-chain/verify/context';
import { SourceError } from '@countersign/audit-chain/verify/ports';
import { inspectRecords } from '@countersign/audit-chain/verify/records/inspect';
import type { Level, Report } from '@countersign/audit-chain/verify/report';
import { CliError } from '../errors.ts';
import { readBound } from './bound.ts';
import { printReport } from './print.ts';
import { readPin, readSigners, trustOptions } from './trust.ts';

/** The flags as given. */
export interface SourceFlags {
  readonly signers?: string;
  readonly chain?: string;
  readonly from?: string;
  readonly to?: string;
  readonly previous?: string;
  readonly checks?: string;
  readonly json?: boolean;
}

/** Runs `audit-verify SOURCE`; gives the exit code. */
export async function verifySource(path: string, flags: SourceFlags): Promise<number> {
  const options = await readOptions(flags);
  return printReport(await inspectPath(path, options), flags.json === true);
}

async function readOptions(flags: SourceFlags): Promise<VerifyOptions> {
  const previous = await readPin(flags.previous);
  return {
    ...trustOptions(await readSigners(flags.signers)),
    level: readLevel(flags.checks),
    ids: fileIds,
    ...(flags.chain === undefined ? {} : { chain: flags.chain }),
    ...(flags.from === undefined ? {} : { from: readBound(flags.from, '--from') }),
    ...(flags.to === undefined ? {} : { to: readBound(flags.to, '--to') }),
    ...(previous === undefined ? {} : { previous }),
  };
}

function readLevel(text = 'default'): Level {
  if (text === 'integrity' || text === 'default' || text === 'deep') return text;
  throw new CliError('ERR_CLI_OPTION', '--checks: expected integrity, default or deep', '--checks');
}

async function inspectPath(path: string, options: VerifyOptions): Promise<Report> {
  let open: OpenSource;
  try {
    open = await openSource(path, process.stdin);
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    // What cannot be opened gets a report like everything else, so that --json always gives a document.
    return await inspectRecords({ kind: 'jsonl', chunks: () => failing(error) }, options);
  }
  try {
    if (open.kind === 'records') return await inspectRecords(open.source, options);
    return await inspectArchive(open.source, {
      ...options,
      inflater: nodeInflater,
      ...(open.pool === undefined ? {} : { pool: open.pool }),
    });
  } finally {
    await open.close();
  }
}

// oxlint-disable-next-line require-yield -- a source that fails before its first byte
async function* failing(error: SourceError): AsyncGenerator<Uint8Array> {
  throw error;
}
