import type { Predecessor } from '../record/reserved.ts';
import type { Finding } from './finding.ts';
import type { FindingCode } from './codes.ts';

/**
 * How much is checked: `integrity` (hash, link, tree, signatures, manifests), `default` (and the canonical form of every byte), `deep` (and ids
 * that come twice, a second opinion on the form, every note's signature).
 */
export type Level = 'integrity' | 'default' | 'deep';

/** `pass`, `fail`, or `unknown` when nothing could be said. */
export type Outcome = 'pass' | 'fail' | 'unknown';

/** The separate verdicts (architecture §5). None of them implies another. */
export interface Axes {
  readonly integrity: Outcome;
  /** The canonical form and the members of every record; `not checked` at level `integrity`. */
  readonly form: 'pass' | 'fail' | 'not checked';
  /** Whether trusted signers signed what was read, by the pinned registry. */
  readonly signerTrust: Outcome;
  /** `asserted`: the log's own word; `bounded`, `attested`: somebody else's; `unknown`: no trusted signature covers it. */
  readonly time: 'asserted' | 'bounded' | 'attested' | 'unknown';
  readonly writeOnce: 'not applicable' | 'unknown' | 'met' | 'not met';
  /** `pinned`: begins with the pinned checkpoint; `unanchored`: newer records cannot be excluded; `short`: known to miss some. */
  readonly completeness: 'pinned' | 'fresh' | 'unanchored' | 'short';
}

/** The one-word verdict; each has its exit code. `partial`: what was asked for is intact, but it was not the whole. */
export type Verdict = 'verified' | 'partial' | 'violated' | 'untrusted' | 'policy' | 'unreadable' | 'inconclusive';

/** A bound as the caller gave it: a record number or a time. */
export type Bound = number | string;

/** The records that were asked for: numbers inclusive at both ends, times half-open; an absent bound is open. */
export interface RequestedRange {
  readonly from?: Bound;
  readonly to?: Bound;
}

/** The records that were read and judged. Whole segments are read, so it may reach beyond what was asked for. */
export interface VerifiedRange {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly fromTime: string;
  readonly toTime: string;
}

/** The end of what was read. */
export interface Head {
  /** Tree size: the last record's number and one. */
  readonly size: number;
  /** Root of the tree at that size, hex; absent when the records before the range are unknown. */
  readonly root?: string;
  /** Hash of the last record, hex. */
  readonly hash: string;
}

/** A note that a trusted key signed and that the records agree with. */
export interface CoveringCheckpoint {
  readonly size: number;
  readonly root: string;
  /** The kids whose signatures hold and are trusted. */
  readonly kids: readonly string[];
  /** The signed note. */
  readonly note: string;
  /**
   * Who else vouches for it: it was signed by `latest`, RFC 3339 UTC with milliseconds; at `newestAt` the quorum of the pinned witnesses had seen
   * none newer.
   */
  readonly attested?: { readonly latest: string; readonly by: readonly string[]; readonly newestAt?: string };
  /** `link.time` of the last record that it covers, by the log's own word: it was not signed before. Absent for a receipt. */
  readonly time?: string;
}

/**
 * What a caller may insist on; without it the verdict is not 0. `anchor`: completeness is `pinned` or `fresh`; `time`: somebody else bounds or
 * attests the time; `worm`: write-once storage meets its policy; `private`: every private value is there or was redacted.
 */
export type Requirement = 'anchor' | 'private' | 'time' | 'worm';

/** Records that were pruned from a database, by a signed record of the log. */
export interface PrunedRange {
  readonly from: number;
  readonly to: number;
  /** Digest of the segment manifest that the last of them lies under, hex: where an archive has them. */
  readonly manifest: string;
}

/** Records at the end that no trusted checkpoint covers yet. */
export interface UnsignedTail {
  readonly from: number;
  readonly to: number;
  /** `link.time` of the first of them. */
  readonly since?: string;
  /** Seconds since then by the database's clock, rounded up. */
  readonly age?: number;
}

/** What a run found out; deterministic, no clock in it but for the age of a live database's tail. `docs/spec/report.md` is normative for its JSON. */
export interface Report {
  readonly schemaVersion: 1;
  readonly verdict: Verdict;
  readonly exitCode: 0 | 10 | 11 | 12 | 13 | 14;
  /** One sentence that names the chain. */
  readonly summary: string;
  readonly chain?: string;
  readonly source: 'directory' | 'memory' | 's3' | 'log' | 'database' | 'jsonl' | 'stdin' | 'receipt' | 'extract' | 'evidence';
  readonly level: Level;
  readonly axes: Axes;
  readonly range: { readonly requested: RequestedRange; readonly verified?: VerifiedRange; readonly partial: boolean };
  readonly head?: Head;
  readonly checkpoint?: CoveringCheckpoint;
  /** The chain that this one succeeds, as its record 0 says. */
  readonly predecessor?: Predecessor;
  readonly pruned?: PrunedRange;
  /** Of a reconciliation: what the archive holds; without a range no record was read in it. */
  readonly reconciled?: { readonly archive: Report['source']; readonly range?: VerifiedRange; readonly segments: number };
  readonly unsigned?: UnsignedTail;
  readonly registry?: { readonly version: number; readonly digest: string };
  readonly counts: { readonly records: number; readonly segments: number; readonly bytes: number; readonly signatures: number };
  /** At most 1,000, in the order in which they were found. */
  readonly findings: readonly Finding[];
  /** How many of each code there were, listed or not. */
  readonly findingCounts: { readonly [code in FindingCode]?: number };
}
