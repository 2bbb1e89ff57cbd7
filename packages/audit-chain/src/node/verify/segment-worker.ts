import { parentPort, workerData } from 'node:worker_threads';
import { engine as nodeEngine } from '@countersign/proof-core/node/engine';
import { engine as portableEngine } from '@countersign/proof-core/engine/portable';
import type { SegmentRun } from '../../verify/archive/pool.ts';
import { type SegmentJob, type SegmentReading, readSegment } from '../../verify/segment/read-segment.ts';
import { folderSource } from './folder-source.ts';
import { nodeInflater } from './inflater.ts';

/** What a thread is asked. */
export interface ReadRequest {
  readonly run: SegmentRun;
  readonly job: SegmentJob;
}

/** What a thread answers: any number of times how far it is, then once what came of it. */
export type ReadAnswer =
  | { readonly kind: 'progress'; readonly records: number; readonly bytes: number }
  | { readonly kind: 'reading'; readonly reading: SegmentReading }
  | { readonly kind: 'error'; readonly message: string };

const { folder } = workerData as { readonly folder: string };
const source = folderSource(folder);

function post(answer: ReadAnswer): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  parentPort!.postMessage(answer);
}

async function answer({ run, job }: ReadRequest): Promise<void> {
  const { chain, level, maxFindings } = run;
  const engine = run.engine === 'node' ? nodeEngine : portableEngine;
  const options = maxFindings === undefined ? {} : { maxFindings };
  const advance = (records: number, bytes: number): void => post({ kind: 'progress', records, bytes });
  try {
    const reading = await readSegment({ chain, level, engine, inflater: nodeInflater, options, advance }, source, job);
    post({ kind: 'reading', reading });
  } catch (error) {
    post({ kind: 'error', message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}

parentPort!.on('message', (request: ReadRequest) => void answer(request));
