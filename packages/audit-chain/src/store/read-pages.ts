import type { Row, SqlQueries } from './sql.ts';
import { NEXT_RECORD, RECORDS } from './statements.ts';

// Records read in one go: about 160 KB of usual ones, at most 16 MiB of the largest. Larger pages cost less time, but their text fills
// the memory that is collected last.
const PAGE = 250;

const encoder = /* @__PURE__ */ new TextEncoder();

/**
 * Reads record lines of [from, to) in the order of seq, each ending in LF; what is not stored is left out.
 *
 * @param ahead whether to ask for the next page while one is used; not inside a transaction, which may end before the answer
 */
export async function* readPages(queries: SqlQueries, chain: number, from: number, to: number, ahead = false): AsyncGenerator<Uint8Array> {
  const read = (first: number): Promise<readonly Row[]> => queries.query(RECORDS, [chain, first, Math.min(to, first + PAGE)]);
  let page = from < to ? read(from) : undefined;
  for (let next = from; page !== undefined;) {
    const lines = (await page)[0]?.['lines'];
    next = Math.min(to, next + PAGE);
    if (typeof lines !== 'string' && next < to) next = await firstFrom(queries, chain, next, to);
    page = ahead && next < to ? read(next) : undefined;
    page?.catch(() => undefined);
    // Text from the database is valid UTF-8: it was so when it was checked there.
    if (typeof lines === 'string') yield encoder.encode(lines);
    if (next < to) page ??= read(next);
  }
}

/** Where records go on behind a gap, which may be millions of pruned ones. */
async function firstFrom(queries: SqlQueries, chain: number, from: number, to: number): Promise<number> {
  const [row] = await queries.query(NEXT_RECORD, [chain, from, to]);
  return row?.['seq'] === null || row === undefined ? to : Number(row['seq']);
}
