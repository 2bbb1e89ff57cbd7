import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import type { Engine } from '@countersign/proof-core/engine/engine';
import { type PreparedEvent, prepareEvent } from '../record/event.ts';
import type { Predecessor } from '../record/reserved.ts';
import { uuidV8 } from '../record/uuid.ts';

/** The first event of a chain. Processes that begin a chain at once give it one id, so that it is placed once. */
export function prepareCreated(chain: string, predecessor: Predecessor | undefined, engine: Engine): PreparedEvent {
  const payload = { format: 'countersign/chain@1', ...(predecessor === undefined ? {} : { predecessor }) };
  const id = uuidV8(engine.sha256(utf8Encode(`${payload.format}\0${chain}`)));
  const event = { id, actor: 'system:countersign', type: 'chain.created', payload };
  return prepareEvent(event, { chain, now: 0, allowReserved: true }, engine);
}
