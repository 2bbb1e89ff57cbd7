import { utf8Decode, utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { canonicalize } from '@countersign/proof-core/json/canonicalize';
import type { SqlQueries } from './sql.ts';

/** What the events of wanted records say; all of it has to hold. */
export interface RecordFilter {
  readonly actor?: string;
  readonly subject?: string;
  readonly type?: string;
}

/** One page of the records [from, to) that a filter may want. */
export interface FindQuery {
  readonly filter: RecordFilter;
  readonly from: number;
  readonly to: number;
  /** Rows at most. */
  readonly limit: number;
  /** The last ones of the range first. */
  readonly newestFirst: boolean;
}

/** A record as found, in the order asked for. */
export interface FoundRecord {
  readonly seq: number;
  readonly record: Uint8Array;
}

/**
 * What is indexed: pieces of the record itself, cut out by place, so that no column can say something else than the record.
 *
 * A canonical record starts with the actor and has the type at its end, 22 quotes from the end of the link. The subject follows the last
 * `,"subject":"`: behind it come only trace, type and link, in which a quote is escaped. A value with an escaped quote is cut off there and
 * one that is long is cut short, and without a subject a piece of the payload may be taken for one: an index finds every record that is
 * wanted and a few that are not, and who reads them looks again.
 */
export const INDEXED: Readonly<Record<keyof RecordFilter, string>> = {
  actor: `left(split_part(record, '"', 6), 200) collate "C"`,
  subject: `left(split_part(split_part(record, ',"subject":"', -1), '"', 1), 200) collate "C"`,
  type: `left(split_part(record, '"', -22), 200) collate "C"`,
};

/** Records that can have a subject at all: the others are not in its index. */
export const HAS_SUBJECT = `record like '%,"subject":"%'`;

/**
 * Finds a page of records by index.
 *
 * @returns at most `limit`; every record of the page that the filter wants and perhaps others, fewer than `limit` only when there are no more
 */
export async function findRecords(queries: SqlQueries, chain: number, query: FindQuery): Promise<readonly FoundRecord[]> {
  const parameters: (string | number)[] = [chain, query.from, query.to, query.limit];
  const conditions = ['chain = $1', 'seq >= $2', 'seq < $3'];
  for (const name of ['type', 'actor', 'subject'] as const) {
    const value = query.filter[name];
    if (value === undefined) continue;
    conditions.push(`${INDEXED[name]} = left(split_part($${parameters.push(utf8Decode(canonicalize(value)))}, '"', 2), 200)`);
    if (name === 'subject') conditions.push(HAS_SUBJECT);
  }
  const order = query.newestFirst ? 'seq desc' : 'seq';
  const text = `select seq, record from countersign.record where ${conditions.join(' and ')} order by ${order} limit $4`;
  const rows = await queries.query(text, parameters);
  return rows.map((row) => ({ seq: Number(row['seq']), record: utf8Encode(String(row['record'])) }));
}
