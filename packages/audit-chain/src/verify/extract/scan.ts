import { hexDecode, hexEncode } from '@countersign/proof-core/bytes/hex';
import type { CompactRange } from '@countersign/proof-core/merkle/compact-range';
import type { ExtractPayload } from '../../extract/document.ts';
import type { Run, Tally } from '../context.ts';
import type { FindingList } from '../finding.ts';
import { type IdStore, type RecordSource, SourceError } from '../ports.ts';
import { deepCheck } from '../record/deep.ts';
import { formCheck } from '../record/form.ts';
import { RecordScan } from '../record/scan.ts';
import { chunkReader } from '../records/line-reader.ts';
import { type Lines, wholeLines } from '../records/lines.ts';
import { type ScannedLines, scanAhead } from '../records/scan-ahead.ts';
import { sharedLines } from '../records/shared-lines.ts';

/** The parts of the signed tree that the records of an extract lie between. */
export interface ExtractTree {
  /** [0, first) */
  readonly before: CompactRange;
  /** [last + 1, size) */
  readonly after: CompactRange;
}

/** What the records of an extract came to. */
export interface ScannedRecords {
  readonly scan: RecordScan;
  /** SHA-256 of the lines, hex. */
  readonly digest: string;
  /** Root of the whole tree, hex; absent when its parts do not fit together. */
  readonly root?: string;
  /** Roots at the end of the records and at the pinned size, hex. */
  readonly roots: ReadonlyMap<number, string>;
}

/**
 * Judges the record lines of an extract against its document: every line in its place, linked to the one before it, and the tree.
 *
 * @throws SourceError
 */
export async function scanRecords(
  run: Run,
  tally: Tally,
  records: RecordSource,
  payload: ExtractPayload,
  tree: ExtractTree | undefined,
  ids: IdStore | undefined,
  findings: FindingList,
): Promise<ScannedRecords | undefined> {
  const { options, engine, level, chain } = run;
  const { first, last } = payload;
  const report = findings.add.bind(findings);
  const deep = ids === undefined ? undefined : deepCheck(report, ids);
  const roots = new Map<number, string>();
  const scan = new RecordScan(
    {
      expected: { chain, first, before: hexDecode(payload.first_prev), last, lastHash: hexDecode(payload.last_hash), final: true },
      report,
      watch: [...new Set([options.previous?.size ?? last + 1, last + 1])].sort((a, b) => a - b),
      onRoot: (size, root) => void roots.set(size, root),
      ...(ids === undefined ? {} : { ids }),
      ...(tree === undefined ? {} : { tree: tree.before }),
      ...(level === 'integrity' ? {} : { form: formCheck(report, engine, deep) }),
    },
    engine,
  );
  const digest = engine.hasher();
  try {
    for await (const lines of await linesOf(run, records, scan)) {
      digest.update(lines.bytes.subarray(1, lines.end));
      if (lines.shared === undefined) scan.push(lines.bytes, 1, lines.end);
      else scan.pushScanned(lines.bytes, 1, lines.end, lines.stretch, lines.shared.leaves);
      tally.bytes += lines.end - 1;
      tally.records = scan.lines;
      options.onProgress?.({ records: scan.lines, bytes: tally.bytes });
      options.signal?.throwIfAborted();
    }
  } catch (error) {
    // What was inflated before is judged all the same.
    if (!(error instanceof SourceError) || (error.reason !== 'cut' && error.reason !== 'damaged')) throw error;
    report({ code: 'MEMBER_DAMAGED', seq: scan.place.seq + 1, field: 'gzip', actual: error.reason });
  }
  scan.finish();
  const whole = scan.tree?.clone();
  const fits = tree !== undefined && whole !== undefined && whole.end === tree.after.begin;
  if (fits) whole.merge(tree.after, engine);
  return { scan, digest: digest.hex(), ...(fits ? { root: hexEncode(whole.root(engine)) } : {}), roots };
}

/** The lines of an extract, looked at by other threads where there are any. */
async function linesOf(run: Run, records: RecordSource, scan: RecordScan): Promise<AsyncIterable<Lines & Partial<ScannedLines>>> {
  const { chain, level, engine } = run;
  const { pool, signal } = run.options;
  if (pool === undefined) return wholeLines(records.chunks(signal), records.allocate?.bind(records));
  const reader = (await records.reader?.()) ?? chunkReader(records.chunks(signal), pool);
  const job = { chain, level, engine: engine.name, start: 1 };
  return scanAhead(sharedLines(reader, pool), pool, ({ end }) => ({ ...job, end, watch: scan.watched }));
}
