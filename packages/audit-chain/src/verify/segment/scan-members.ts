import type { Member } from '../../archive/segment.ts';
import type { ReadRun } from '../context.ts';
import type { ArchiveSource } from '../ports.ts';
import type { ScanPool, SharedLines } from '../scan/pool.ts';
import { readMember } from './member.ts';
import type { StoredMember } from './read.ts';

interface SharedMember extends StoredMember {
  readonly lines: SharedLines;
}

/**
 * As `readMembers`, on several threads: members are read into shared memory here, inflated and scanned elsewhere, and come back in order. What is
 * yielded holds until the next step.
 */
export async function* scanMembers(
  run: ReadRun,
  pool: ScanPool,
  source: ArchiveSource,
  path: string,
  members: readonly Member[],
  watch: readonly number[],
): AsyncGenerator<StoredMember> {
  const queue: Promise<SharedMember>[] = [];
  let next = 0;
  const start = (): void => {
    const running = readShared(run, pool, source, path, members[next++]!, watch);
    // One that fails while another is awaited is reported when its turn comes.
    running.catch(() => undefined);
    queue.push(running);
  };
  try {
    while (next < Math.min(members.length, pool.depth)) start();
    while (queue.length > 0) {
      const member = await queue[0]!;
      yield member;
      void queue.shift();
      pool.release(member.lines);
      if (next < members.length) start();
    }
  } finally {
    // Whoever stops in the middle gives back what is still on its way.
    for (const running of queue) void running.then(({ lines }) => pool.release(lines), () => undefined); // prettier-ignore
  }
}

async function readShared(
  run: ReadRun,
  pool: ScanPool,
  source: ArchiveSource,
  path: string,
  member: Member,
  watch: readonly number[],
): Promise<SharedMember> {
  const lines = await pool.take(member.bytes + 1, member.size);
  try {
    const { signal } = run.options;
    const into = lines.stored.subarray(0, member.size);
    const read = await source.read(path, member.offset, member.offset + member.size, { ...(signal === undefined ? {} : { signal }), into });
    if (read.length !== member.size) return { member, stored: read, read: { status: 'damaged' }, lines };
    if (read.buffer !== into.buffer) pool.copy(into, read);
    return { member, stored: into, lines, ...(await scanMember(run, pool, lines, member, watch)) };
  } catch (error) {
    pool.release(lines);
    throw error;
  }
}

async function scanMember(
  run: ReadRun,
  pool: ScanPool,
  lines: SharedLines,
  { bytes: length, size }: Member,
  watch: readonly number[],
): Promise<Pick<StoredMember, 'read' | 'scanned'>> {
  const { chain, level, engine } = run;
  const bytes = lines.bytes.subarray(0, length + 1);
  const job = { chain, level, engine: engine.name, start: 1, end: length + 1, watch };
  const scanned = await pool.scan(lines, job, { size, length });
  if (scanned === undefined) return { read: await readMember(lines.stored.subarray(0, size), bytes, run.inflater) };
  if (scanned.damaged === true) return { read: { status: 'damaged' } };
  const { form, stretch } = scanned;
  const read = { status: 'read', bytes, ...(form === undefined ? {} : { form }) } as const;
  return stretch === undefined ? { read } : { read, scanned: { stretch, leaves: lines.leaves } };
}
