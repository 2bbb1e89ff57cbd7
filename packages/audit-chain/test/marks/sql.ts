import { openSqlMark } from '../../src/marks/sql-cell.ts';
import { storeError } from '../../src/store/errors.ts';
import type { SqlClient } from '../../src/store/sql.ts';
import type { MarkPlace } from './contract.ts';

/** Marks in a database whose next step can be made to break. */
export async function placeOn(client: SqlClient, close: () => Promise<void>): Promise<MarkPlace> {
  let broken: 'before' | 'after' | undefined;
  const fragile: SqlClient = {
    ...client,
    async transaction(work) {
      const when = broken;
      broken = undefined;
      const lost = storeError(Object.assign(new Error('connection lost'), { code: 'ECONNRESET' }));
      if (when === 'before') throw lost;
      const result = await client.transaction(work);
      if (when === 'after') throw lost;
      return result;
    },
  };
  await openSqlMark(client);
  return {
    open: () => openSqlMark(fragile),
    breakNextWrite: (when) => void (broken = when),
    close,
  };
}
