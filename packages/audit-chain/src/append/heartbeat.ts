import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { hexEncode } from '@countersign/proof-core/bytes/hex';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { hashLeaf } from '@countersign/proof-core/merkle/hash';
import { readLink } from '@countersign/proof-core/record/link';
import { type PreparedEvent, prepareEvent } from '../record/event.ts';
import { uuidV8 } from '../record/uuid.ts';
import type { ChainStore } from '../store/store.ts';
import { tampered } from './lines.ts';

/**
 * The heartbeat of a chain whose newest record is `quiet` milliseconds old or older, by the database's clock; undefined of a younger one.
 *
 * Its id is made of the record it follows: however many processes find the chain quiet, one heartbeat follows that record.
 *
 * @throws ChainError ERR_CHAIN_TAMPERED, ERR_STORE
 */
export async function prepareHeartbeat(
  store: Pick<ChainStore, 'chain' | 'checkpoint' | 'recordsAt' | 'now'>,
  quiet: number,
  engine: Engine,
): Promise<PreparedEvent | undefined> {
  const seq = ((await store.checkpoint())?.size ?? 0) - 1;
  const record = (await store.recordsAt([seq])).get(seq);
  const link = record && readLink(record, 0, record.length);
  if (link === undefined) throw tampered(`record ${seq}`, 'the newest record');
  // A record can be a moment ahead of the database's clock: times never run backwards.
  if (Math.max(0, (await store.now()) - Date.parse(link.time)) < quiet) return undefined;
  const name = `countersign/heartbeat@1\0${store.chain}\0${hexEncode(hashLeaf(record!, engine))}`;
  const event = { actor: 'system:countersign', id: uuidV8(engine.sha256(utf8Encode(name))), payload: {}, type: 'checkpoint.heartbeat' };
  return prepareEvent(event, { chain: store.chain, now: 0, allowReserved: true }, engine);
}
