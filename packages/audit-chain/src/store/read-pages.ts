import type { Row, SqlQueries } from './sql.ts';
import { RECORDS } from './statements.ts';

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
  const read = (first: number): Promise<readonly Row[]> => queries.query(RECORDS, [chain, first, to, PAGE]);
  let page = from < to ? read(from) : undefined;
  for (let next = from; page !== undefined;) {
    const [row] = await page;
    page = undefined;
    if (typeof row?.['lines'] !== 'string') return;
    const expected = next + PAGE;
    next = Number(row['last']) + 1;
    if (next < to) {
      // Without a gap the next page is known before this one is used.
      page = ahead && next === expected ? read(next) : undefined;
      page?.catch(() => undefined);
    }
    // Text from the database is valid UTF-8: it was so when it was checked there.
    yield encoder.encode(row['lines']);
    if (next < to) page ??= read(next);
  }
}
