import type { Engine } from '@countersign/proof-core/engine/engine';
import type { Level } from '../report.ts';
import type { SegmentJob, SegmentReading } from '../segment/read-segment.ts';

/** What a thread must know of a run to read its segments; plain data. */
export interface SegmentRun {
  readonly chain: string;
  readonly level: Level;
  readonly engine: Engine['name'];
  readonly maxFindings?: number;
}

/** How to read a segment on the thread that asks. */
export interface LocalReading {
  readonly read: () => Promise<SegmentReading>;
  /** Tells how far the reading elsewhere has come. */
  readonly advance: (records: number, bytes: number) => void;
}

/** Reads segments side by side. */
export interface SegmentPool {
  /** How many readings to ask for at once, 1 or more. */
  readonly concurrency: number;
  /** Reads one segment, on another thread or, through `local`, on this one. */
  read(run: SegmentRun, job: SegmentJob, local: LocalReading): Promise<SegmentReading>;
}
