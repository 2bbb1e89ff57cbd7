import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { type ExportHooks, ExportMeter } from '../hooks/export.ts';
import type { ChainStore } from '../store/store.ts';
import { ageOf, segmentEnd } from './limits.ts';
import { mayMend, pause } from './retry.ts';
import { type SealParts, type SealedSegment, sealChain } from './seal.ts';

/** How a sealer follows its chain. */
export interface FollowOptions {
  /** Ends it: a segment that was begun is completed first. */
  readonly signal: AbortSignal;
  /** How often it looks whether a segment is due, milliseconds; default 1,000. */
  readonly pollMs?: number;
  readonly hooks?: ExportHooks;
  /** Runs before each look, such as `() => chain.heartbeat(3_600_000)`. */
  readonly beforeLook?: () => Promise<unknown>;
  /** Told of each attempt that failed and will be made again. */
  readonly onFailure?: (error: unknown) => void;
}

const POLL_MS = 1000;

/**
 * Seals a chain for as long as a process runs: each segment when it is full or old by `parts.limits`. Failures that may mend themselves
 * are tried again, after pauses that grow to a minute.
 *
 * @yields each segment when it is sealed; it ends when `options.signal` does
 * @throws ChainError ERR_CHAIN_TAMPERED, ERR_ARCHIVE_CONFLICT, ERR_ARCHIVE_RETENTION, ERR_SIGNER_WRONG, ERR_RECORD_PRUNED, ERR_CLOSED; TypeError
 * @see docs/operations/sealing.md
 * @example for await (const segment of followSeal({ ...parts, limits: { age: 900_000 } }, { signal })) log.info(segment);
 */
export async function* followSeal(
  parts: Omit<SealParts, 'now'>,
  options: FollowOptions,
  engine: Engine = defaultEngine,
): AsyncGenerator<SealedSegment> {
  const { store, target, limits = {} } = parts;
  const { signal, pollMs = POLL_MS } = options;
  const meter = new ExportMeter(store.chain, options.hooks);
  let next: number | undefined;
  for (let failures = 0; !signal.aborted;) {
    try {
      await options.beforeLook?.();
      if (next === undefined || (await segmentEnd(store, next, limits, true)) !== undefined) {
        const now = new Date(await store.now()).toISOString();
        for await (const segment of sealChain({ ...parts, now }, { onlyDue: true, signal }, engine)) {
          meter.sealed();
          yield segment;
        }
        // Another process may have sealed, too.
        next = await sealedSize(store, target.name);
      }
      meter.lag(await lagFrom(store, next));
      failures = 0;
    } catch (error) {
      meter.failed(error);
      if (!mayMend(error)) throw error;
      options.onFailure?.(error);
      next = undefined;
      failures++;
    }
    await pause(pollMs, failures, signal);
  }
}

/**
 * How long the oldest settled record that no sealed segment holds has been in the chain: what `audit_export_lag_seconds` says.
 *
 * @param target `ArchiveTarget.name`
 * @returns seconds by the database's clock; 0 when everything settled is sealed
 * @throws ChainError ERR_CHAIN_TAMPERED, ERR_STORE
 * @example if ((await exportLag(store, target.name)) > 3600) …
 */
export async function exportLag(store: ChainStore, target: string): Promise<number> {
  return await lagFrom(store, await sealedSize(store, target));
}

async function sealedSize(store: ChainStore, target: string): Promise<number> {
  const [last] = await store.lastSegments(target);
  return last?.manifest === undefined ? 0 : last.last + 1;
}

async function lagFrom(store: ChainStore, next: number): Promise<number> {
  const size = (await store.note())?.size ?? 0;
  return next < size ? Math.max(0, await ageOf(store, next)) / 1000 : 0;
}
