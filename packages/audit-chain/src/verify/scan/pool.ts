import type { Stretch, StretchJob } from './stretch.ts';

/** Memory that threads share: lines, the gzip member they come from, the hashes of the records. */
export interface SharedLines {
  /** At least as long as was asked for; the byte at 0 is spare. */
  readonly bytes: Uint8Array;
  /** For a stored gzip member. */
  readonly stored: Uint8Array;
  /** For the hashes of the records, 32 bytes each. */
  readonly leaves: Uint8Array;
}

/** What became of lines, or of a gzip member and the lines in it. */
export interface Scanned {
  /** Absent when they must be judged by `RecordScan`, line by line. */
  readonly stretch?: Stretch;
  /** The member could not be inflated to its length. */
  readonly damaged?: boolean;
  /** A form of the member that the format does not allow. */
  readonly form?: string;
}

/** A stored gzip member to be inflated first: `stored[0, size)`, to `bytes` from 1 on. */
export interface MemberJob {
  readonly size: number;
  /** Bytes of its lines. */
  readonly length: number;
}

/**
 * Threads that scan lines in shared memory. Lines are never sent: only where they are, and what came of them.
 */
export interface ScanPool {
  /** How many buffers there are: how much is under way at once. */
  readonly depth: number;
  /** Waits for a free buffer; whoever has it gives it back. */
  take(length: number, stored?: number): Promise<SharedLines>;
  /** Scans lines on another thread; gives nothing while that is not worth it. */
  scan(lines: SharedLines, job: StretchJob, member?: MemberJob): Promise<Scanned | undefined>;
  release(lines: SharedLines): void;
  /** Copies bytes to the beginning of its memory: faster, where that can be, than `set` does. */
  copy(into: Uint8Array, bytes: Uint8Array): void;
}
