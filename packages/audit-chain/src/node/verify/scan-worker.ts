import { Buffer } from 'node:buffer';
import { parentPort } from 'node:worker_threads';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { engine as nodeEngine } from '@countersign/proof-core/node/engine';
import type { MemberJob, Scanned } from '../../verify/scan/pool.ts';
import { type StretchJob, scanStretch } from '../../verify/scan/stretch.ts';
import { readMember } from '../../verify/segment/member.ts';
import { syncInflater } from './inflater.ts';

/** What a thread is asked: to scan lines that lie in shared memory, or the lines of a gzip member that lies there. */
export interface ScanRequest {
  /** Which memory it is. */
  readonly number: number;
  /** That memory, when this thread has not had it. */
  readonly memory?: SharedArrayBuffer;
  /** Where lines end and the stored member begins, and where that ends and hashes begin. */
  readonly storedAt: number;
  readonly leavesAt: number;
  readonly job: StretchJob;
  readonly member?: MemberJob;
}

/** What a thread answers. */
export type ScanAnswer = Scanned | { readonly error: string } | { readonly ready: true };

/** Loaded only for who asks for it: a thread is to start soon. */
async function portableEngine(): Promise<Engine> {
  return (await import('@countersign/proof-core/engine/portable')).engine;
}

const memories: SharedArrayBuffer[] = [];

async function scan({ number, memory = memories[number]!, storedAt, leavesAt, job, member }: ScanRequest): Promise<Scanned> {
  memories[number] = memory;
  const engine = job.engine === 'node' ? nodeEngine : await portableEngine();
  const leaves = Buffer.from(memory, leavesAt);
  let bytes: Uint8Array = Buffer.from(memory, 0, storedAt);
  let form: { readonly form?: string } = {};
  if (member !== undefined) {
    bytes = bytes.subarray(0, member.length + 1);
    const read = await readMember(Buffer.from(memory, storedAt, member.size), bytes, syncInflater);
    if (read.status === 'damaged') return { damaged: true };
    if (read.form !== undefined) form = { form: read.form };
  }
  const stretch = scanStretch(bytes, job, leaves, engine);
  return stretch === undefined ? form : { ...form, stretch };
}

function post(answer: ScanAnswer): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  parentPort!.postMessage(answer);
}

parentPort!.on('message', (request: ScanRequest) => {
  scan(request).then(post, (error: unknown) => post({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }));
});

post({ ready: true });
