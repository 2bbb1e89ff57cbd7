import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import type { PreparedEvent } from '../record/event.ts';
import { hexInto } from './lines.ts';

/** Where a chain stands: what the next record has to name. */
export interface Head {
  /** Number of records. */
  readonly size: number;
  /** Hash of the last record, 64 hex characters; 64 zeros when there is none. */
  readonly hash: string;
  /** `link.time` of the last record; empty when there is none. */
  readonly time: string;
}

/** Events that have been given their places: the bytes of their records and the hashes of those. */
export interface Batch {
  readonly first: number;
  readonly count: number;
  /** LF before every record and none after the last, so that each record can be hashed where it lies. */
  readonly bytes: Uint8Array;
  /** `count + 1` offsets into `bytes`: record i lies between `offsets[i] + 1` and `offsets[i + 1]`. */
  readonly offsets: Uint32Array;
  /** 32 bytes a record. */
  readonly leaves: Uint8Array;
  /** The same, hex: receipts name them. */
  readonly hashes: readonly string[];
  readonly head: Head;
}

const OPEN = /* @__PURE__ */ utf8Encode('\n{"event":');

/**
 * Gives events their links (architecture §3.1): consecutive numbers, the previous hash, one time for all.
 *
 * @param chain the chain id
 * @param head where the chain stands
 * @param time RFC 3339 UTC with milliseconds, not before `head.time`
 * @example linkEvents('example.com/log', head, [prepared], '2026-11-21T03:12:00.123Z')
 */
export function linkEvents(
  chain: string,
  head: Head,
  events: readonly PreparedEvent[],
  time: string,
  engine: Engine = defaultEngine,
): Batch {
  const tailStart = `,"link":{"chain":"${chain}","format":"countersign/record@1","prev":"`;
  const tailEnd = `,"time":"${time}"}}`;
  // Every part of the tail is ASCII, so characters are bytes.
  const tailSize = tailStart.length + 64 + '","seq":'.length + 16 + tailEnd.length;
  let capacity = 0;
  for (const event of events) capacity += OPEN.length + event.bytes.length + tailSize;
  const bytes = new Uint8Array(capacity);
  const offsets = new Uint32Array(events.length + 1);
  const leaves = new Uint8Array(events.length * 32);
  const hashes: string[] = [];
  const [open, close] = [utf8Encode(tailStart), utf8Encode(tailEnd)];
  let at = 0;
  let hash = head.hash;
  for (let i = 0; i < events.length; i++) {
    offsets[i] = at;
    const start = at;
    bytes.set(OPEN, at);
    bytes.set(events[i]!.bytes, at + OPEN.length);
    at += OPEN.length + events[i]!.bytes.length;
    bytes.set(open, at);
    at = ascii(hash, bytes, at + open.length);
    at = ascii(`","seq":${head.size + i}`, bytes, at);
    bytes.set(close, at);
    at += close.length;
    hash = engine.leafHex(bytes, start + 1, at);
    hashes.push(hash);
    hexInto(hash, leaves, i * 32);
  }
  offsets[events.length] = at;
  return {
    first: head.size,
    count: events.length,
    bytes: bytes.subarray(0, at),
    offsets,
    leaves,
    hashes,
    head: { size: head.size + events.length, hash, time },
  };
}

function ascii(text: string, into: Uint8Array, at: number): number {
  for (let i = 0; i < text.length; i++) into[at + i] = text.charCodeAt(i);
  return at + text.length;
}

/** Where a batch ends, without its records. */
export function withoutRecords(batch: Batch): Batch {
  return { ...batch, bytes: new Uint8Array(0), offsets: new Uint32Array(0), leaves: new Uint8Array(0), hashes: [] };
}

/** The bytes of the i-th record of a batch, as a view. */
export function recordAt(batch: Batch, i: number): Uint8Array {
  return batch.bytes.subarray(batch.offsets[i]! + 1, batch.offsets[i + 1]);
}
