import type { Engine } from '@countersign/proof-core/engine/engine';
import type { LogKey } from '@countersign/proof-core/receipt/log-keys';
import type { Policy } from '@countersign/proof-core/note/policy';
import type { KeyResolver } from '@countersign/proof-core/ports';
import type { Attestation } from '../store/attestation-store.ts';
import type { TimestampVerifier } from '../timestamp/verifier.ts';
import type { FindingList } from './finding.ts';
import type { ArchiveSource, IdStore, Inflater, Progress } from './ports.ts';
import type { Bound, Level, Requirement } from './report.ts';
import type { ScanPool } from './scan/pool.ts';
import type { SegmentFiles } from './segment/names.ts';

/** A checkpoint that the caller pins: what is verified must begin with the tree of that size and root. */
export interface Pin {
  readonly chain: string;
  readonly size: number;
  /** Hex. */
  readonly root: string;
  /** The signed note, where the pin came as one. */
  readonly note?: Uint8Array;
}

/** Wants the roots of the records at some sizes, where the records get there. */
export interface RootObserver {
  /** Rising. */
  readonly sizes: readonly number[];
  /** Called with the root, hex, and `link.time` of the last of these records. */
  readonly root: (size: number, root: string, time: string) => void;
}

/** What a caller may ask of a verification. */
export interface VerifyOptions {
  /** Required when the source holds several chains. */
  readonly chain?: string;
  /** The pinned registry: whose signatures count. Without one the verdict is at best inconclusive. */
  readonly resolver?: KeyResolver;
  /** Names the pinned registry in the report. */
  readonly registry?: { readonly version: number; readonly digest: string };
  /** Default `default`. */
  readonly level?: Level;
  /** Records to judge: a number, or RFC 3339 UTC with milliseconds; `from` inclusive, `to` inclusive for numbers and exclusive for times. */
  readonly from?: Bound;
  readonly to?: Bound;
  /** Judge at most so many records from the first one asked for. */
  readonly limit?: number;
  readonly previous?: Pin;
  /** The newest checkpoint of the chain that this one has to succeed. */
  readonly predecessor?: Pin;
  /** The pinned witnesses: their cosignatures count when the quorum is complete. */
  readonly policy?: Policy;
  /** The pinned time-stamping authorities. */
  readonly timestamps?: TimestampVerifier;
  /** What the verdict insists on. */
  readonly require?: readonly Requirement[];
  /**
   * The newest trusted checkpoint must cover a record of this time or later, or pinned witnesses must have seen none newer then or later;
   * RFC 3339 UTC with milliseconds.
   */
  readonly freshSince?: string;
  /** Scans lines on other threads; this one does it when absent. */
  readonly pool?: ScanPool;
  /** Looks on at the roots of a stream of records. */
  readonly observer?: RootObserver;
  /** Makes the store for level `deep`; one in memory when absent. */
  readonly ids?: () => IdStore;
  /** How many findings to list; default 1,000. */
  readonly maxFindings?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** What the parts of one run share. */
export interface Run {
  readonly chain: string;
  readonly options: VerifyOptions;
  readonly level: Level;
  readonly engine: Engine;
  /** The pinned keys as signers of this chain's notes. */
  readonly keys: readonly LogKey[];
}

/** What reading a segment needs; who signed it is no matter here. */
export interface ReadRun {
  readonly chain: string;
  readonly level: Level;
  readonly engine: Engine;
  readonly inflater: Inflater;
  readonly options: Pick<VerifyOptions, 'maxFindings' | 'signal'>;
  /** At level `deep`. */
  readonly ids?: IdStore;
  readonly pool?: ScanPool;
  /** Counts what was read, for a progress bar. */
  readonly advance: (records: number, bytes: number) => void;
}

/** As `Run`, over an archive. */
export interface ArchiveRun extends Run {
  readonly source: ArchiveSource;
  /** How many segments are read at once. */
  readonly concurrency: number;
  readonly reading: ReadRun;
  /** What lies beside a manifest, where the caller pins somebody who may have said it. */
  readonly readAttestations: (files: SegmentFiles) => Promise<readonly Attestation[]>;
}

/** What one run counts. */
export class Tally {
  records = 0;
  segments = 0;
  bytes = 0;
  signatures = 0;
}

/** Adds a finding with its segment. */
export function inSegment(findings: FindingList, segment: number): (finding: Parameters<FindingList['add']>[0]) => void {
  return (finding) => findings.add({ ...finding, segment });
}
