import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { inspectSignedDocument } from '@countersign/audit-chain/verify/document/inspect';
import { DOCUMENT_TYPES, type DocumentKind } from '@countersign/proof-core/document/types';
import type { Purpose } from '@countersign/proof-core/ports';
import { DOCUMENT_PURPOSES } from '@countersign/audit-chain/verify/document/purpose';
import { EXIT } from '../command/exit.ts';
import { unreadable } from '../command/named-file.ts';
import { CliError } from '../errors.ts';
import { printJudgement } from './print.ts';
import { readSubject } from './subject.ts';
import { type TrustFlags, readTrust } from './trust.ts';

/** The flags as given. */
export interface DocumentFlags extends TrustFlags {
  readonly type?: string;
  readonly chain?: string;
  readonly artifact?: string;
  readonly threshold?: string;
  readonly json?: boolean;
}

/** Runs `audit-verify document FILE`; gives the exit code. */
export async function verifyDocumentFile(path: string, flags: DocumentFlags): Promise<number> {
  const kind = flags.type === undefined ? undefined : readKind(flags.type);
  const threshold = Number(flags.threshold ?? '1');
  if (!/^[1-9][0-9]?$/.test(flags.threshold ?? '1')) throw new CliError('ERR_CLI_OPTION', '--threshold: expected 1 to 99', '--threshold');
  const purposes = kind === undefined ? ([...new Set(Object.values(DOCUMENT_PURPOSES))] as Purpose[]) : [DOCUMENT_PURPOSES[kind]];
  const { resolver } = await readTrust(flags, purposes);
  const artifact = flags.artifact === undefined ? undefined : await digestOf(flags.artifact);
  const bytes = await readSubject(path);
  if (bytes === undefined) return EXIT.unreachable;
  const options = {
    threshold,
    ...(resolver === undefined ? {} : { resolver }),
    ...(kind === undefined ? {} : { kind }),
    ...(flags.chain === undefined ? {} : { chain: flags.chain }),
    ...(artifact === undefined ? {} : { artifact }),
  };
  return printJudgement(await inspectSignedDocument(bytes, options), flags.json === true);
}

function readKind(text: string): DocumentKind {
  if (Object.hasOwn(DOCUMENT_TYPES, text)) return text as DocumentKind;
  throw new CliError('ERR_CLI_OPTION', `--type: expected one of ${Object.keys(DOCUMENT_TYPES).join(', ')}`, '--type');
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path) as AsyncIterable<Uint8Array>) hash.update(chunk);
  } catch (cause) {
    throw unreadable(path, '--artifact', cause);
  }
  return hash.digest('hex');
}
