import type { PGlite } from '@electric-sql/pglite';
import { ChainError } from '../../errors.ts';

// The parts of PGlite that are wrapped below (PGlite packages/pglite/src/pglite.ts, execProtocolRawSync).
type Call = (...parameters: unknown[]) => unknown;
interface Internals {
  readonly mod: Record<string, Call | undefined>;
  readonly POSTGRES_MAIN_LONGJMP: number;
  execProtocolRawSync: (message: Uint8Array) => Uint8Array;
}

/** What PGlite calls after its main loop has thrown, in this order. */
const AFTERWARDS = ['stackRestore', '_PostgresSendReadyForQueryIfNecessary', '_pgl_pq_flush'];

/**
 * Makes a PANIC of the embedded PostgreSQL final: the disk is full where the write-ahead log goes, or an fsync failed.
 *
 * Stock PGlite swallows the abort and goes on with memory that PostgreSQL has given up, in a loop without end. Here the database has
 * ended: every statement from then on is refused, and what was committed is found when the folder is opened again.
 *
 * @param reason makes the error that callers get
 * @returns tells the error once the database has ended
 * @throws ChainError ERR_NOT_DURABLE when this version of PGlite hides its parts
 * @example const ended = endOnPanic(database, (cause) => new ChainError('ERR_STORE', …));
 */
export function endOnPanic(database: PGlite, reason: (cause: unknown) => ChainError): () => ChainError | undefined {
  const internals = database as unknown as Internals;
  let ended: ChainError | undefined;
  const refuseOnceEnded = (name: string, call: Call | undefined): Call => {
    if (typeof call !== 'function') throw hidden(name);
    return (...parameters) => {
      if (ended !== undefined) throw ended;
      return call(...parameters);
    };
  };
  const { mod } = internals;
  const loop = refuseOnceEnded('_PostgresMainLoopOnce', mod['_PostgresMainLoopOnce']);
  mod['_PostgresMainLoopOnce'] = () => {
    try {
      return loop();
    } catch (error) {
      // An ordinary error of a statement leaves the loop with this status; everything else is an abort.
      if ((error as { readonly status?: unknown }).status !== internals.POSTGRES_MAIN_LONGJMP) ended ??= reason(error);
      throw error;
    }
  };
  for (const name of AFTERWARDS) mod[name] = refuseOnceEnded(name, mod[name]);
  const execute = refuseOnceEnded('execProtocolRawSync', internals.execProtocolRawSync.bind(database) as Call);
  internals.execProtocolRawSync = execute as Internals['execProtocolRawSync'];
  return () => ended;
}

function hidden(name: string): ChainError {
  return new ChainError('ERR_NOT_DURABLE', 'this version of PGlite hides its main loop, so a PANIC would not end it', {
    field: 'pglite',
    expected: name,
    actual: 'nothing',
  });
}
