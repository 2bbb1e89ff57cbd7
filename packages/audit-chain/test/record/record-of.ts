import { ZERO_HASH } from '@countersign/proof-core/record/link';
import { linkEvents, recordAt } from '../../src/append/batch.ts';

/** The record of an event, as the chain writes it at a place. */
export function recordOf(bytes: Uint8Array, chain: string, seq: number): Uint8Array {
  const head = { size: seq, hash: seq === 0 ? ZERO_HASH : 'ab'.repeat(32), time: '' };
  const event = { id: '', bytes, digest: '', privateValues: [] };
  return recordAt(linkEvents(chain, head, [event], '2026-11-21T03:12:00.123Z'), 0);
}
