import type { Finding } from '../finding.ts';

/** What a stream of records must be like, as far as somebody has said so. */
export interface Expected {
  readonly chain: string;
  /** Number of the first record. */
  readonly first: number;
  /** Hash of the record before it; absent when nobody knows. */
  readonly before?: Uint8Array;
  /** Time of the record before it. */
  readonly beforeTime?: string;
  /** Number of the last record, from a manifest. */
  readonly last?: number;
  /** Hash of the last record, from a manifest. */
  readonly lastHash?: Uint8Array;
  /** Whether nothing follows: what is missing at the end is then a truncated tail. */
  readonly final: boolean;
}

/** Where findings of one stream go. */
export type Report = (finding: Finding) => void;

/** The last record that was taken as being in its place. */
export interface Place {
  seq: number;
  /** 32 bytes; meaningless unless `known`. */
  readonly hash: Uint8Array;
  /** False before a record whose predecessor nobody knows. */
  known: boolean;
  /** Already found wanting, so that the broken link behind it is no news. */
  flagged: boolean;
  /** 24 characters; empty before the first record of a chain. */
  time: string;
}

/** The place before the first record. */
export function startPlace(expected: Expected): Place {
  const hash = new Uint8Array(32);
  if (expected.before !== undefined) hash.set(expected.before);
  return {
    seq: expected.first - 1,
    hash,
    known: expected.before !== undefined,
    flagged: false,
    time: expected.beforeTime ?? '',
  };
}

/** Names one record or several, for a finding. */
export function recordsText(from: number, to: number): string {
  return from === to ? `record ${from}` : `records ${from} to ${to}`;
}
