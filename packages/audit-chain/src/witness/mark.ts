import { equalBytes } from '@countersign/proof-core/bytes/compare';
import { hexEncode } from '@countersign/proof-core/bytes/hex';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import type { HighWaterMark, Mark } from '@countersign/proof-core/ports';
import { storedConsistency, storedRoot } from '../append/stored-proof.ts';
import { ChainError } from '../errors.ts';
import { remembersServer } from '../marks/cell.ts';
import type { ChainStore } from '../store/store.ts';
import type { Witnessed } from './monitor.ts';

/** What a mark that listens to witnesses is made of. */
export interface WitnessedMarkParts {
  readonly own: HighWaterMark;
  /** Of the chain that the mark is for. */
  readonly store: ChainStore;
  /** The newest checkpoints that witnesses show, each verified; asked once, before the first signature. */
  readonly witnessed: () => Promise<readonly Witnessed[]>;
}

/**
 * A high-water mark that witnesses raise (architecture §4): what a witness has cosigned was signed by the log, so the mark is at least there. It
 * shows at the start that both the database and the mark beside it were put back together.
 *
 * @throws ChainError from `read`: ERR_CHAIN_FORKED when the database has another root at a size that a witness shows
 * @example Chain.open({ …, mark: witnessedMark({ own, store, witnessed }) })
 */
export function witnessedMark({ own, store, witnessed }: WitnessedMarkParts, engine: Engine = defaultEngine): HighWaterMark {
  const memory = remembersServer(own)
    ? {
        server: (origin: string) => own.server(origin),
        rememberServer: (origin: string, server: string) => own.rememberServer(origin, server),
      }
    : {};
  let raised: Promise<Mark | undefined> | undefined;
  const raise = async (origin: string): Promise<Mark | undefined> => {
    const size = (await store.checkpoint())?.size ?? 0;
    const present = await own.read(origin);
    let highest: Mark | undefined;
    for (const { checkpoint, witness } of await witnessed()) {
      if (checkpoint.size === 0) continue;
      if (checkpoint.size <= size) requireRoot(await storedRoot(store, checkpoint.size, engine), checkpoint, witness.name);
      if (checkpoint.size > ((highest ?? present)?.size ?? 0)) highest = { origin, size: checkpoint.size, root: checkpoint.root };
    }
    // Ahead of the database: the mark is there, and whoever reads it refuses to sign.
    if (highest === undefined || highest.size > size) return highest;
    await own.reserve(highest, present === undefined ? [] : await storedConsistency(store, present.size, highest.size, engine));
    return undefined;
  };
  return {
    ...memory,
    async read(origin) {
      const ahead = await (raised ??= raise(origin).catch((error: unknown) => {
        raised = undefined;
        throw error;
      }));
      return ahead ?? (await own.read(origin));
    },
    reserve: (next, proof) => own.reserve(next, proof),
  };
}

function requireRoot(actual: Uint8Array, { origin, size, root }: Mark, witness: string): void {
  if (equalBytes(actual, root)) return;
  throw new ChainError(
    'ERR_CHAIN_FORKED',
    `chain ${origin} has another root at size ${size} than witness ${witness} has cosigned; nothing is signed`,
    {
      field: `root of size ${size}`,
      expected: hexEncode(root),
      actual: hexEncode(actual),
    },
  );
}
