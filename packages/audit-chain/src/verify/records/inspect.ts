import { hexEncode } from '@countersign/proof-core/bytes/hex';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { logKeys } from '@countersign/proof-core/receipt/log-keys';
import { conclude } from '../conclude.ts';
import { type Run, Tally, type VerifyOptions } from '../context.ts';
import { VerificationError, checkOptions } from '../error.ts';
import { FindingList } from '../finding.ts';
import { openIds, reportIds } from '../ids.ts';
import { withLimit } from '../limit.ts';
import { judgePin } from '../pin.ts';
import { judgePredecessor, namedBy } from '../predecessor.ts';
import { type RecordSource, SourceError } from '../ports.ts';
import { recordsText } from '../record/place.ts';
import { staleRegistry } from '../trust/stale.ts';
import { judgeRotations } from '../trust/rotation.ts';
import type { Bound, Head, PrunedRange, Report, UnsignedTail, VerifiedRange } from '../report.ts';
import type { NotesOutcome } from './notes.ts';
import { judgePruned } from './pruned.ts';
import { StreamReading } from './stream.ts';

/**
 * Verifies a stream of records (a log directory, a JSONL file, standard input) and reports everything that was found; throws only for options
 * that make no sense.
 *
 * @returns the verdict on five axes, the range, the findings
 * @throws ChainError ERR_VERIFY_OPTIONS; what an aborted `signal` holds
 * @see docs/spec/report.md
 * @example (await inspectRecords(source, { resolver })).exitCode // 0
 */
export async function inspectRecords(source: RecordSource, given: VerifyOptions, engine: Engine = defaultEngine): Promise<Report> {
  const options = withLimit(given);
  checkOptions(options);
  const findings = new FindingList(options.maxFindings);
  const tally = new Tally();
  const asked = options.chain ?? options.previous?.chain ?? source.chain;
  const level = options.level ?? 'default';
  const keysOf = (chain: string): Run['keys'] =>
    options.resolver === undefined || chain === '' ? [] : logKeys(options.resolver, chain, engine);
  const runOf = (chain: string): Run => ({ chain, options, level, engine, keys: keysOf(chain) });
  const ids = openIds(options);
  const reading = new StreamReading({ source, asked, options, findings, tally, engine, ids, runOf });
  // A log says which chain it holds; another one is not in it.
  const other = source.chain === asked ? undefined : source.chain;
  try {
    if (other === undefined) await reading.run();
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    findings.add({ code: 'SOURCE_UNREADABLE', actual: error.message });
  }
  const chain = asked ?? reading.chain;
  const run = runOf(chain ?? '');
  const broken = findings.hasExit(14);
  const size = reading.size;
  if (!broken && !reading.stopped) await reading.notes?.reportBeyond(run, tally, size, reading.lastTime);
  for (const finding of source.findings?.() ?? []) findings.add(finding);
  await reportIds(ids, findings);
  const notes = await reading.notes?.judge(run, tally);
  const pinRoot = findings.hasAxis('integrity') ? undefined : provenRoot(reading, notes, options);
  const pin = await judgePin(run, tally, options.previous, {
    size: broken || reading.stopped ? undefined : size,
    root: pinRoot,
    kind: isLive(source) ? 'log' : 'archive',
  });
  for (const finding of pin.findings) findings.add(finding);
  const pinned = pin.holds ? options.previous!.size : 0;
  const pruned = await judgeOwn(source, reading, notes, options, { pinned, pinRoot }, findings);
  await judgeStatements(run, tally, reading, Math.max(notes?.checkpoint?.size ?? 0, pinned), findings);
  const all = reading.verified;
  const unsigned = all === undefined ? undefined : await unsignedTail(source, reading, all, notes, pinned);
  if (all === undefined) {
    if (!findings.hasExit(14) && !findings.hasExit(10))
      findings.add({
        code: 'NOTHING_TO_VERIFY',
        ...(chain === undefined ? {} : { expected: chain }),
        ...(other === undefined ? {} : { actual: other }),
      });
  } else {
    if (unsigned !== undefined) reportUnsigned(unsigned, notes, findings);
    checkRange(all, reading.stopped, options, findings);
  }
  const end = endOf(source, reading, all, notes, options, engine);
  return conclude({
    source: source.kind,
    chain,
    options,
    level,
    findings,
    tally,
    ...end,
    ...(notes?.checkpoint === undefined ? {} : { checkpoint: notes.checkpoint, time: notes.time! }),
    ...namedBy(reading.own.statements.created),
    ...(pruned === undefined ? {} : { pruned }),
    ...(unsigned === undefined || !isLive(source) ? {} : { unsigned }),
    ...(reading.beside?.seesPrivate === true && !findings.has('PRIVATE_ABSENT') ? { privateValues: 'checked' as const } : {}),
    pinned: pin.holds,
    signed: source.notes !== undefined,
    writeOnce: 'not applicable',
  });
}

/**
 * As `inspectRecords`, but throws unless the verdict is *verified*.
 *
 * @throws VerificationError with the report; ChainError ERR_VERIFY_OPTIONS
 * @example await verifyRecords(source, { resolver });
 */
export async function verifyRecords(source: RecordSource, options: VerifyOptions, engine: Engine = defaultEngine): Promise<Report> {
  const report = await inspectRecords(source, options, engine);
  if (report.exitCode !== 0) throw new VerificationError(report);
  return report;
}

/** Tells whether a source is a log in use, which may have a tail that waits for its checkpoint. */
function isLive({ kind }: RecordSource): boolean {
  return kind === 'log' || kind === 'database';
}

/** The root at the pinned size; before a pruned beginning, what tiles say of it counts only as far as a trusted root confirms them. */
function provenRoot({ start, pinRoot }: StreamReading, notes: NotesOutcome | undefined, { previous }: VerifyOptions): string | undefined {
  const isBefore = start !== undefined && previous !== undefined && previous.size < start.first;
  return isBefore && notes?.checkpoint === undefined ? undefined : pinRoot;
}

/** What the `chain.pruned` records excuse. */
async function judgeOwn(
  source: RecordSource,
  { start, own }: StreamReading,
  notes: NotesOutcome | undefined,
  { resolver, previous }: VerifyOptions,
  { pinned, pinRoot }: { readonly pinned: number; readonly pinRoot: string | undefined },
  findings: FindingList,
): Promise<PrunedRange | undefined> {
  if (start === undefined) return undefined;
  if (previous !== undefined && previous.size < start.first && pinRoot === undefined)
    findings.add({ code: 'RANGE_SHORT', field: 'previous', expected: previous.size, actual: start.first });
  const covered = resolver === undefined ? undefined : Math.max(notes?.checkpoint?.size ?? 0, pinned);
  const waiting = own.isPruningBroken ? [] : ((await source.waitingPruning?.((finding) => findings.add(finding))) ?? []);
  return judgePruned(start, own.statements.pruned, waiting, covered, findings);
}

/** The signatures inside records, and whether the registry is provably older than the log. */
async function judgeStatements(run: Run, tally: Tally, { own }: StreamReading, covered: number, findings: FindingList): Promise<void> {
  const { rotations, introductions, created } = own.statements;
  for (const finding of judgePredecessor(run.options, created)) findings.add(finding);
  for (const finding of await judgeRotations(run, tally, rotations)) findings.add(finding);
  if (!findings.has('SIGNER_UNKNOWN')) return;
  const stale = staleRegistry(run, introductions, covered);
  if (stale !== undefined) findings.replace('SIGNER_UNKNOWN', stale);
}

/** Records that no checkpoint covers: the tail of a log in use, or all of a file that has none. */
async function unsignedTail(
  source: RecordSource,
  { tailTime }: StreamReading,
  { from, to }: VerifiedRange,
  notes: NotesOutcome | undefined,
  pinned: number,
): Promise<UnsignedTail | undefined> {
  const covered = Math.max(notes?.checkpoint?.size ?? notes?.newest ?? 0, pinned);
  if (covered > to) return undefined;
  const tail = { from: Math.max(covered, from), to };
  // The time is that of the record behind the newest note; with an older covering note more is unsigned than that.
  if (tailTime === undefined || notes?.newest !== covered) return tail;
  const now = await source.now?.();
  const age = now === undefined ? {} : { age: Math.max(0, Math.ceil((Date.parse(now) - Date.parse(tailTime)) / 1000)) };
  return { ...tail, since: tailTime, ...age };
}

function reportUnsigned({ from, to, since, age }: UnsignedTail, notes: NotesOutcome | undefined, findings: FindingList): void {
  const waiting = since === undefined ? '' : ` since ${since}${age === undefined ? '' : `, for ${age} s`}`;
  const code = (notes?.newest ?? 0) > 0 ? 'TAIL_UNSIGNED' : 'NO_CHECKPOINT';
  findings.add({ code, seq: from, expected: 'a signed checkpoint', actual: `${recordsText(from, to)}${waiting}` });
}

/** What was verified, and its end: of a log in use, unless more was asked for, what its newest trusted note covers. */
function endOf(
  source: RecordSource,
  reading: StreamReading,
  verified: VerifiedRange | undefined,
  notes: NotesOutcome | undefined,
  { to }: VerifyOptions,
  engine: Engine,
): { readonly verified?: VerifiedRange; readonly head?: Head } {
  if (verified === undefined) return {};
  const { checkpoint, last } = notes ?? {};
  const covered = checkpoint?.size ?? 0;
  if (!isLive(source) || to !== undefined || last === undefined || covered > verified.to || covered <= verified.from)
    return { verified, head: reading.head(engine) };
  const count = verified.count - (verified.to - covered + 1);
  const range = { ...verified, to: covered - 1, count, toTime: last.time };
  return { verified: range, head: { size: covered, root: checkpoint!.root, hash: hexEncode(last.hash) } };
}

function checkRange(verified: VerifiedRange, stopped: boolean, { from, to, limit }: VerifyOptions, findings: FindingList): void {
  const short = (field: 'from' | 'to', expected: Bound, actual: Bound): void =>
    findings.add({ code: 'RANGE_SHORT', field, expected, actual });
  if (typeof from === 'number' && (verified.from > from || verified.to < from))
    short('from', from, verified.from > from ? verified.from : verified.to);
  if (typeof from === 'string' && verified.from > 0 && verified.fromTime >= from) short('from', from, verified.fromTime);
  if (typeof to === 'number' && limit === undefined && verified.to < to) short('to', to, verified.to);
  // Who stopped has read all that was asked for, or as many as the limit allows.
  if (typeof to === 'string' && !stopped && verified.toTime < to) short('to', to, verified.toTime);
}
