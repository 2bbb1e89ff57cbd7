import type { S3Settings } from '@countersign/audit-chain/node/s3/client';
import { fileIds } from '@countersign/audit-chain/node/verify/file-ids';
import { nodeInflater } from '@countersign/audit-chain/node/verify/inflater';
import { type OpenSource, openSource } from '@countersign/audit-chain/node/verify/open';
import { inspectArchive } from '@countersign/audit-chain/verify/archive/inspect';
import type { VerifyOptions } from '@countersign/audit-chain/verify/context';
import { inspectEvidence } from '@countersign/audit-chain/verify/evidence/inspect';
import { inspectExtract } from '@countersign/audit-chain/verify/extract/inspect';
import { type Progress, SourceError } from '@countersign/audit-chain/verify/ports';
import { inspectRecords } from '@countersign/audit-chain/verify/records/inspect';
import type { Report } from '@countersign/audit-chain/verify/report';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { CliError } from '../errors.ts';
import { keepCheckpoint, readKept } from './kept-checkpoint.ts';
import { keepNurserySmall } from './nursery.ts';
import { type SourceFlags, chooseSource, readOptions } from './options.ts';
import { readPredecessor } from './predecessor.ts';
import { printReport } from './print.ts';
import { startProgress } from './progress.ts';

export type { SourceFlags } from './options.ts';

/** Runs `audit-verify SOURCE`; gives the exit code. */
export async function verifySource(argument: string | undefined, flags: SourceFlags): Promise<number> {
  const path = chooseSource(argument, flags);
  const given = await readOptions(flags);
  const previous = given.previous ?? (await readKept(flags.saveCheckpoint));
  const [engine, endpoint] = [await engineOf(flags.engine), endpointOf(flags)];
  const predecessor = await readPredecessor(path, flags, given, (of, asked) => inspectPath(of, asked, engine, endpoint));
  const progress = await startProgress(path, flags.progress !== false);
  const options = {
    ...given,
    ...(previous === undefined ? {} : { previous }),
    ...(predecessor === undefined ? {} : { predecessor }),
    onProgress: (done: Progress): void => {
      keepNurserySmall(given.level !== 'deep');
      progress?.update(done);
    },
  };
  let report: Report;
  try {
    report =
      flags.reconcile === undefined
        ? await inspectPath(path, options, engine, endpoint)
        : await reconcilePaths([path, flags.reconcile], options, engine, endpoint);
  } finally {
    progress?.stop();
  }
  if (flags.saveCheckpoint !== undefined) await keepCheckpoint(flags.saveCheckpoint, report, previous);
  return printReport(report, flags.json === true);
}

async function engineOf(name: SourceFlags['engine']): Promise<Engine> {
  if (name !== 'portable') return defaultEngine;
  const { engine } = await import('@countersign/proof-core/engine/portable');
  return engine;
}

/** The endpoint that was named; the environment's when none was. */
export function endpointOf({ endpoint }: { readonly endpoint?: string }): S3Settings {
  return endpoint === undefined ? {} : { endpoint };
}

/** Compares a log or database with an archive of it. */
async function reconcilePaths(
  [log, archive]: readonly [log: string, archive: string],
  options: VerifyOptions,
  engine: Engine,
  settings: S3Settings,
): Promise<Report> {
  const { reconcile } = await import('@countersign/audit-chain/verify/reconcile/reconcile');
  const live = await openSource(log, process.stdin, options.chain);
  try {
    const sealed = await openSource(archive, process.stdin, options.chain, settings);
    try {
      if (live.kind !== 'records' || (live.source.kind !== 'log' && live.source.kind !== 'database') || sealed.kind !== 'archive')
        throw new CliError('ERR_CLI_OPTION', '--reconcile: expected a log or database as SOURCE, and an archive', '--reconcile');
      return await reconcile(live.source, sealed.source, { ids: fileIds, ...options, inflater: nodeInflater, pool: sealed.pool }, engine);
    } finally {
      await sealed.close();
    }
  } finally {
    await live.close();
  }
}

/** Verifies what a path names. */
export async function inspectPath(
  path: string,
  options: VerifyOptions,
  engine: Engine = defaultEngine,
  settings: S3Settings = {},
): Promise<Report> {
  let open: OpenSource;
  try {
    open = await openSource(path, process.stdin, options.chain ?? options.previous?.chain, settings);
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    // What cannot be opened gets a report like everything else, so that --json always gives a document.
    return await inspectRecords({ kind: 'jsonl', chunks: () => failing(error) }, options);
  }
  try {
    const threads = 'pool' in open && open.pool !== undefined ? { pool: open.pool } : {};
    if (open.kind === 'records') return await inspectRecords(open.source, { ids: fileIds, ...options, ...threads }, engine);
    if (options.predecessor !== undefined && (open.kind === 'evidence' || open.kind === 'extract'))
      throw new CliError(
        'ERR_CLI_OPTION',
        '--predecessor: for an archive, a log or records; an extract or evidence pack is a part',
        '--predecessor',
      );
    if (open.kind === 'evidence') return await inspectEvidence(open.source, options, engine);
    if (open.kind === 'extract') return await inspectExtract(open.source, { ids: fileIds, ...options, ...threads }, engine);
    const isByTime = typeof options.from === 'string' || typeof options.to === 'string';
    const { concurrency } = open;
    const many = concurrency === undefined ? {} : { concurrency };
    return await inspectArchive(
      open.source,
      { ids: fileIds, ...(isByTime ? {} : open.range), ...options, inflater: nodeInflater, ...threads, ...many },
      engine,
    );
  } finally {
    await open.close();
  }
}

// oxlint-disable-next-line require-yield -- a source that fails before its first byte
async function* failing(error: SourceError): AsyncGenerator<Uint8Array> {
  throw error;
}
