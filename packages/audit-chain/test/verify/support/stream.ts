import type { Engine } from '@countersign/proof-core/engine/engine';
import type { VerifyOptions } from '../../../src/verify/context.ts';
import type { RecordSource } from '../../../src/verify/ports.ts';
import { inspectRecords } from '../../../src/verify/records/inspect.ts';
import type { Report } from '../../../src/verify/report.ts';
import { linesOf } from './archive.ts';
import { resolver } from './source.ts';

/** A stream of record lines in chunks of `size` bytes, with or without notes. */
export function streamOf(
  lines: Uint8Array,
  options: { notes?: readonly string[]; size?: number; kind?: RecordSource['kind'] } = {},
): RecordSource {
  const { notes, size = 1000, kind = 'jsonl' } = options;
  return {
    kind,
    async *chunks() {
      for (let at = 0; at < lines.length; at += size) yield lines.slice(at, at + size);
    },
    ...(notes === undefined
      ? {}
      : {
          async *notes() {
            for (const note of notes) yield new TextEncoder().encode(note);
          },
        }),
  };
}

export async function inspectLines(records: readonly Uint8Array[], options: VerifyOptions = {}, engine?: Engine): Promise<Report> {
  return await inspectRecords(streamOf(linesOf(records)), options, engine);
}

export async function inspectLog(records: readonly Uint8Array[], notes: readonly string[], options: VerifyOptions = {}): Promise<Report> {
  return await inspectRecords(streamOf(linesOf(records), { notes, kind: 'log' }), { resolver, ...options });
}
