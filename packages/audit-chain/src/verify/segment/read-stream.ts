import type { ReadRun } from '../context.ts';
import { type ArchiveFile, type ArchiveSource, SourceError } from '../ports.ts';
import { MAX_RECORD_BYTES } from '../record/form.ts';
import { recordsText } from '../record/place.ts';
import { wholeLines } from '../records/lines.ts';
import { type ReadRecords, type RecordsPlan, bounds, startScan, summary } from './plan.ts';
import { readRest } from './read.ts';

/** What a stored file came to when it was read as one stream. */
export interface StreamOutcome {
  readonly records: ReadRecords;
  /** SHA-256 of the lines, hex; absent when some could not be read. */
  readonly linesDigest?: string;
}

/**
 * Reads the stored file of a segment as one gzip stream, because its index is of no use: so that somebody who packed the lines anew, without
 * an index, is told which records were altered and not only that the file was.
 */
export async function readByStream(run: ReadRun, source: ArchiveSource, file: ArchiveFile, plan: RecordsPlan): Promise<StreamOutcome> {
  const { inflater, options, engine } = run;
  const { first, last } = bounds(plan);
  const started = startScan(run, plan);
  const { scan } = started;
  const lines = engine.hasher();
  const most = (last - first + 1) * (MAX_RECORD_BYTES + 1);
  const unread = (code: 'MEMBER_DAMAGED' | 'TAIL_TRUNCATED', actual: string): void => {
    const from = scan.place.seq + 1;
    if (from <= last) plan.add({ code, seq: from, expected: recordsText(from, last), actual });
    scan.skipTo(last);
  };
  let whole = false;
  try {
    const inflated = atMost(inflater.gunzip!(readRest(run, source, file, 0)), most);
    for await (const part of wholeLines(inflated, inflater.allocate?.bind(inflater))) {
      lines.update(part.bytes.subarray(1, part.end));
      scan.push(part.bytes, 1, part.end);
      options.signal?.throwIfAborted();
    }
    whole = true;
  } catch (error) {
    if (!(error instanceof SourceError) || error.reason === 'missing' || error.reason === 'unreadable') throw error;
    const cut = error.reason === 'cut' && plan.final;
    unread(cut ? 'TAIL_TRUNCATED' : 'MEMBER_DAMAGED', cut ? 'absent' : 'bytes that cannot be inflated');
  }
  scan.finish();
  return { records: summary(run, started, whole), ...(whole ? { linesDigest: lines.hex() } : {}) };
}

/** Ends a stream that gives more bytes than its records can have: a bomb costs no more time than a segment. */
async function* atMost(chunks: AsyncIterable<Uint8Array>, most: number): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > most) throw new SourceError('damaged', `more than ${most} bytes`);
    yield chunk;
  }
}
