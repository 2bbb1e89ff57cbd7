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
import { type RecordSource, SourceError } from '../ports.ts';
import { recordsText } from '../record/place.ts';
import type { Bound, Report, VerifiedRange } from '../report.ts';
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
  const reading = new StreamReading(source, asked, options, findings, tally, engine, ids, runOf);
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
  if (!broken && !reading.stopped) await reading.notes?.reportBeyond(size);
  await reportIds(ids, findings);
  const notes = await reading.notes?.judge(run, tally);
  const pin = await judgePin(run, tally, options.previous, {
    size: broken || reading.stopped ? undefined : size,
    root: findings.hasAxis('integrity') ? undefined : reading.pinRoot,
    kind: source.kind === 'log' ? 'log' : 'archive',
  });
  for (const finding of pin.findings) findings.add(finding);
  const verified = reading.verified;
  if (verified === undefined) {
    if (!findings.hasExit(14) && !findings.hasExit(10))
      findings.add({
        code: 'NOTHING_TO_VERIFY',
        ...(chain === undefined ? {} : { expected: chain }),
        ...(other === undefined ? {} : { actual: other }),
      });
  } else {
    checkSigned(verified, notes?.checkpoint?.size ?? notes?.newest ?? 0, pin.holds ? options.previous!.size : 0, findings);
    checkRange(verified, options, findings);
  }
  return conclude({
    source: source.kind,
    chain,
    options,
    level,
    findings,
    tally,
    ...(verified === undefined ? {} : { verified, head: reading.head(engine) }),
    ...(notes?.checkpoint === undefined ? {} : { checkpoint: notes.checkpoint, time: notes.time! }),
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

/** Records that no checkpoint covers: the tail of a log in use, or all of a file that has none. */
function checkSigned({ from, to }: VerifiedRange, noted: number, pinned: number, findings: FindingList): void {
  const covered = Math.max(noted, pinned);
  if (covered > to) return;
  const seq = Math.max(covered, from);
  findings.add({ code: noted > 0 ? 'TAIL_UNSIGNED' : 'NO_CHECKPOINT', seq, expected: 'a signed checkpoint', actual: recordsText(seq, to) });
}

function checkRange(verified: VerifiedRange, { from, to, limit }: VerifyOptions, findings: FindingList): void {
  const short = (field: 'from' | 'to', expected: Bound, actual: Bound): void =>
    findings.add({ code: 'RANGE_SHORT', field, expected, actual });
  if (typeof from === 'number' && (verified.from > from || verified.to < from))
    short('from', from, verified.from > from ? verified.from : verified.to);
  if (typeof from === 'string' && verified.from > 0 && verified.fromTime >= from) short('from', from, verified.fromTime);
  if (typeof to === 'number' && limit === undefined && verified.to < to) short('to', to, verified.to);
  if (typeof to === 'string' && verified.toTime < to) short('to', to, verified.toTime);
}
