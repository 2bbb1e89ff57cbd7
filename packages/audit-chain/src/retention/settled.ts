import { backOff } from '../append/queue.ts';
import { ChainError } from '../errors.ts';
import type { ChainStore } from '../store/store.ts';

/**
 * Waits until an event that the database left for what it did is settled: given its place, by whichever process appends to the chain, and covered
 * by a signed checkpoint. What it says has been done already, whatever becomes of the wait.
 *
 * @param id of the event
 * @param timeoutMs how long to wait
 * @returns its record
 * @throws ChainError ERR_SIGNER_UNAVAILABLE (durable, waits for its place or checkpoint), ERR_STORE
 * @example const seq = await awaitSettled(store, id, 10_000);
 */
export async function awaitSettled(store: ChainStore, id: string, timeoutMs: number): Promise<number> {
  const deadline = Date.now() + timeoutMs;
  for (let attempt = 0; ; attempt++) {
    const [taken] = await store.takenIds([id]);
    if (taken?.seq !== undefined && ((await store.note())?.size ?? 0) > taken.seq) return taken.seq;
    if (Date.now() >= deadline) {
      throw new ChainError('ERR_SIGNER_UNAVAILABLE', `event ${id} is durable and waits for its place and checkpoint`, { field: 'signer' });
    }
    await backOff(attempt);
  }
}
