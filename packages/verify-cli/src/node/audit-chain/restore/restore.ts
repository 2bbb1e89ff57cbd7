import { createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { hexEncode } from '@countersign/proof-core/bytes/hex';
import { nodeInflater } from '@countersign/audit-chain/node/verify/inflater';
import { scanPool } from '@countersign/audit-chain/node/verify/scan-pool';
import { importPrivateValues } from '@countersign/audit-chain/redact/private-import';
import { restoreAttestations } from '@countersign/audit-chain/restore/attestations';
import { recordRestored } from '@countersign/audit-chain/restore/record';
import {
  type Comparison,
  type RestoreParts,
  compareArchive,
  restoreChain,
  restoreSegments,
} from '@countersign/audit-chain/restore/restore';
import type { ChainStore } from '@countersign/audit-chain/store/store';
import { unreadable } from '../../command/named-file.ts';
import { CliError } from '../../errors.ts';
import { openArchive } from '../../log/archive.ts';
import { openMark } from '../../log/mark-uri.ts';
import { openWith, readRegistry } from '../../log/open.ts';
import { type LogOptions, variable } from '../../log/options.ts';
import { openRestorable, type RestorableLog } from '../../log/restorable.ts';
import type { LogSettings } from '../../log/settings.ts';

interface Options extends LogOptions {
  readonly from: string;
  readonly private?: string;
  readonly dryRun?: boolean;
  readonly reason: string;
  readonly actor: string;
}

const say = (text: string): void => void process.stdout.write(`${text}\n`);

/**
 * Runs `audit-chain restore`: puts a verified archive back into an empty database, and lets the chain go on if nothing else was signed.
 *
 * @throws CliError ERR_CLI_OPTION, ERR_CLI_FILE, ERR_CLI_SIGNER; ChainError as `compareArchive`, `restoreChain` and opening a chain
 */
export async function restore(logName: string, options: Options): Promise<void> {
  const signers = options.signers ?? variable('AUDIT_SIGNERS');
  if (options.private !== undefined) await requireReadable(options.private);
  const archive = await openArchive(options.from);
  const log = await openRestorable(logName, options);
  const pool = scanPool();
  try {
    const chain = options.chain === undefined ? {} : { chain: options.chain };
    const path = signers ?? (await log.settings(options.chain ?? ''))?.signers;
    if (path === undefined)
      throw new CliError('ERR_CLI_SIGNER', 'signers: whose signatures count? --signers FILE, or AUDIT_SIGNERS', 'signers');
    const parts: RestoreParts = { source: archive.source, resolver: await readRegistry(path), inflater: nodeInflater, pool, ...chain };
    const comparison = await compareArchive(parts, (name) => log.find(name));
    describe(comparison, options);
    if (options.dryRun === true) await describeMark(comparison, await log.settings(comparison.chain));
    else await putBack(comparison, parts, log, { ...options, target: archive.name });
  } finally {
    await pool.close();
    await log.close();
    await archive.close();
  }
}

async function putBack(
  comparison: Comparison,
  parts: RestoreParts,
  log: RestorableLog,
  options: Options & { readonly target: string },
): Promise<void> {
  const { chain, head, stored } = comparison;
  const store = await log.make(chain);
  await restoreChain(comparison, { ...parts, clock: Date }, store);
  if (stored < head.size) say(`restored records ${stored} to ${head.size - 1}; head ${head.hash}`);
  await putAttestationsBack(comparison, parts, store);
  if (options.private !== undefined) await putPrivateBack(store, options.private);
  const settings = await log.settings(chain);
  // What has newer records already says so itself, or is the database that the archive was sealed from.
  const once = (): Promise<boolean> => (stored > head.size ? Promise.resolve(true) : goesOn(store, settings, options));
  await restoreSegments(comparison, parts, store, options.target, once);
}

/** The origin goes on only if what was restored is what was signed last (architecture §4); opening the chain requires it. */
async function goesOn(store: ChainStore, settings: LogSettings | undefined, { actor, reason }: Options): Promise<boolean> {
  if (settings?.signer === undefined) {
    say('No signer was named: the log can be read and verified. To let it go on, restore again with --signer URI.');
    return false;
  }
  const opened = await openWith({ store, close: () => Promise.resolve() }, settings);
  try {
    const { seq } = await recordRestored(opened.chain, opened.mark, { actor, reason });
    say(`the high-water mark agrees: ${store.chain} goes on; record ${seq} is chain.restored`);
    return true;
  } finally {
    await opened.close();
  }
}

async function putAttestationsBack(comparison: Comparison, parts: RestoreParts, store: ChainStore): Promise<void> {
  const { restored, present, left } = await restoreAttestations(comparison, parts, store);
  if (restored + present + left === 0) return;
  say(`cosignatures and time stamps: ${restored} restored, ${present} there already, ${left} left in the archive`);
}

async function putPrivateBack(store: ChainStore, path: string): Promise<void> {
  const { restored, present, redacted } = await importPrivateValues(store, createReadStream(path));
  say(`private values: ${restored} restored, ${present} there already, ${redacted} erased by the log and left out`);
}

async function requireReadable(path: string): Promise<void> {
  try {
    await access(path);
  } catch (cause) {
    throw unreadable(path, '--private', cause);
  }
}

function describe({ chain, head, stored, segments }: Comparison, { from, dryRun }: Options): void {
  say(`${chain}: ${from} holds records 0 to ${head.size - 1}, verified`);
  const beside = segments.reduce((sum, { attestations = [] }) => sum + attestations.length, 0);
  if (dryRun === true && beside > 0) say(`beside its manifests lie ${beside} cosignatures and time stamps`);
  if (stored > head.size) say(`the database has the same, and ${stored - head.size} newer`);
  else if (stored === head.size) say('the database has the same');
  else if (dryRun === true) say(`the database has ${stored} of them, the same; ${head.size - stored} would be restored`);
}

async function describeMark({ chain, head, stored }: Comparison, settings: LogSettings | undefined): Promise<void> {
  if (settings?.mark === undefined) return say('no high-water mark was named: whether the chain could go on cannot be said');
  const { mark, close } = await openMark(settings.mark, chain);
  try {
    const marked = await mark.read(chain);
    if (marked === undefined) say(`there is no high-water mark of ${chain}: it could be read, not go on`);
    else if (stored > head.size) say(`the high-water mark is at size ${marked.size}`);
    else if (marked.size === head.size && hexEncode(marked.root) === head.root) say('the high-water mark agrees: the chain could go on');
    else say(`the high-water mark is at size ${marked.size}: the log could be read, not go on (audit-chain succeed)`);
  } finally {
    await close();
  }
}
