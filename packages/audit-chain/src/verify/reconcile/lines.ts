import { defaultEngine } from '@countersign/proof-core/engine/default';
import { readLink } from '@countersign/proof-core/record/link';
import { type ArchiveSource, type Inflater, SourceError } from '../ports.ts';
import { wholeLines } from '../records/lines.ts';
import { readListing } from '../segment/names.ts';
import { readRest } from '../segment/read.ts';

/** A record as one of the two sides has it; the bytes hold until the next one is asked for. */
export interface SeenRecord {
  readonly seq: number;
  readonly bytes: Uint8Array;
  readonly time: string;
}

/** The records of a stream in rising order; lines that are none, and numbers that have passed, the verification of that side reports. */
export async function* risingRecords(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<SeenRecord> {
  let next = 0;
  for await (const { bytes, end } of wholeLines(chunks)) {
    for (let at = 1; at < end;) {
      const feed = bytes.indexOf(10, at);
      const lineEnd = feed < 0 || feed > end ? end : feed;
      const link = readLink(bytes, at, lineEnd);
      if (link !== undefined && link.seq >= next) {
        next = link.seq + 1;
        yield { seq: link.seq, bytes: bytes.subarray(at, lineEnd), time: link.time };
      }
      at = lineEnd + 1;
    }
  }
}

/** The lines of all segments of one chain of an archive; what of a file cannot be inflated is left out. */
export async function* archiveLines(source: ArchiveSource, chain: string, inflater: Inflater): AsyncGenerator<Uint8Array> {
  if (inflater.gunzip === undefined) throw new TypeError('the inflater inflates no streams');
  const run = { chain, level: 'integrity', engine: defaultEngine, inflater, options: {}, advance: () => undefined } as const;
  for (const { chain: of, records } of readListing(await source.list()).segments) {
    if (of !== chain || records === undefined) continue;
    try {
      yield* inflater.gunzip(readRest(run, source, records, 0));
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
    }
    // A part of a line before damage must not run into the next file.
    yield Uint8Array.of(10);
  }
}
