import type { Pool } from 'pg';
import { storeError } from '../../store/errors.ts';
import { copyColumns, readColumns } from './columns.ts';
import { copyOut } from './copy-out.ts';

/** Rows of one statement: it ends in time, however slowly its rows are used. */
const STATEMENT_ROWS = 10_000;
const CHUNK_BYTES = 262_144;

/**
 * Record lines of [from, to) by COPY, in the order of seq; what is not stored is left out. The rows come while the ones before are used, and never
 * become text: a third of what pages of rows cost.
 *
 * @param chain number of the chain in the database
 * @param range `borrowed`: lines hold until the next ones are asked for
 * @throws ChainError ERR_STORE
 * @example for await (const lines of copyRecords(pool, 1, { from: 0, to: 10_000, borrowed: false })) …
 */
export async function* copyRecords(
  pool: Pool,
  chain: number,
  { from, to, borrowed }: { readonly from: number; readonly to: number; readonly borrowed: boolean },
): AsyncGenerator<Uint8Array> {
  const client = await pool.connect();
  let unfinished = true;
  try {
    for (let next = from; next < to; next += STATEMENT_ROWS) {
      const text = copyColumns(`chain = ${chain} and seq >= ${next} and seq < ${Math.min(to, next + STATEMENT_ROWS)} order by seq`);
      // A number in a row that is not its record's own is found by whoever reads the record.
      const { put } = readColumns(() => undefined);
      // Its buffers are used again.
      for await (const chunk of copyOut(client, text, put, CHUNK_BYTES))
        yield borrowed ? new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length) : new Uint8Array(chunk);
    }
    unfinished = false;
  } catch (error) {
    throw storeError(error);
  } finally {
    // Of a reader who stops early the rest is still on its way.
    client.release(unfinished);
  }
}
