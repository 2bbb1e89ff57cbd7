import { Buffer } from 'node:buffer';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { engine as nodeEngine } from '@countersign/proof-core/node/engine';
import type { MemberJob, Scanned } from '../../verify/scan/pool.ts';
import { type StretchJob, scanStretch } from '../../verify/scan/stretch.ts';
import { readMember } from '../../verify/segment/member.ts';
import { syncInflater } from './inflater.ts';

/** What is to be done: lines that lie in shared memory are to be scanned, or the lines of a gzip member that lies there. */
export interface ScanTask {
  /** Where lines end and the stored member begins, and where that ends and hashes begin. */
  readonly storedAt: number;
  readonly leavesAt: number;
  readonly job: StretchJob;
  readonly member?: MemberJob;
}

/** Loaded only for who asks for it: a thread is to start soon. */
async function portableEngine(): Promise<Engine> {
  return (await import('@countersign/proof-core/engine/portable')).engine;
}

/** Does a task on the thread that calls. */
export async function runTask(memory: SharedArrayBuffer, { storedAt, leavesAt, job, member }: ScanTask): Promise<Scanned> {
  const engine = job.engine === 'node' ? nodeEngine : await portableEngine();
  const leaves = new Uint8Array(memory, leavesAt);
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
