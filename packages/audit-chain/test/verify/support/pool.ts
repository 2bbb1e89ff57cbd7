import { defaultEngine } from '@countersign/proof-core/engine/default';
import { engine as portable } from '@countersign/proof-core/engine/portable';
import { nodeInflater } from '../../../src/node/verify/inflater.ts';
import type { MemberJob, ScanPool, SharedLines } from '../../../src/verify/scan/pool.ts';
import { type StretchJob, scanStretch } from '../../../src/verify/scan/stretch.ts';
import { readMember } from '../../../src/verify/segment/member.ts';

/** The pool of Node without its threads: every buffer goes the way that it goes between threads. */
export function poolHere(depth = 3): ScanPool & { taken: number; scans: number } {
  const pool = {
    depth,
    taken: 0,
    scans: 0,
    take: (length: number, stored = 0): Promise<SharedLines> => {
      pool.taken++;
      return Promise.resolve({
        bytes: new Uint8Array(length),
        stored: new Uint8Array(stored),
        leaves: new Uint8Array(Math.ceil(length / 200) * 32),
      });
    },
    async scan(lines: SharedLines, job: StretchJob, member?: MemberJob) {
      pool.scans++;
      const engine = job.engine === 'node' ? defaultEngine : portable;
      const bytes = member === undefined ? lines.bytes : lines.bytes.subarray(0, member.length + 1);
      const read = member === undefined ? undefined : await readMember(lines.stored.subarray(0, member.size), bytes, nodeInflater);
      if (read?.status === 'damaged') return { damaged: true };
      const stretch = scanStretch(bytes, job, lines.leaves, engine);
      return { ...(stretch === undefined ? {} : { stretch }), ...(read?.form === undefined ? {} : { form: read.form }) };
    },
    copy: (into: Uint8Array, bytes: Uint8Array): void => into.set(bytes),
    release: () => void pool.taken--,
  };
  return pool;
}
