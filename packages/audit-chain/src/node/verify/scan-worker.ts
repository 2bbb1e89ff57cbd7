import { parentPort } from 'node:worker_threads';
import type { Scanned } from '../../verify/scan/pool.ts';
import { type ScanTask, runTask } from './scan-task.ts';

/** What a thread is asked. */
export interface ScanRequest extends ScanTask {
  /** Which memory it is. */
  readonly number: number;
  /** That memory, when this thread has not had it. */
  readonly memory?: SharedArrayBuffer;
}

/** What a thread answers. */
export type ScanAnswer = Scanned | { readonly error: string } | { readonly ready: true };

const memories: SharedArrayBuffer[] = [];

function post(answer: ScanAnswer): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  parentPort!.postMessage(answer);
}

/** Requests are answered in the order in which they come. */
let before: Promise<void> = Promise.resolve();

parentPort!.on('message', ({ number, memory = memories[number]!, ...task }: ScanRequest) => {
  memories[number] = memory;
  before = before
    .then(() => runTask(memory, task))
    .then(post, (error: unknown) => post({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }));
});

post({ ready: true });
