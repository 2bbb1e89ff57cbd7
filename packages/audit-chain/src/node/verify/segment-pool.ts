import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { LocalReading, SegmentPool, SegmentRun } from '../../verify/archive/pool.ts';
import type { SegmentJob, SegmentReading } from '../../verify/segment/read-segment.ts';
import type { ReadAnswer, ReadRequest } from './segment-worker.ts';

/** A pool that holds threads. */
export interface ThreadPool extends SegmentPool {
  close(): Promise<void>;
}

/** Fewer waiting bytes than these are read sooner than a thread starts. */
const WORTH_BYTES = 4 << 20;
/** More threads than this wait for the disk, or for each other's caches. */
const MOST_THREADS = 8;

/** Settings for a pool. */
export interface PoolOptions {
  /** How many threads, the one that asks included; by default as many as the machine runs at once, at most 8. */
  readonly threads?: number;
  /** Stored bytes that must wait before a thread starts; default 4 MiB. */
  readonly worthBytes?: number;
}

interface Waiting {
  readonly run: SegmentRun;
  readonly job: SegmentJob;
  readonly local: LocalReading;
  readonly resolve: (reading: SegmentReading) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Reads the segments of an archive directory on several threads, of which this one is one. Threads get the names of files, never records, and
 * start only when there is enough for them to do.
 *
 * @param folder the archive
 * @example
 * const pool = segmentPool('archive');
 * await inspectArchive(folderSource('archive'), { resolver, inflater: nodeInflater, pool }).finally(() => pool.close());
 */
export function segmentPool(folder: string, options: PoolOptions = {}): ThreadPool {
  const { threads = Math.min(availableParallelism(), MOST_THREADS), worthBytes = WORTH_BYTES } = options;
  const waiting: Waiting[] = [];
  const idle: Worker[] = [];
  const workers = new Set<Worker>();
  const running = new Map<Worker, Waiting>();
  let isLocalBusy = false;

  const start = (): Worker => {
    const worker = new Worker(new URL('./segment-worker.js', import.meta.url), {
      workerData: { folder },
      // Little lives long here: a small nursery keeps the memory of many threads small.
      resourceLimits: { maxYoungGenerationSizeMb: 8 },
    });
    workers.add(worker);
    worker.on('message', (answer: ReadAnswer) => receive(worker, answer));
    worker.on('error', (error) => {
      workers.delete(worker);
      running.get(worker)?.reject(error);
      running.delete(worker);
    });
    return worker;
  };

  const receive = (worker: Worker, answer: ReadAnswer): void => {
    const task = running.get(worker);
    if (answer.kind === 'progress') return task?.local.advance(answer.records, answer.bytes);
    running.delete(worker);
    idle.push(worker);
    if (answer.kind === 'reading') task?.resolve(answer.reading);
    else task?.reject(new Error(answer.message));
    pump();
  };

  const runLocally = async ({ local, resolve, reject }: Waiting): Promise<void> => {
    isLocalBusy = true;
    await local.read().then(resolve, reject);
    isLocalBusy = false;
    pump();
  };

  const send = (worker: Worker, task: Waiting): void => {
    running.set(worker, task);
    const request: ReadRequest = { run: task.run, job: task.job };
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    worker.postMessage(request);
  };

  const pump = (): void => {
    while (waiting.length > 0) {
      if (!isLocalBusy) {
        void runLocally(waiting.shift()!);
        continue;
      }
      const bytes = waiting.reduce((sum, { job }) => sum + (job.files.records?.size ?? 0), 0);
      const worker = idle.pop() ?? (workers.size < threads - 1 && bytes >= worthBytes ? start() : undefined);
      if (worker === undefined) return;
      send(worker, waiting.shift()!);
    }
  };

  return {
    // One more each than runs, so that no thread waits for the order in which results are taken.
    concurrency: 2 * threads,
    read: (run, job, local) =>
      new Promise((resolve, reject) => {
        waiting.push({ run, job, local, resolve, reject });
        pump();
      }),
    async close() {
      await Promise.all([...workers].map((worker) => worker.terminate()));
    },
  };
}
