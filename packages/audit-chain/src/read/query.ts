import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { tampered } from '../append/lines.ts';
import { missingRecord } from '../append/missing.ts';
import type { FoundRecord, RecordFilter } from '../store/find.ts';
import type { ChainStore } from '../store/store.ts';
import { receiptsUnder } from './receipts.ts';
import { type ReadRecord, isWanted, readStored } from './record.ts';
import { seekTime } from './seek.ts';

/** Which records to read. */
export interface RecordQuery extends RecordFilter {
  /** The record of one event. */
  readonly id?: string;
  /** First record: a number, or RFC 3339 UTC with milliseconds on `link.time`; the first that is stored when absent. */
  readonly from?: number | string;
  /** Last record by number, inclusive; or a time, exclusive; the newest settled one when absent. */
  readonly to?: number | string;
  /** Records at most. */
  readonly limit?: number;
  /** The newest ones first. */
  readonly newestFirst?: boolean;
  /** Also durable records that wait for their checkpoint. */
  readonly unsettled?: boolean;
  /** Give each settled record its receipt. */
  readonly receipts?: boolean;
}

// About half a megabyte of usual records, at most 64 MiB of the largest.
const PAGE = 1000;

/** A range of records and the number of settled ones, as they are when a query starts. */
interface Window {
  readonly from: number;
  readonly to: number;
  readonly settled: number;
}

/**
 * Reads records by number, id, type, actor, subject and time, page by page by index; memory is that of one page.
 *
 * One state of the chain counts for the whole query: what is appended meanwhile is not in it.
 *
 * @throws ChainError ERR_CHAIN_TAMPERED for a stored record that is none, ERR_RECORD_PRUNED for an id whose record was pruned, ERR_STORE
 * @example for await (const { seq, event } of readRecords(store, { subject: 'order:123' })) console.log(seq, event.type);
 */
export async function* readRecords(store: ChainStore, query: RecordQuery = {}, engine: Engine = defaultEngine): AsyncGenerator<ReadRecord> {
  const note = await store.note();
  const settled = note?.size ?? 0;
  const window = await windowOf(store, query, settled);
  const receiptOf = query.receipts === true && note !== undefined ? receiptsUnder(store, note, engine) : undefined;
  let left = query.limit ?? Infinity;
  if (left <= 0) return;
  for await (const found of query.id === undefined ? pages(store, query, window, left) : byId(store, query.id, window)) {
    const { event, link } = readStored(found, store.chain);
    if (query.id !== undefined && event.id !== query.id) throw tampered(`record ${found.seq}`, `the record of ${query.id}`, event.id);
    if (!isWanted(event, query)) continue;
    const isSettled = found.seq < settled;
    const receipt = isSettled ? receiptOf?.(found.seq, found.record, event.id) : undefined;
    yield { seq: found.seq, record: found.record, event, link, settled: isSettled, ...(receipt === undefined ? {} : { receipt }) };
    if (--left === 0) return;
  }
}

async function windowOf(store: ChainStore, { from, to, unsettled }: RecordQuery, settled: number): Promise<Window> {
  const end = unsettled === true ? ((await store.checkpoint())?.size ?? 0) : settled;
  const start = await store.firstStored();
  const seek = async (bound: number | string, after: number): Promise<number> =>
    typeof bound === 'number' ? bound + after : await seekTime(store, bound, start, end);
  return {
    from: from === undefined ? start : Math.max(start, await seek(from, 0)),
    to: to === undefined ? end : Math.min(end, await seek(to, 1)),
    settled,
  };
}

async function* pages(store: ChainStore, query: RecordQuery, window: Window, wanted: number): AsyncGenerator<FoundRecord> {
  const newestFirst = query.newestFirst === true;
  const isFiltered = query.actor !== undefined || query.subject !== undefined || query.type !== undefined;
  let { from, to } = window;
  for (let left = wanted; from < to && left > 0;) {
    const limit = Math.min(PAGE, left);
    const page = await store.find({ filter: query, from, to, limit, newestFirst });
    yield* page;
    if (page.length < limit) return;
    const last = page.at(-1)!.seq;
    if (newestFirst) to = last;
    else from = last + 1;
    // An index may find records that are not wanted: only without a filter does a page bring as many as it has.
    if (!isFiltered) left -= page.length;
  }
}

async function* byId(store: ChainStore, id: string, { from, to }: Window): AsyncGenerator<FoundRecord> {
  const [taken] = await store.takenIds([id]);
  if (taken?.seq === undefined) return;
  const { seq } = taken;
  const record = (await store.recordsAt([seq])).get(seq);
  if (record === undefined) throw await missingRecord(store, seq);
  if (seq >= from && seq < to) yield { seq, record };
}
