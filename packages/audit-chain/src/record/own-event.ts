import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import type { JsonObject } from '@countersign/proof-core/json/value';
import { ChainError } from '../errors.ts';
import { type PreparedEvent, prepareEvent } from './event.ts';
import { checkReservedPayload } from './reserved.ts';
import type { ReservedType } from './types.ts';

/**
 * Prepares an event of the library's own and requires that its payload is of its frozen schema.
 *
 * A function of the database that leaves such an event makes it again from what it did; here it is checked beforehand, so that nothing is done
 * whose event would be refused.
 *
 * @throws ChainError ERR_EVENT_MEMBER, ERR_EVENT_RESERVED; ProofError ERR_JSON_STRING
 * @example prepareOwnEvent({ type: 'record.redacted', actor: 'user:dpo', payload: { name: 'email', reason: 'request 12', seq: 17 } }, { chain, now })
 */
export function prepareOwnEvent(
  event: { readonly type: ReservedType; readonly actor: string; readonly payload: JsonObject },
  at: { readonly chain: string; readonly now: number },
  engine: Engine = defaultEngine,
): PreparedEvent {
  checkReservedPayload(event.type, event.payload);
  for (const [field, text] of Object.entries({ actor: event.actor, ...event.payload })) {
    // A database cannot store U+0000.
    if (typeof text === 'string' && text.includes('\0'))
      throw new ChainError('ERR_EVENT_MEMBER', `${field}: expected text without U+0000`, { field, expected: 'text without U+0000' });
  }
  return prepareEvent(event, { ...at, allowReserved: true }, engine);
}
