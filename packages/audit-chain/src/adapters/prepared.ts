import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import { ADD_BATCH, ADD_NOTE } from '../store/statements.ts';
import type { PgQueries } from './pg.ts';

/** The same name is the same text, also for another version of this package on a session that a pooler hands to both. */
const named = (name: string, text: string): readonly [string, string] => [
  text,
  `countersign_${name}_${defaultEngine.sha256Hex(utf8Encode(text)).slice(0, 16)}`,
];

/** What each batch runs, and its checkpoint: to parse and plan them anew takes the server a sixth of a small batch (docs/operations/postgres.md). */
const FREQUENT: ReadonlyMap<string, string> = /* @__PURE__ */ new Map([named('add_batch', ADD_BATCH), named('add_note', ADD_NOTE)]);

// The session is another one than it was prepared on, or has it from somebody else (invalid_sql_statement_name, duplicate_prepared_statement): a
// pooler hands sessions out by transaction. Both are told before anything is run.
const ELSEWHERE = new Set(['26000', '42P05']);

/**
 * Prepares frequent statements once for each connection. Where sessions do not stay with their connections, as behind a pooler, the first
 * answer that says so ends it.
 *
 * @param queries what runs single statements, none of them in a transaction: a refusal would end that
 */
export function prepareFrequent(queries: PgQueries): PgQueries {
  let isOn = true;
  return {
    async query(text, values) {
      const name = isOn && typeof text === 'string' ? FREQUENT.get(text) : undefined;
      if (name === undefined) return await queries.query(text, values);
      try {
        return await queries.query({ name, text: text as string, values: values ?? [] });
      } catch (error) {
        if (!ELSEWHERE.has((error as { readonly code?: string }).code ?? '')) throw error;
        isOn = false;
        return await queries.query(text, values);
      }
    },
  };
}
