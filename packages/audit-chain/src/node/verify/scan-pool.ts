import { Buffer } from 'node:buffer';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { copyInto } from './copy.ts';
import type { MemberJob, ScanPool, Scanned, SharedLines } from '../../verify/scan/pool.ts';
import type { StretchJob } from '../../verify/scan/stretch.ts';
import type { ScanAnswer, ScanRequest } from './scan-worker.ts';

/** A pool that holds threads. */
export interface ThreadPool extends ScanPool {
  close(): Promise<void>;
}

/** Before so many bytes have come, starting threads takes longer than reading them. */
const WORTH_BYTES = 32 << 20;
/** More threads than this wait for the one that joins what they find. */
const MOST_THREADS = 8;
const GRAIN_BYTES = 1 << 17;
/** No record is shorter: bounds the number of hashes. */
const SHORTEST_LINE = 200;

/** Settings for a pool. */
export interface PoolOptions {
  /** How many threads beside the one that asks; by default as many as the machine runs at once, at most 8. */
  readonly threads?: number;
  /** Bytes that must have come before threads start; default 32 MiB. With 0 nothing is scanned without them, even while they start. */
  readonly worthBytes?: number;
}

/** One piece of shared memory, cut in three. */
interface Slot extends SharedLines {
  readonly memory: SharedArrayBuffer;
  /** Which of the pool's buffers it is; one that grows keeps its number. */
  readonly number: number;
}

interface Task {
  readonly slot: Slot;
  readonly request: ScanRequest;
  readonly resolve: (scanned: Scanned) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Scans record lines on several threads.
 *
 * @example
 * const pool = scanPool();
 * await inspectArchive(folderSource('archive'), { resolver, inflater: nodeInflater, pool }).finally(() => pool.close());
 */
export function scanPool(options: PoolOptions = {}): ThreadPool {
  const { threads = Math.min(availableParallelism(), MOST_THREADS), worthBytes = WORTH_BYTES } = options;
  const depth = 2 * threads + 1;
  const free: (Slot | undefined)[] = Array.from({ length: depth }, () => undefined);
  const wanting: ((slot: Slot | undefined) => void)[] = [];
  const tasks: Task[] = [];
  const idle: Worker[] = [];
  /** What each thread has been sent: shared memory is sent once, because every copy of the handle counts as so much garbage. */
  const workers = new Map<Worker, SharedArrayBuffer[]>();
  const running = new Map<Worker, Task>();
  let number = 0;
  let offered = 0;
  const ready = new Set<Worker>();

  const start = (): void => {
    const worker = new Worker(new URL('./scan-worker.js', import.meta.url), {
      // Little lives long here: a small nursery keeps the memory of many threads small.
      resourceLimits: { maxYoungGenerationSizeMb: 4 },
    });
    workers.set(worker, []);
    worker.on('message', (answer: ScanAnswer) => {
      const task = running.get(worker);
      running.delete(worker);
      idle.push(worker);
      if ('ready' in answer) ready.add(worker);
      else if ('error' in answer) task?.reject(new Error(answer.error));
      else task?.resolve(answer);
      pump();
    });
    worker.on('error', (error) => {
      workers.delete(worker);
      ready.delete(worker);
      running.get(worker)?.reject(error);
      running.delete(worker);
      // What waits has nobody left to do it.
      if (workers.size === 0) for (const task of tasks.splice(0)) task.reject(error);
    });
  };

  const pump = (): void => {
    while (tasks.length > 0) {
      const worker = idle.pop();
      if (worker === undefined) return;
      const task = tasks.shift()!;
      running.set(worker, task);
      const { number, memory } = task.slot;
      const sent = workers.get(worker)!;
      const request = sent[number] === memory ? task.request : { ...task.request, memory };
      sent[number] = memory;
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
      worker.postMessage(request);
    }
  };

  return {
    depth,
    async take(length, stored = 0) {
      const slot = free.length > 0 ? free.pop() : await new Promise<Slot | undefined>((resolve) => wanting.push(resolve));
      if (slot === undefined) return makeSlot(number++, length, stored);
      return slot.bytes.length >= length && slot.stored.length >= stored ? slot : makeSlot(slot.number, length, stored);
    },
    scan(lines, job, member) {
      offered += job.end - job.start;
      if (offered < worthBytes || threads === 0) return Promise.resolve(undefined);
      while (workers.size < threads) start();
      // Whoever asks works on until one has started.
      if (ready.size === 0 && worthBytes > 0) return Promise.resolve(undefined);
      return new Promise((resolve, reject) => {
        const slot = lines as Slot;
        tasks.push({ slot, request: requestOf(slot, job, member), resolve, reject });
        pump();
      });
    },
    copy: copyInto,
    release(lines) {
      const next = wanting.shift();
      if (next === undefined) free.push(lines as Slot);
      else next(lines as Slot);
    },
    async close() {
      await Promise.all([...workers.keys()].map((worker) => worker.terminate()));
    },
  };
}

function makeSlot(number: number, length: number, stored: number): Slot {
  // Rounded up: buffers of about the same length are used again.
  const size = Math.ceil(length / GRAIN_BYTES) * GRAIN_BYTES;
  const storedSize = Math.ceil(stored / GRAIN_BYTES) * GRAIN_BYTES;
  const leavesSize = Math.ceil(size / SHORTEST_LINE) * 32;
  const memory = new SharedArrayBuffer(size + storedSize + leavesSize);
  return {
    memory,
    number,
    bytes: Buffer.from(memory, 0, size),
    stored: Buffer.from(memory, size, storedSize),
    leaves: Buffer.from(memory, size + storedSize, leavesSize),
  };
}

function requestOf({ number, bytes, stored }: Slot, job: StretchJob, member: MemberJob | undefined): ScanRequest {
  const cuts = { storedAt: bytes.length, leavesAt: bytes.length + stored.length };
  return { number, ...cuts, job, ...(member === undefined ? {} : { member }) };
}
