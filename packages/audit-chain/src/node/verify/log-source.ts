import { Buffer } from 'node:buffer';
import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { ChainError } from '../../errors.ts';
import { readPrunedRoot, readPrunedStart } from '../../retention/pruned-start.ts';
import { readWaitingOwn } from '../../retention/waiting-own.ts';
import type { SqlClient } from '../../store/sql.ts';
import type { ChainStore } from '../../store/store.ts';
import { besideRecords } from './beside-records.ts';
import type { RecordSource, SealedSegment } from '../../verify/ports.ts';

/**
 * The records and notes of one chain of a store, for verification: what the database says about them is not read.
 *
 * What is appended during the run belongs to the next: records and notes end where the newest checkpoint, or note, was at the beginning.
 *
 * @example await inspectRecords(storeSource(log.store), { resolver });
 */
export function storeSource(store: ChainStore): RecordSource {
  const size = once(() => store.checkpoint().then((checkpoint) => checkpoint?.size ?? 0));
  // Asked for before the size: a note that is beyond the records then was so before this run.
  const end = once(async () => Math.max((await store.note())?.size ?? 0, await size()));
  return {
    kind: 'log',
    chain: store.chain,
    async *chunks() {
      await end();
      yield* store.records(0, await size());
    },
    async *notes() {
      const most = await end();
      for await (const { note, size: noted } of store.notes()) {
        if (noted > most) return;
        yield utf8Encode(note);
      }
    },
    sealed: () => sealedSegments(store),
    prunedStart: () => untampered(() => readPrunedStart(store)),
    prunedRoot: (size, start) => untampered(() => readPrunedRoot(store, size, start)),
    waitingPruning: (report) => readWaitingOwn(store, 'chain.pruned', report),
    now: () => store.now().then((now) => new Date(now).toISOString()),
    attestations: () => store.attestations(),
    allocate: (length) => Buffer.allocUnsafeSlow(length),
  };
}

/**
 * As `storeSource`, with what an embedded database keeps beside the records, for level `deep`.
 *
 * @param client the database of the store, which nobody else has open
 * @example await inspectRecords(logSource(log.store, log.client), { resolver, level: 'deep', ids })
 */
export function logSource(store: ChainStore, client: SqlClient): RecordSource {
  return { ...storeSource(store), beside: async () => besideRecords(client, await numberOf(client, store.chain), store, true) };
}

/** The number of the chain's row. */
async function numberOf(client: SqlClient, chain: string): Promise<number> {
  const [row] = await client.query('select id from countersign.chain where name = $1', [chain]);
  return Number(row!['id']);
}

/** What tiles say; those that are not there say nothing. */
export async function untampered<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof ChainError && error.code === 'ERR_CHAIN_TAMPERED') return undefined;
    throw error;
  }
}

/** The sealed segments of all archives of a chain. */
export async function sealedSegments(store: ChainStore): Promise<SealedSegment[]> {
  const found: SealedSegment[] = [];
  for (const target of await store.targets()) {
    for (const { first, last, manifest } of await store.segments(target))
      if (manifest !== undefined) found.push({ target, first, last, manifest });
  }
  return found;
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => (result ??= work());
}
