import { Buffer } from 'node:buffer';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { copyInto } from '@countersign/proof-core/node/copy';
import type { MemberJob, ScanPool, Scanned, SharedLines } from '../../verify/scan/pool.ts';
import type { StretchJob } from '../../verify/scan/stretch.ts';
import { type ScanTask, runTask } from './scan-task.ts';
import type { ScanAnswer, ScanRequest } from './scan-worker.ts';

/** A pool that holds threads. */
export interface ThreadPool extends ScanPool {
  close(): Promise<void>;
}

/** Before so many bytes have come, starting threads takes longer than reading them. */
const WORTH_BYTES = 8 << 20;
/** More threads than this wait for the one that joins what they find. */
const MOST_THREADS = 7;
/** Tasks that a thread has at once: the next one is there when it has done one. */
const TASKS_AHEAD = 2;
const GRAIN_BYTES = 1 << 17;
/** No record is shorter: bounds the number of hashes. */
const SHORTEST_LINE = 200;

/** Settings for a pool. */
export interface PoolOptions {
  /** How many threads beside the one that asks; by default one less than the machine runs at once, at most 7. */
  readonly threads?: number;
  /** Bytes that must have come before threads start; default 8 MiB. With 0 all is left to them, and the one that asks scans nothing. */
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
  readonly task: ScanTask;
  readonly resolve: (scanned: Scanned) => void;
  readonly reject: (error: Error) => void;
}

/** A thread, and what it has been sent. */
interface Thread {
  readonly worker: Worker;
  /** Shared memory is sent once, because every copy of the handle counts as so much garbage. */
  readonly memories: SharedArrayBuffer[];
  /** Answered in this order. */
  readonly tasks: Task[];
  ready: boolean;
}

/**
 * Scans record lines on several threads. The one that asks is one of them: what no other can take at once, it does itself, between reading and
 * joining.
 *
 * @example
 * const pool = scanPool();
 * await inspectArchive(folderSource('archive'), { resolver, inflater: nodeInflater, pool }).finally(() => pool.close());
 */
export function scanPool(options: PoolOptions = {}): ThreadPool {
  const { threads = Math.min(availableParallelism() - 1, MOST_THREADS), worthBytes = WORTH_BYTES } = options;
  // What threads have, what this one scans, what is being read and what waits to be joined.
  const depth = TASKS_AHEAD * threads + 3;
  const free: (Slot | undefined)[] = Array.from({ length: depth }, () => undefined);
  const wanting: ((slot: Slot | undefined) => void)[] = [];
  const waiting: Task[] = [];
  const others: Thread[] = [];
  let number = 0;
  let offered = 0;
  let helping = false;

  const start = (): void => {
    const worker = new Worker(new URL('./scan-worker.js', import.meta.url), {
      // Little lives long here: a small nursery keeps the memory of many threads small.
      resourceLimits: { maxYoungGenerationSizeMb: 4 },
    });
    const thread: Thread = { worker, memories: [], tasks: [], ready: false };
    others.push(thread);
    worker.on('message', (answer: ScanAnswer) => {
      const done = 'ready' in answer ? undefined : thread.tasks.shift();
      if ('ready' in answer) thread.ready = true;
      else if ('error' in answer) done?.reject(new Error(answer.error));
      else done?.resolve(answer);
      pump();
    });
    worker.on('error', (error) => {
      others.splice(others.indexOf(thread), 1);
      for (const task of thread.tasks) task.reject(error);
      // What waits has nobody left to do it.
      if (others.length === 0) for (const task of waiting.splice(0)) task.reject(error);
    });
  };

  const pump = (): void => {
    for (let ahead = 0; ahead < TASKS_AHEAD; ahead++)
      for (const thread of others) if (thread.ready && thread.tasks.length === ahead && waiting.length > 0) send(thread, waiting.shift()!);
    if (waiting.length === 0 || helping || worthBytes === 0) return;
    helping = true;
    // Answers and what was read come first.
    setImmediate(() => {
      helping = false;
      const one = waiting.shift();
      if (one !== undefined) runTask(one.slot.memory, one.task).then(one.resolve, one.reject).finally(pump); // prettier-ignore
    });
  };

  const send = (thread: Thread, one: Task): void => {
    const { number, memory } = one.slot;
    const sent = thread.memories[number] === memory ? {} : { memory };
    thread.memories[number] = memory;
    thread.tasks.push(one);
    const request: ScanRequest = { number, ...sent, ...one.task };
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    thread.worker.postMessage(request);
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
      if (offered < worthBytes || threads <= 0) return Promise.resolve(undefined);
      while (others.length < threads) start();
      return new Promise((resolve, reject) => {
        const slot = lines as Slot;
        waiting.push({ slot, task: taskOf(slot, job, member), resolve, reject });
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
      await Promise.all(others.map(({ worker }) => worker.terminate()));
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
    // As everywhere else where hashes lie: code that meets one kind of array is faster.
    leaves: new Uint8Array(memory, size + storedSize, leavesSize),
  };
}

function taskOf({ bytes, stored }: Slot, job: StretchJob, member: MemberJob | undefined): ScanTask {
  const cuts = { storedAt: bytes.length, leavesAt: bytes.length + stored.length };
  return { ...cuts, job, ...(member === undefined ? {} : { member }) };
}
